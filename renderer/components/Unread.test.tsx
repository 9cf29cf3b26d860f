// @vitest-environment jsdom
import { act, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const lost = {
  kind: 'waiting',
  user: 'eva',
  lostSinceMs: 0,
  attempt: 2,
  cause: { code: 'line-lost', message: 'the line went away', details: {} },
} as const;

it.each(['nodes', 'packages', 'ports'] as const)(
  '%s that were not read are not said to be read without a line',
  async (tab) => {
    const absent = { nodes: undefined, library: undefined, ports: undefined };
    const mock = new MockWorkbench({ nodes: 4, system: absent });
    const place = { kind: 'system', systemId: mock.systemId, tab } as const;
    const { store, ...app } = await renderApp(mock, { place, placeChosen: true });
    stop = app.stop;
    const { session: online } = mock.system;
    act(() => mock.setSystem(absent));
    // Nor were they shown before.
    act(() => store.setState({ lastSeen: {} }));
    expect((await screen.findAllByText('Reading…')).length).toBeGreaterThan(0);
    act(() => mock.setSystem({ ...absent, session: lost }));
    expect(await screen.findByText(/^Not read: there is no line/)).toBeTruthy();
    expect(screen.queryByText('Reading…')).toBeNull();
    // The program that has the line is not heard: nothing is known of it.
    act(() => mock.setSystem({ ...absent, session: online }));
    expect((await screen.findAllByText('Reading…')).length).toBeGreaterThan(0);
    act(() => mock.tellCarrier({ kind: 'lost', heardAtMs: 4_000, sinceMs: 5_000, attempt: 1 }));
    expect(await screen.findByText('Not read: putctl console is not heard.')).toBeTruthy();
    expect(screen.queryByText('Reading…')).toBeNull();
  },
);

it('runs that are compared are not said to be read without a line', async () => {
  const mock = new MockWorkbench({ nodes: 4, system: { session: lost } });
  const place = { kind: 'compare', systemId: mock.systemId, jobIds: ['job-a', 'job-b'] } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  expect(await screen.findByText(/^Not read: there is no line/)).toBeTruthy();
  expect(screen.queryByText('Reading the job…')).toBeNull();
});
