// @vitest-environment jsdom
import { act, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { partOf } from '../../core/testing/splitJob.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import { noteSeen, seenThen, type LastSeen } from './lastSeen.ts';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const LOST: SystemView['session'] = {
  ...{ kind: 'waiting', user: 'engineer', lostSinceMs: 5_000, attempt: 1 },
  cause: { code: 'line-lost', message: 'the line is lost', details: {} },
};

describe('what views showed before they were left', () => {
  it('is shown again without a line, with its time', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
    const { store, ...app } = await renderApp(mock, { place, placeChosen: true });
    stop = app.stop;
    await screen.findByText('8 nodes');
    act(() => store.setState({ place: { ...place, tab: 'operations' } }));
    act(() => mock.setSystem({ nodes: undefined }));
    act(() => mock.setSystem({ session: LOST, heardAtMs: 4_000 }));
    act(() => store.setState({ place }));
    expect(await screen.findByText('8 nodes')).toBeTruthy();
    expect(screen.getByText(/^Older than the rest: as it was at \d/)).toBeTruthy();
    expect(screen.getByText('tpa-1')).toBeTruthy();
  });

  it('is as old as what was heard last, where the carrier was lost before it was left', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
    const { store, ...app } = await renderApp(mock, { place, placeChosen: true });
    stop = app.stop;
    await screen.findByText('8 nodes');
    act(() => mock.tellCarrier({ kind: 'lost', heardAtMs: 4_000, sinceMs: 5_000, attempt: 1 }));
    // What it brings first when it is back does not have what no view watches yet.
    act(() => mock.setSystem({ nodes: undefined }));
    expect(store.getState().lastSeen[mock.systemId]?.['nodes']?.atMs).toBe(4_000);
  });

  it('has its time where it is shown, and nowhere else', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    mock.advanceTo('package-install', 30);
    const { jobId } = mock.job;
    const place = { kind: 'job', systemId: mock.systemId, jobId } as const;
    const { store, ...app } = await renderApp(mock, { place, placeChosen: true, openNode: 'tpa-3' });
    stop = app.stop;
    await screen.findByRole('region', { name: 'Node tpa-3' });
    const { [`${jobId}/node:tpa-3`]: _node, ...rest } = mock.system.jobParts;
    const only = (part: 'packages' | 'node:tpa-3') => {
      const then = { value: partOf(mock.job, part), atMs: 3_000 };
      return { lastSeen: { [mock.systemId]: { [`${jobId}/${part}`]: then } } };
    };
    const older = (within: string): unknown => document.querySelector(within)?.textContent?.includes('Older than');
    act(() => mock.setSystem({ jobParts: rest, session: LOST, heardAtMs: 4_000 }));
    // Of packages, which the map does not show, no age is told there.
    act(() => store.setState(only('packages')));
    expect([older('main'), older('aside')]).toEqual([false, false]);
    act(() => store.setState({ viewKind: 'packages' }));
    // The mock brings even without a line what is asked for.
    act(() => mock.setSystem({ jobParts: rest }));
    act(() => store.setState(only('packages')));
    expect([older('main'), older('aside')]).toEqual([true, false]);
    act(() => store.setState(only('node:tpa-3')));
    expect([older('main'), older('aside')]).toEqual([false, true]);
  });

  const { system } = new MockWorkbench({ nodes: 2 });
  const { systemId } = system.saved;
  const pictureOf = (one: SystemView) => ({ systems: { [systemId]: one } }) as never;
  const left = (kept: LastSeen, key: string, session = system.session): LastSeen => {
    const heardAtMs = session.kind === 'online' ? undefined : 4_000;
    const base = { ...system, nodes: undefined, ports: undefined, session, heardAtMs };
    const before = { ...base, openJobs: {}, jobParts: { [key]: { key } } };
    return noteSeen(kept, pictureOf(before), pictureOf({ ...base, openJobs: {}, jobParts: {} }), 9_000);
  };

  it('is as old as the last word of the master, is bounded, and nothing takes the place of what can be read', () => {
    const online = left({}, 'j/nodes');
    expect(online[systemId]).toEqual({ 'j/nodes': { value: { key: 'j/nodes' }, atMs: 9_000 } });
    expect(left({}, 'j/nodes', LOST)[systemId]?.['j/nodes']?.atMs).toBe(4_000);
    const then = (one: SystemView) => seenThen({ picture: pictureOf(one), lastSeen: online }, systemId, 'j/nodes');
    expect(then(system)).toBeUndefined();
    expect(then({ ...system, session: LOST })?.atMs).toBe(9_000);
    // There may be a line, but what has it is not heard.
    expect(then({ ...system, heardAtMs: 10_000 })?.atMs).toBe(9_000);
    const many = Array.from({ length: 40 }, (_, at) => `j/node:${at}`).reduce<LastSeen>(
      (kept, key) => left(kept, key),
      {},
    );
    expect(Object.keys(many[systemId] ?? {})).toEqual(Array.from({ length: 20 }, (_, at) => `j/node:${at + 20}`));
  });

  it('is forgotten at sign-out', () => {
    const kept = left({}, 'j/nodes');
    const out = { ...system, session: { kind: 'signed-out' } as const };
    expect(noteSeen(kept, pictureOf(system), pictureOf(out), 10_000)[systemId]).toEqual({});
  });
});
