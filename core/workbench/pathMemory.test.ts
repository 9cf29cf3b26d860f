import { describe, expect, it } from 'vitest';
import type { PathAttempt } from '../client/paths.ts';
import { PutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { bareWorkbenchPorts } from '../testing/workbenchPorts.ts';
import { orderToTry, PathMemory, withLastPath } from './pathMemory.ts';
import type { WorkbenchPorts } from './ports.ts';
import type { SystemView, WorkbenchState } from './state.ts';
import { createWorkbench, type Workbench } from './Workbench.ts';

const ORDER: readonly PathKind[] = ['single-port', 'websocket', 'ssh'];

describe('the order of the ways', () => {
  it('begins with the one that worked last, and only where the engineer wants it at all', () => {
    expect(orderToTry({ pathOrder: ORDER })).toEqual(ORDER);
    expect(orderToTry({ pathOrder: ORDER, lastPath: 'ssh' })).toEqual(['ssh', 'single-port', 'websocket']);
    expect(orderToTry({ pathOrder: ORDER, lastPath: 'direct' })).toEqual(ORDER);
    expect(withLastPath({ pathOrder: ORDER }, 'direct')).toEqual({ pathOrder: ORDER });
    const saved = { pathOrder: ORDER, lastPath: 'ssh' as const };
    expect(withLastPath(saved, 'ssh')).toBe(saved);
  });
});

describe('what became of each way', () => {
  it('keeps an error until that way works, whatever the others do', () => {
    const memory = new PathMemory();
    const closed = new PutError('dial-failed', 'master:8443: the port is closed');
    const failed: PathAttempt = { path: 'websocket', error: closed, atMs: 5 };
    memory.note([failed]);
    memory.note([{ path: 'single-port', atMs: 9 }]);
    expect(memory.view(ORDER, { path: 'single-port', roundTripMs: 12.4 })).toEqual([
      { path: 'single-port', outcome: 'works', atMs: 9, roundTripMs: 12 },
      {
        path: 'websocket',
        outcome: 'failed',
        atMs: 5,
        cause: expect.objectContaining({ code: 'dial-failed' }) as object,
      },
      { path: 'ssh', outcome: 'not-tried' },
    ]);
    // Whatever the wall clock says meanwhile: it may have been set back.
    memory.note([{ path: 'websocket', atMs: 2 }]);
    // The outcomes of a search are looked at again and again; an older one changes nothing.
    memory.note([failed]);
    expect(memory.view(ORDER)[1]).toEqual({ path: 'websocket', outcome: 'works', atMs: 2 });
  });

  it('shows the way in use where it is none of the order', () => {
    const memory = new PathMemory();
    memory.note([
      { path: 'hand-off', error: new PutError('lease-range-full', 'every GUI port is leased'), atMs: 5 },
      { path: 'single-port', atMs: 5 },
    ]);
    expect(memory.view(['hand-off'], { path: 'single-port' }).map(({ path, outcome }) => [path, outcome])).toEqual([
      ['hand-off', 'failed'],
      ['single-port', 'works'],
    ]);
  });
});

describe('a system', () => {
  function setUp() {
    const clock = createFakeClock();
    const closed = new Set<number>([9000]);
    const dialled: number[] = [];
    const master = new FakeMaster({ clock, answer: () => ({ watch: 1 }) });
    const ports: WorkbenchPorts = {
      ...bareWorkbenchPorts(),
      clock,
      dial: (target, signal) => {
        dialled.push(target.port);
        return closed.has(target.port)
          ? Promise.reject(new PutError('dial-failed', `${target.host}:${target.port}: the port is closed`))
          : master.dial(target, signal);
      },
    };
    const call = async (bench: Workbench, method: string, params: unknown): Promise<unknown> => {
      const answer = bench.invoke(method, params);
      await clock.advance(3_000);
      const settled = await answer;
      if (!settled.ok) throw new Error(settled.error.message);
      return settled.value;
    };
    const viewOf = async (bench: Workbench): Promise<SystemView> => {
      const { state } = (await call(bench, 'state.snapshot', {})) as { state: WorkbenchState };
      const [view] = Object.values(state.systems);
      if (!view) throw new Error('no system');
      return view;
    };
    return { clock, closed, dialled, ports, call, viewOf };
  }

  const SYSTEM = { name: 'prod-east', host: 'aws-1', pathOrder: ['single-port', 'websocket'] };

  it('tries the way that worked first after a restart of the program, until the order is changed', async () => {
    const { closed, dialled, ports, call, viewOf } = setUp();
    const bench = await createWorkbench(ports);
    const { systemId } = (await call(bench, 'system.add', SYSTEM)) as { systemId: string };
    const signIn = (at: Workbench): Promise<unknown> =>
      call(at, 'session.signIn', { systemId, user: 'eva', password: 'secret', remember: false });
    await signIn(bench);
    expect(dialled).toEqual([9000, 8443]);
    const view = await viewOf(bench);
    expect(view.paths).toMatchObject([
      { path: 'single-port', outcome: 'failed', cause: { code: 'dial-failed' }, atMs: expect.any(Number) as number },
      { path: 'websocket', outcome: 'works' },
    ]);
    expect(view.saved).toMatchObject({ pathOrder: ['single-port', 'websocket'], lastPath: 'websocket' });
    expect(JSON.parse((await ports.systemsFile.read()) ?? '')).toMatchObject({ systems: [{ lastPath: 'websocket' }] });
    await call(bench, 'session.signOut', { systemId });
    expect((await viewOf(bench)).paths[0]).toMatchObject({ path: 'single-port', outcome: 'failed' });
    await bench.close();

    dialled.length = 0;
    closed.clear();
    const next = await createWorkbench(ports);
    await signIn(next);
    expect(dialled).toEqual([8443]);
    await call(next, 'session.signOut', { systemId });

    const { name, host } = SYSTEM;
    const system = { name, host, pathOrder: ['single-port', 'websocket', 'ssh'] };
    await call(next, 'system.update', { systemId, system });
    expect((await viewOf(next)).saved.lastPath).toBeUndefined();
    dialled.length = 0;
    await signIn(next);
    expect(dialled).toEqual([9000]);
    await next.close();
  });
});
