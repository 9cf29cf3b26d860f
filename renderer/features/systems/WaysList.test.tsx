// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { mockPorts } from '../../testing/mockData.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const HELD =
  'every GUI port is leased (range: 9002 to 9002). 9002 ben at laptop since 2026-11-22 09:00 UTC (attached).';

it('shows the last error of each way with its age, next step and request, and the connections of direct', async () => {
  const atMs = Date.now() - 180_000;
  const ports = mockPorts();
  const session = {
    sessionId: 'a',
    user: 'engineer',
    clientSystem: 'laptop-2',
    path: 'direct',
    state: 'online',
    port: 9002,
    sinceMs: atMs,
    sides: [
      { service: 'job', port: 8992, sinceMs: atMs },
      { service: 'file', port: 8992, sinceMs: atMs },
    ],
  } as const;
  const mock = new MockWorkbench({
    nodes: 4,
    system: {
      ports: { ...ports, sessions: { a: session } },
      clockOffsetMs: 0,
      paths: [
        { path: 'direct', outcome: 'works', roundTripMs: 31 },
        {
          path: 'websocket',
          outcome: 'failed',
          atMs,
          cause: { code: 'dial-timeout', message: '10.4.0.1:8443 did not answer within 20 s', details: {} },
        },
        { path: 'hand-off', outcome: 'failed', atMs, cause: { code: 'lease-range-full', message: HELD, details: {} } },
      ],
      sides: [
        { service: 'job', port: 8992, state: 'up' },
        { service: 'file', port: 8992, state: 'up' },
        {
          service: 'chat',
          port: 11_111,
          state: 'blocked',
          atMs,
          cause: { code: 'dial-failed', message: '10.4.0.1:11111: the port is closed', details: {} },
        },
      ],
    },
  });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'ports' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  const ways = within(screen.getByRole('region', { name: 'Ways to this target from here' }));
  const rows = ways.getAllByRole('listitem').map((row) => row.textContent);
  expect(rows[0]).toContain('31 ms');
  expect(rows[1]).toContain('8443 did not answer within 20 s');
  expect(rows[1]).toMatch(/For the firewall team: Please allow TCP .* port 8443 /);
  expect(rows[1]).toContain('3 min ago');
  expect(rows[2]).toContain('9002 ben at laptop since 2026-11-22 09:00 UTC');
  expect(rows[2]).not.toContain('firewall team');
  expect(rows[3]).toContain('Jobs');
  expect(rows[5]).toMatch(/Job Chat.*over the GUI port.*11111: the port is closed.*allow TCP .* port 11111 /);
  const sessions = within(screen.getByRole('region', { name: 'Sessions' }));
  expect(sessions.getByText('9002, 8992')).toBeTruthy();
});
