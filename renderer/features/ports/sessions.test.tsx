// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionRow } from '../../../core/model/ports.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { mockPorts } from '../../testing/mockData.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const row = (sessionId: string, more: Partial<SessionRow>): SessionRow => ({
  sessionId,
  user: 'engineer',
  clientSystem: 'laptop-2',
  path: 'single-port',
  state: 'online',
  port: 9000,
  sinceMs: Date.now() - 3_600_000,
  ...more,
});
const here = row('a', {});
const asked = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls
    .filter((call) => call.method === 'master.request' && call.params['method'] === method)
    .map((call) => call.params['params']);

async function open(
  sessions: readonly SessionRow[],
  tab: 'operations' | 'ports' = 'operations',
): Promise<MockWorkbench> {
  const all = Object.fromEntries(sessions.map((one) => [one.sessionId, one]));
  const mock = new MockWorkbench({
    nodes: 4,
    system: { sessions: all, ports: { ...mockPorts(), sessions: all }, clockOffsetMs: 0 },
    override: (method) => (method === 'master.request' ? { ok: true, value: { clientSystem: 'laptop-7' } } : undefined),
  });
  const place = { kind: 'system', systemId: mock.systemId, tab } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}

describe("one's own session on another client system", () => {
  it('is named with when its line was lost, taken over with one click, and gone from the window then', async () => {
    const lostAtMs = new Date(2026, 10, 22, 2, 13).getTime();
    const left = row('b', { clientSystem: 'laptop-7', state: 'detached', lostAtMs, endsAtMs: lostAtMs + 10_800_000 });
    const mock = await open([here, left]);
    // The master tells it by its own clock, whatever this one says.
    act(() => mock.setSystem({ clockOffsetMs: 3_600_000 }));
    expect(screen.getByText('Your session on laptop-7 lost its line at 02:13 and is kept until 05:13.')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Take over from laptop-7' }));
    await waitFor(() => expect(asked(mock, 'session.takeOver')).toEqual([{ sessionId: 'b' }]));
    act(() => mock.setSystem({ sessions: { a: here } }));
    await waitFor(() => expect(screen.queryByText(/laptop-7/)).toBeNull());
  });

  it('that is online is named too, and may be left alone', async () => {
    await open([here, row('b', { clientSystem: 'laptop-7' })]);
    expect(screen.getByText(/You are also signed in on laptop-7, since/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Leave it' }));
    expect(screen.queryByText(/laptop-7/)).toBeNull();
  });

  it.each([
    ['of another person', { user: 'jonas', clientSystem: 'laptop-7' }],
    ['of another program on this machine', {}],
    ['of a command that signed in a moment ago', { clientSystem: 'laptop-7', sinceMs: Date.now() }],
  ])('is not offered for one %s', async (_whose, more) => {
    await open([here, row('b', more)]);
    expect(screen.queryByRole('button', { name: /Take over/ })).toBeNull();
  });

  it('stands in the table of sessions, beside what an admin may end', async () => {
    const mock = await open(
      [here, row('b', { clientSystem: 'laptop-7' }), row('c', { user: 'jonas', clientSystem: 'laptop-8' })],
      'ports',
    );
    const table = within(screen.getByRole('region', { name: 'Sessions' }));
    expect(table.getByText('this session')).toBeTruthy();
    expect(
      table.getAllByRole('button', { name: /^(Take over|End) / }).map((button) => button.getAttribute('aria-label')),
    ).toEqual(['Take over from laptop-7', 'End the session of jonas on laptop-8']);
    fireEvent.click(table.getByRole('button', { name: /End the session of jonas/ }));
    const dialog = within(screen.getByRole('alertdialog', { name: 'End the session of jonas?' }));
    fireEvent.click(dialog.getByRole('button', { name: 'End' }));
    await waitFor(() => expect(asked(mock, 'session.close')).toEqual([{ sessionId: 'c' }]));
  });
});

it('a session that is kept to sign in by is listed as that, ended and never offered to be taken over', async () => {
  const kept = row('k', { clientSystem: 'laptop-9', state: 'detached', kept: true, endsAtMs: Date.now() + 3_600_000 });
  const mock = await open([here, kept], 'ports');
  expect(screen.getByRole('row', { name: /laptop-9 .*kept to sign in by/ })).toBeTruthy();
  expect(screen.queryByText(/Your session on laptop-9/)).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: /^End .*laptop-9/ }));
  await waitFor(() => expect(asked(mock, 'session.takeOver')).toEqual([{ sessionId: 'k' }]));
});
