// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openNodes(change: (mock: MockWorkbench) => void = () => {}): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.setSystem({ saved: { ...mock.system.saved, practice: false } });
  change(mock);
  const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  await screen.findByRole('heading', { name: 'Inventory' });
  return mock;
}

const asked = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls.flatMap(({ params }) => (params['method'] === method ? [params['params']] : []));

describe('the inventory panel', () => {
  it('names the faults of the file by their lines', async () => {
    await openNodes((mock) => {
      const problems = [
        { kind: 'fault' as const, file: 'nodes.yaml', line: 12, message: 'the name a stands on line 3' },
      ];
      mock.inventoryAnswers.check = { ...mock.inventoryAnswers.check, problems, waitsFor: 'faults' };
    });
    await screen.findByText('Line 12: the name a stands on line 3');
    expect(screen.getByRole('alert').textContent).toContain('until the faults are mended');
  });

  it('adds a node with what is said of it', async () => {
    const mock = await openNodes();
    fireEvent.click(await screen.findByRole('button', { name: 'Add a node…' }));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByLabelText('Name'), { target: { value: 'tpa-9' } });
    fireEvent.change(dialog.getByLabelText('SSH port'), { target: { value: '2222' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Add' }));
    await waitFor(() =>
      expect(asked(mock, 'inventory.add')).toEqual([{ nodes: [{ name: 'tpa-9', port: 2222, type: 'TPA' }] }]),
    );
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('stands above what is known of each node, with its age', async () => {
    await openNodes();
    fireEvent.click(screen.getByRole('button', { name: 'Packages of tpa-1' }));
    await screen.findByText('SLES 15 SP4');
    expect(screen.getAllByText(/^\d+ s ago$/).length).toBeGreaterThan(3);
  });

  it('shows the keys of hosts before a person pins them', async () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)}`;
    const mock = await openNodes(({ inventoryAnswers }) => {
      inventoryAnswers.check = { ...inventoryAnswers.check, unpinned: ['tpa-1', 'tpa-2'] };
      inventoryAnswers.shownKeys = {
        shown: [{ name: 'tpa-1', key, fingerprint: 'SHA256:abc', pinned: [] }],
        failed: [{ name: 'tpa-2', code: 'port-closed', message: 'nothing listens' }],
      };
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Host keys: 2 not pinned…' }));
    await screen.findByText('SHA256:abc');
    expect(screen.getByText(/nothing listens/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Pin it' }));
    await waitFor(() => expect(asked(mock, 'inventory.pin')).toEqual([{ keys: { 'tpa-1': [key] } }]));
  });
});
