// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BridgeAnswer } from '../../../electron/contract/bridge.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { FINGERPRINT, mockSystem, OTHER_FINGERPRINT } from '../../testing/mockData.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const refusal = (
  code: 'certificate-unknown' | 'certificate-changed',
  details: Record<string, string>,
): BridgeAnswer => ({
  ok: false,
  error: { code, message: 'certificate', details, nextStep: 'Compare.', retry: 'never' },
});

async function openSignIn(first: BridgeAnswer | undefined): Promise<MockWorkbench> {
  let answers = first ? [first] : [];
  const mock = new MockWorkbench({
    nodes: 8,
    system: { session: { kind: 'signed-out' }, paths: [] },
    override: (method) => {
      if (method !== 'session.signIn') return undefined;
      const [answer, ...rest] = answers;
      answers = rest;
      return answer;
    },
  });
  const place = { kind: 'sign-in', systemId: mock.systemId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}
function fillIn(): void {
  fireEvent.change(screen.getByRole('textbox', { name: 'User' }), { target: { value: 'engineer' } });
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'secret-word' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

describe('sign-in', () => {
  it('shows the fingerprint at first contact, and signs in after it was accepted', async () => {
    const mock = await openSignIn(refusal('certificate-unknown', { fingerprint: FINGERPRINT }));
    fillIn();
    await screen.findByRole('heading', { name: /First contact/ });
    fireEvent.click(screen.getByRole('button', { name: 'It is the same: accept' }));
    await waitFor(() =>
      expect(
        mock.calls.filter((call) => call.method.startsWith('session.') || call.method.startsWith('system.')),
      ).toMatchObject([
        { method: 'session.signIn' },
        { method: 'system.trustCertificate', params: { fingerprint: FINGERPRINT } },
        { method: 'session.signIn', params: { user: 'engineer', password: 'secret-word', remember: false } },
      ]),
    );
  });

  it('refuses a changed certificate until a person confirms the change', async () => {
    await openSignIn(refusal('certificate-changed', { fingerprint: FINGERPRINT, pinned: OTHER_FINGERPRINT }));
    fillIn();
    await screen.findByRole('heading', { name: /shows another certificate/ });
    const accept = screen.getByRole<HTMLButtonElement>('button', { name: 'Accept the new certificate' });
    expect(accept.disabled).toBe(true);
    fireEvent.click(screen.getByRole('checkbox', { name: /The site confirmed the change/ }));
    expect(accept.disabled).toBe(false);
    fireEvent.click(screen.getByRole('button', { name: 'Not now' }));
    await screen.findByRole('heading', { name: /Sign in to/ });
  });

  it('has a password that was refused ready to be written over', async () => {
    const error = { code: 'sign-in-refused', message: 'no', details: {}, nextStep: 'Check.', retry: 'never' } as const;
    await openSignIn({ ok: false, error });
    fillIn();
    screen.getByRole('textbox', { name: 'User' }).focus();
    const word = screen.getByLabelText<HTMLInputElement>('Password');
    await waitFor(() => expect(document.activeElement).toBe(word));
    expect([word.selectionStart, word.selectionEnd]).toEqual([0, 'secret-word'.length]);
  });

  it('blames no way and no firewall for a wrong password', async () => {
    const mock = await openSignIn(undefined);
    const refused = (code: 'sign-in-refused' | 'dial-failed') =>
      act(() =>
        mock.setSystem({
          paths: [{ path: 'single-port', outcome: 'failed', cause: { code, message: 'no', details: {} }, atMs: 1 }],
        }),
      );
    refused('dial-failed');
    expect(await screen.findByRole('heading', { name: 'Ways that were tried' })).toBeTruthy();
    refused('sign-in-refused');
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Ways that were tried' })).toBeNull());
    expect(screen.queryByRole('button', { name: 'Test the paths' })).toBeNull();
  });

  it('accepts a changed certificate while the session waits before it, and stays at the same place', async () => {
    const details = { fingerprint: FINGERPRINT, pinned: OTHER_FINGERPRINT, was: 'certificate-changed' };
    const cause = { code: 'stranger-answers', message: 'another one', details } as const;
    const session = { kind: 'waiting', user: 'engineer', lostSinceMs: 0, attempt: 2, cause } as const;
    const mock = new MockWorkbench({ nodes: 8, system: { session } });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'operations' } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.click(await screen.findByRole('button', { name: 'Compare the certificates…' }));
    const dialog = within(await screen.findByRole('dialog', { name: /shows another certificate/ }));
    const accept = dialog.getByRole<HTMLButtonElement>('button', { name: 'Accept the new certificate' });
    expect(accept.disabled).toBe(true);
    fireEvent.click(dialog.getByRole('checkbox', { name: /The site confirmed the change/ }));
    fireEvent.click(accept);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(mock.calls.filter(({ method }) => /^(session|system)\./.test(method))).toMatchObject([
      { method: 'system.trustCertificate', params: { fingerprint: FINGERPRINT } },
    ]);
    expect(screen.getByRole('heading', { name: 'Operations' })).toBeTruthy();
  });

  it('asks anew when another certificate is shown meanwhile, and no more once the session is back', async () => {
    const waitingBefore = (fingerprint: string) => {
      const details = { fingerprint, pinned: OTHER_FINGERPRINT, was: 'certificate-changed' };
      const cause = { code: 'stranger-answers', message: 'another one', details } as const;
      return { session: { kind: 'waiting', user: 'engineer', lostSinceMs: 0, attempt: 2, cause } as const };
    };
    const mock = new MockWorkbench({ nodes: 8, system: waitingBefore(FINGERPRINT) });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'operations' } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.click(await screen.findByRole('button', { name: 'Compare the certificates…' }));
    const tick = () => screen.findByRole<HTMLInputElement>('checkbox', { name: /The site confirmed the change/ });
    const accept = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Accept the new certificate' });
    fireEvent.click(await tick());
    expect(accept().disabled).toBe(false);
    act(() => mock.setSystem(waitingBefore([...FINGERPRINT].reverse().join(''))));
    expect([(await tick()).checked, accept().disabled]).toEqual([false, true]);
    act(() => mock.setSystem({ session: mockSystem().session }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    act(() => mock.setSystem(waitingBefore(FINGERPRINT)));
    await screen.findByRole('button', { name: 'Compare the certificates…' });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('says that nothing keeps the password where there is no keyring', async () => {
    await openSignIn(undefined);
    expect(screen.getByText(/no keyring/)).toBeTruthy();
    expect(screen.queryByRole('checkbox')).toBeNull();
  });
});
