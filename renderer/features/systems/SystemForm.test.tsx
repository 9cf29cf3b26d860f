// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { HOST_KEY } from '../../testing/mockData.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openForm(): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8 });
  ({ stop } = await renderApp(mock, { place: { kind: 'systems' }, placeChosen: true, systemForm: '' }));
  await screen.findByRole('dialog', { name: 'Add a system' });
  return mock;
}
const type = (label: string | RegExp, value: string, within_: HTMLElement = document.body): void => {
  fireEvent.change(within(within_).getByLabelText(label), { target: { value } });
};
const ways = (): (string | null)[] =>
  screen
    .getAllByRole<HTMLInputElement>('checkbox')
    .filter((box) => box.closest('[data-way]') && box.checked && box.closest('.way-row'))
    .map((box) => box.closest('[data-way]')?.getAttribute('data-way') ?? null);

describe('form of a system', () => {
  it('unfolds the settings of a way once it is chosen, and saves them', async () => {
    const mock = await openForm();
    type('Name', 'far');
    type('Host name or address of the master node', '10.9.0.1');
    expect(screen.queryByRole('group', { name: 'SSH' })).toBeNull();
    fireEvent.click(screen.getByRole('checkbox', { name: 'SSH' }));
    const ssh = screen.getByRole('group', { name: 'SSH' });
    type('User', 'ops', ssh);
    type('Jump hosts', 'eva@gate:2222, inner', ssh);
    expect(screen.getByText('TCP 2222 of gate, nothing else.')).toBeTruthy();
    fireEvent.click(screen.getByRole('checkbox', { name: 'WebSocket' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Through an HTTP proxy' }));
    const proxy = screen.getByRole('group', { name: 'Through an HTTP proxy' });
    type('Proxy host', 'proxy.office', proxy);
    type('Port', '3128', proxy);
    fireEvent.click(screen.getByRole('checkbox', { name: /own certificate authority/ }));
    type('Authority', '/ca.pem');
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(mock.calls.find((call) => call.method === 'system.add')?.params).toMatchObject({
        pathOrder: ['single-port', 'hand-off', 'ssh', 'websocket'],
        ssh: { host: '10.9.0.1', user: 'ops', jump: ['eva@gate:2222', 'inner'] },
        proxy: { host: 'proxy.office', port: 3128 },
        trust: { authorityFile: '/ca.pem' },
      }),
    );
  });

  it('has what was typed when it is opened again after Escape, until it is saved', async () => {
    const mock = await openForm();
    type('Name', 'far');
    fireEvent.keyDown(screen.getByLabelText('Name'), { key: 'Escape' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    fireEvent.click(screen.getByRole('button', { name: 'Add a system…' }));
    expect((await screen.findByLabelText<HTMLInputElement>('Name')).value).toBe('far');
    expect(screen.getByText(/nothing of it is saved/)).toBeTruthy();
    type('Host name or address of the master node', '10.9.0.1');
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(mock.calls.some((call) => call.method === 'system.add')).toBe(true));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    fireEvent.click(screen.getByRole('button', { name: 'Add a system…' }));
    expect((await screen.findByLabelText<HTMLInputElement>('Name')).value).toBe('');
  });

  it('moves ways by button and by Alt and arrow keys, keeps the focus there and says the place', async () => {
    await openForm();
    fireEvent.click(screen.getByRole('checkbox', { name: 'SSH' }));
    expect(ways()).toEqual(['single-port', 'hand-off', 'ssh']);
    const earlier = screen.getByRole('button', { name: 'Try SSH earlier' });
    fireEvent.click(earlier);
    expect(ways()).toEqual(['single-port', 'ssh', 'hand-off']);
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Try SSH earlier' }));
    expect(screen.getByText('SSH is way 2 of 3.')).toBeTruthy();
    const box = screen.getByRole('checkbox', { name: 'SSH' });
    box.focus();
    fireEvent.keyDown(box, { key: 'ArrowUp', altKey: true });
    fireEvent.keyDown(box, { key: 'ArrowUp', altKey: true });
    expect(ways()).toEqual(['ssh', 'single-port', 'hand-off']);
    expect(document.activeElement).toBe(screen.getByRole('checkbox', { name: 'SSH' }));
  });

  it('says beside each field what is wrong, and saves nothing then', async () => {
    const mock = await openForm();
    type('Host name or address of the master node', 'a b');
    const host = screen.getByLabelText('Host name or address of the master node');
    expect(host.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(host.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Not a host name or address.',
    );
    expect(screen.queryByText('Give the system a name.')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText('Give the system a name.')).toBeTruthy();
    expect(screen.getByText('2 fields need a look')).toBeTruthy();
    expect(mock.calls.some((call) => call.method === 'system.add')).toBe(false);
  });
});

describe('question of a way', () => {
  const ask = async (mock: MockWorkbench, question: object, wrong = false): Promise<void> => {
    const asked = { questionId: 'q1', question, wrong, untilMs: Date.now() + 200_000 };
    mock.setSystem({ secretsAsked: { q1: asked as never } });
    await screen.findByRole('dialog');
  };
  const signInView = async (passwordStore: 'keyring' | 'none'): Promise<MockWorkbench> => {
    const mock = new MockWorkbench({ nodes: 8, app: { passwordStore }, system: { session: { kind: 'signed-out' } } });
    const place = { kind: 'sign-in', systemId: mock.systemId } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    return mock;
  };
  const asks = (mock: MockWorkbench): unknown[] => mock.calls.filter((call) => call.method.startsWith('secret.'));

  it('hands the secret on, to be kept where the person wants it', async () => {
    const mock = await signInView('keyring');
    await ask(mock, { kind: 'ssh-key-passphrase', keyFile: '/home/e/.ssh/id' });
    expect(screen.getByText('/home/e/.ssh/id')).toBeTruthy();
    const give = screen.getByRole<HTMLButtonElement>('button', { name: 'Go on' });
    expect(give.disabled).toBe(true);
    type('Passphrase', 'open sesame');
    fireEvent.click(screen.getByRole('checkbox', { name: /keyring/ }));
    fireEvent.click(give);
    await waitFor(() =>
      expect(asks(mock)).toEqual([
        {
          method: 'secret.answer',
          params: { systemId: mock.systemId, questionId: 'q1', secret: 'open sesame', remember: true },
        },
      ]),
    );
    mock.setSystem({ secretsAsked: {} });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('says that the answer before was wrong, and leaves the way out by button and by Escape', async () => {
    const mock = await signInView('none');
    await ask(mock, { kind: 'proxy-password', user: 'eva', host: 'proxy', port: 3128 }, true);
    screen.getByText(/That was wrong/);
    expect(screen.queryByRole('checkbox', { name: /keyring/ })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Leave this way out' }));
    fireEvent.keyDown(within(screen.getByRole('dialog')).getByLabelText('Password'), { key: 'Escape' });
    await waitFor(() => expect(asks(mock)).toMatchObject([{ method: 'secret.refuse' }, { method: 'secret.refuse' }]));
  });

  it('shows an SSH host key to compare', async () => {
    const mock = await signInView('none');
    await ask(mock, { kind: 'ssh-host-key', host: 'gate', port: 22, fingerprint: HOST_KEY, jump: true });
    expect(screen.getByText(HOST_KEY)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'It is the same: accept' }));
    await waitFor(() => expect(asks(mock)).toMatchObject([{ method: 'secret.answer', params: { secret: '' } }]));
  });
});
