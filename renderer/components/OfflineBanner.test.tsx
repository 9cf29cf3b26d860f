// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { SessionView } from '../../electron/contract/bridge.ts';
import { mockSystem } from '../testing/mockData.ts';
import { OfflineBanner } from './OfflineBanner.tsx';

afterEach(cleanup);

const waiting = { kind: 'waiting', user: 'eva', lostSinceMs: 0, attempt: 2 } as const;
const shown = (session: SessionView): string => {
  const { container } = render(<OfflineBanner system={mockSystem({ session })} />);
  return container.textContent;
};

it('says why there is no line and what to do', () => {
  const cause = { code: 'network-unreachable', message: 'no route', details: {} } as const;
  expect(shown({ ...waiting, cause })).toContain('Check cable, Wi-Fi and VPN of this machine.');
});

it('says that another server answers in place of the target, with the certificate that it shows', () => {
  const message = '10.4.0.1:9000 shows the certificate CC, issued by Hotel Net; nothing was sent to it';
  const text = shown({ ...waiting, cause: { code: 'stranger-answers', message, details: {} } });
  expect(text).toContain('(captive portal)');
  expect(text).toContain('The session comes back by itself');
  expect(text).toContain(message);
});

it('says of another certificate that something answers, and offers to compare where a person can accept it', () => {
  const compared: string[] = [];
  const details = { fingerprint: 'CC', pinned: 'AA', origin: 'issued by Hotel Net', was: 'certificate-changed' };
  const cause = { code: 'stranger-answers', message: 'shows CC', details } as const;
  const system = mockSystem({ session: { ...waiting, cause } });
  const { container, getByRole } = render(<OfflineBanner system={system} onCompare={() => compared.push('now')} />);
  expect(container.textContent).toContain('Something answers with another certificate');
  expect(container.textContent).toContain('The certificate shown is issued by Hotel Net.');
  expect(container.textContent).not.toContain('the line may be down');
  getByRole('button', { name: 'Compare the certificates…' }).click();
  expect(compared).toEqual(['now']);
  cleanup();
  const ssh = { ...cause, details: { was: 'ssh-host-key-changed' } };
  render(<OfflineBanner system={mockSystem({ session: { ...waiting, cause: ssh } })} onCompare={() => undefined} />);
  expect(screen.queryByRole('button')).toBeNull();
  // A host on the way: no certificate is another one.
  expect(screen.queryByText(/another certificate/)).toBeNull();
  expect(
    screen.getByText(/^Something else answers in place of the master node\. How jobs are is not known\.$/),
  ).toBeTruthy();
});

it('claims of the job only what is known: a refused port means that putservices does not answer, silence that the line may be down', () => {
  const text = (code: 'port-closed' | 'line-lost'): string =>
    shown({ ...waiting, cause: { code, message: 'no answer', details: {} } });
  expect(text('port-closed')).toMatch(/putservices does not answer.*may be standing still/);
  expect(text('line-lost')).toMatch(/the line may be down.*is not known/);
  for (const code of ['port-closed', 'line-lost'] as const) expect(text(code)).not.toMatch(/goes on/);
});

it('says what to do about another certificate where a browser has the line, which does not tell why nothing is heard', () => {
  const system = mockSystem({ session: { ...waiting, cause: { code: 'line-lost', message: 'lost', details: {} } } });
  const { container } = render(<OfflineBanner system={system} inBrowser />);
  expect(container.textContent).toMatch(/another certificate.*load this page anew/);
  cleanup();
  expect(shown(system.session)).not.toMatch(/load this page anew/);
});

it('says nothing of a line that is there', () => {
  expect(shown({ kind: 'signed-out' })).toBe('');
});
