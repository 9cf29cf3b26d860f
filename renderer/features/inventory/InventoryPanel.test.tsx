// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench, type MockOptions } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openNodes(
  change: (mock: MockWorkbench) => void = () => {},
  override?: MockOptions['override'],
): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8, ...(override ? { override } : {}) });
  mock.setSystem({ saved: { ...mock.system.saved, practice: false } });
  change(mock);
  const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  await screen.findByRole('heading', { name: 'Inventory' });
  return mock;
}

const asked = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls.flatMap(({ params }) => (params['method'] === method ? [params['params']] : []));

async function openDialog(button: string | RegExp): Promise<ReturnType<typeof within>> {
  fireEvent.click(await screen.findByRole('button', { name: button }));
  return within(await screen.findByRole('dialog'));
}
const key = (letter: string): string => `ssh-ed25519 ${letter.repeat(68)}`;
const type = (field: HTMLElement, value: string): void => void fireEvent.change(field, { target: { value } });

describe('the inventory panel', () => {
  it('names the faults of the file by their lines, and what is in effect instead', async () => {
    await openNodes((mock) => {
      const problems = [
        { kind: 'fault' as const, file: 'nodes.yaml', line: 12, message: 'the name a stands on line 3' },
      ];
      mock.inventoryAnswers.check = {
        ...mock.inventoryAnswers.check,
        ...{ problems, waitsFor: 'faults', nodesInEffect: 7 },
      };
    });
    await screen.findByText('Line 12: the name a stands on line 3');
    screen.getByText(/until the faults are mended: 7 nodes/);
  });

  it('asks anew after a change, and not after a dialog that was left', async () => {
    const mock = await openNodes();
    await waitFor(() => expect(asked(mock, 'inventory.check')).toHaveLength(1));
    const dialog = await openDialog('Add…');
    fireEvent.click(dialog.getByRole('button', { name: 'Go back' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const sudo = await openDialog('Password for sudo…');
    expect(asked(mock, 'inventory.check')).toHaveLength(1);
    type(sudo.getByLabelText('Password'), 'secret');
    fireEvent.click(sudo.getByRole('button', { name: 'Give it to the master' }));
    await waitFor(() => expect(asked(mock, 'inventory.check')).toHaveLength(2));
    expect(asked(mock, 'nodes.sudoPassword')).toEqual([{ password: 'secret' }]);
  });

  it('adds a node with what is said of it, and goes on to its host key', async () => {
    const mock = await openNodes();
    const dialog = await openDialog('Add…');
    type(dialog.getByLabelText('Name'), 'tpa-9');
    type(dialog.getByLabelText('SSH port'), '2222');
    type(dialog.getByLabelText('Tags'), 'spare, old');
    fireEvent.click(dialog.getByRole('button', { name: /^Add/ }));
    await waitFor(() =>
      expect(asked(mock, 'inventory.add')).toEqual([
        { nodes: [{ name: 'tpa-9', port: 2222, type: 'TPA', tags: ['spare', 'old'] }] },
      ]),
    );
    await screen.findByRole('heading', { name: 'Host keys' });
    expect(asked(mock, 'inventory.shownKeys')).toEqual([{ names: ['tpa-9'] }]);
  });

  it('shows what is known of each node by sections with their ages, and what was not read as such', async () => {
    await openNodes();
    fireEvent.click(screen.getByRole('button', { name: 'tpa-1' }));
    await screen.findByText('SLES 15 SP4');
    expect(within(screen.getByRole('region', { name: 'System' })).getByText(/^read \d+ s ago$/)).toBeTruthy();
    expect(within(screen.getByRole('region', { name: 'Boot' })).getByText('not read')).toBeTruthy();
  });
});

describe('one node of the inventory', () => {
  it('is changed in what a person changed, and an emptied field takes back what was said', async () => {
    const mock = await openNodes();
    fireEvent.click(screen.getByRole('button', { name: 'tpa-1' }));
    const dialog = await openDialog('Change…');
    const address = await dialog.findByLabelText('Address');
    expect(dialog.getByRole('button', { name: 'Change' })).toHaveProperty('disabled', true);
    type(address, '10.0.0.99');
    type(dialog.getByLabelText('Clique'), '');
    fireEvent.click(dialog.getByRole('button', { name: 'Change' }));
    await waitFor(() =>
      expect(asked(mock, 'inventory.add')).toEqual([
        { nodes: [{ name: 'tpa-1', address: '10.0.0.99', clique: null }], update: true },
      ]),
    );
  });

  it('is removed after it was chosen among the others', async () => {
    const mock = await openNodes();
    const dialog = await openDialog('Remove…');
    type(dialog.getByRole('searchbox'), 'tpa-2');
    fireEvent.click(dialog.getByRole('checkbox', { name: 'tpa-2' }));
    fireEvent.click(dialog.getByRole('button', { name: 'Remove 1 node' }));
    await waitFor(() => expect(asked(mock, 'inventory.remove')).toEqual([{ names: ['tpa-2'] }]));
  });
});

describe('host keys', () => {
  it('are shown before a person pins those that are new; a changed one is pinned only where it was ticked', async () => {
    const mock = await openNodes(({ inventoryAnswers }) => {
      inventoryAnswers.check = { ...inventoryAnswers.check, unpinned: ['tpa-1', 'tpa-2', 'tpa-3'] };
      inventoryAnswers.shownKeys = {
        shown: [
          { name: 'tpa-1', key: key('A'), fingerprint: 'SHA256:abc', pinned: [] },
          { name: 'tpa-3', key: key('C'), fingerprint: 'SHA256:new', pinned: ['SHA256:old'] },
        ],
        failed: [{ name: 'tpa-2', code: 'port-closed', message: 'nothing listens' }],
      };
    });
    const dialog = await openDialog('Host keys: 3 not pinned…');
    await dialog.findByText('SHA256:abc');
    expect(dialog.getByText(/nothing listens/)).toBeTruthy();
    expect([dialog.getByText('SHA256:old'), dialog.getByText('SHA256:new')]).toHaveLength(2);
    expect(dialog.getByRole('button', { name: 'It is right: pin it' })).toBeTruthy();
    fireEvent.click(dialog.getByRole('checkbox', { name: /^tpa-3 was installed anew/ }));
    fireEvent.click(dialog.getByRole('button', { name: 'They are right: pin these 2' }));
    await waitFor(() =>
      expect(asked(mock, 'inventory.pin')).toEqual([{ keys: { 'tpa-1': [key('A')], 'tpa-3': [key('C')] } }]),
    );
  });

  it('that cannot be asked for are an error with a way on, not a look without end', async () => {
    const refused = { code: 'role-insufficient', message: 'only operators', details: {}, nextStep: '', retry: 'never' };
    await openNodes(
      ({ inventoryAnswers }) => {
        inventoryAnswers.check = { ...inventoryAnswers.check, unpinned: ['tpa-1'] };
      },
      (method, params) =>
        params['method'] === 'inventory.shownKeys' ? ({ ok: false, error: refused } as never) : undefined,
    );
    const dialog = await openDialog('Host keys: 1 not pinned…');
    await dialog.findByText('only operators');
    expect(dialog.queryByText(/are asked for their keys/)).toBeNull();
    expect(dialog.getByRole('button', { name: 'Ask again' })).toBeTruthy();
  });
});

describe('a probe', () => {
  it('asks a subnet part by part, and adds what was chosen with its type, system and clique', async () => {
    const host = { port: 22, banner: 'SSH-2.0-x', key: key('A'), fingerprint: 'SHA256:abc' };
    const mock = await openNodes(({ inventoryAnswers }) => {
      inventoryAnswers.probe = (subnet) =>
        subnet.startsWith('10.0.0.1-')
          ? [
              { ...host, address: '10.0.0.7' },
              { ...host, address: '10.0.0.8', node: 'tpa-1' },
            ]
          : [];
    });
    const dialog = await openDialog('Probe…');
    type(dialog.getByLabelText('Subnet'), '10.0.0.0/8');
    fireEvent.click(dialog.getByRole('button', { name: 'Probe' }));
    await dialog.findByText(/at most 1024 are asked/);
    type(dialog.getByLabelText('Subnet'), '10.0.0.0/24');
    fireEvent.click(dialog.getByRole('button', { name: 'Probe' }));
    await dialog.findByText('254 of 254 addresses asked, 2 of them speak SSH. Done.');
    expect(asked(mock, 'inventory.probe')).toEqual([
      { subnet: '10.0.0.1-10.0.0.128', port: 22 },
      { subnet: '10.0.0.129-10.0.0.254', port: 22 },
    ]);
    expect(dialog.getByText('is tpa-1 already')).toBeTruthy();
    fireEvent.click(dialog.getByRole('checkbox', { name: '10.0.0.7' }));
    type(dialog.getByLabelText('Name 10.0.0.7'), 'tpa-9');
    type(dialog.getByLabelText('Clique 10.0.0.7'), '3');
    fireEvent.click(dialog.getByRole('button', { name: 'Add 1 node' }));
    const node = { name: 'tpa-9', address: '10.0.0.7', port: 22, type: 'TPA', clique: '3' };
    await waitFor(() => expect(asked(mock, 'inventory.add')).toEqual([{ nodes: [node] }]));
    await screen.findByRole('heading', { name: 'Host keys' });
  });
});

describe('letting the master in', () => {
  it('shows the line to copy, and brings the key with a password that the field does not keep', async () => {
    const mock = await openNodes(({ inventoryAnswers }) => {
      inventoryAnswers.authorize = {
        authorized: ['tpa-1'],
        failed: [{ name: 'tpa-2', code: 'ssh-sign-in-refused', message: 'did not let root in' }],
      };
    });
    const dialog = await openDialog('Let the master in…');
    await dialog.findByText('ssh-ed25519 AAAA put');
    fireEvent.click(dialog.getByRole('checkbox', { name: 'tpa-1' }));
    fireEvent.click(dialog.getByRole('checkbox', { name: 'tpa-2' }));
    type(dialog.getByLabelText('Password of the user on these nodes'), 'once');
    fireEvent.click(dialog.getByRole('button', { name: 'Bring the key to 2 nodes' }));
    await dialog.findByText(/did not let root in/);
    expect(asked(mock, 'nodes.authorize')).toEqual([{ names: ['tpa-1', 'tpa-2'], password: 'once' }]);
    expect(dialog.getByLabelText('Password of the user on these nodes')).toHaveProperty('value', '');
    expect(dialog.getByText('1 of 8 chosen')).toBeTruthy();
  });
});

describe('an import', () => {
  it('shows what a file would do before it is written, and refuses one with a fault by its line', async () => {
    const mock = await openNodes();
    const dialog = await openDialog('Import…');
    mock.inventoryAnswers.check = {
      ...{ form: 'hosts', nodes: 2, added: ['b'], changed: ['a'], same: 0 },
      problems: [{ kind: 'fault', file: 'hosts', line: 3, message: 'no address' }],
    };
    const pick = (): void => {
      const file = Object.assign(new File(['10.0.0.1 a'], 'hosts'), { text: () => Promise.resolve('10.0.0.1 a') });
      fireEvent.change(dialog.getByLabelText('File of this machine'), { target: { files: [file] } });
    };
    pick();
    await dialog.findByText('Line 3: no address');
    expect(dialog.getByRole('button', { name: /^(Import|Write)/ })).toHaveProperty('disabled', true);
    mock.inventoryAnswers.check = { ...mock.inventoryAnswers.check, problems: [] };
    pick();
    fireEvent.click(await dialog.findByRole('button', { name: 'Write 1 node' }));
    await waitFor(() =>
      expect(asked(mock, 'inventory.add')).toEqual([{ name: 'hosts', text: '10.0.0.1 a', update: false }]),
    );
  });
  it('tells jump hosts from nodes in what it would write', async () => {
    const mock = await openNodes();
    const dialog = await openDialog('Import…');
    mock.inventoryAnswers.check = {
      ...{ form: 'nodes', nodes: 2, jumpHosts: ['gate'], added: ['b', 'gate'], changed: ['a'], same: 0, problems: [] },
    };
    const file = Object.assign(new File(['nodes: []'], 'nodes.yaml'), { text: () => Promise.resolve('nodes: []') });
    fireEvent.change(dialog.getByLabelText('File of this machine'), { target: { files: [file] } });
    await dialog.findByRole('button', { name: 'Write 1 node and 1 jump host' });
    expect(dialog.getByText(/: 2 nodes and 1 jump host, no fault/)).toBeTruthy();
  });
});
