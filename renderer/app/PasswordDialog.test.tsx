// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

describe('your own password', () => {
  it('is changed from the name at the top, once the new one was typed twice alike', async () => {
    const mock = new MockWorkbench({
      nodes: 8,
      override: (method) => (method === 'account.changePassword' ? { ok: true, value: {} } : undefined),
    });
    ({ stop } = await renderApp(mock, {
      place: { kind: 'system', systemId: mock.systemId, tab: 'nodes' },
      placeChosen: true,
    }));
    fireEvent.click(await screen.findByTitle('Change your password…'));
    const type = (label: string, value: string): void =>
      void fireEvent.change(screen.getByLabelText(label), { target: { value } });
    type('Present password', 'old-word');
    type('New password, at least 8 signs', 'new-password');
    type('New password again', 'new-passwort');
    const change = screen.getByRole<HTMLButtonElement>('button', { name: 'Change it' });
    expect(change.disabled).toBe(true);
    screen.getByText(/not the same/);
    type('New password again', 'new-password');
    fireEvent.click(change);
    await waitFor(() => expect(screen.queryByLabelText('Present password')).toBeNull());
    expect(mock.calls.filter(({ method }) => method === 'account.changePassword')).toEqual([
      {
        method: 'account.changePassword',
        params: { systemId: mock.systemId, password: 'old-word', newPassword: 'new-password' },
      },
    ]);
  });
});
