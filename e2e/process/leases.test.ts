import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PutClient } from '../../core/client/PutClient.ts';
import type { PortRow, PortsView } from '../../core/model/ports.ts';
import type { HolderDone, HolderTask } from '../support/leaseHolder.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

const HOLDER = join(import.meta.dirname, '..', 'support', 'leaseHolder.ts');

let system: PracticeSystem;
let observer: PutClient;
let view: PortsView | undefined;
const holders: ChildProcess[] = [];

beforeAll(async () => {
  system = await PracticeSystem.start({ nodes: 2 });
  observer = await system.signIn({ clientSystem: 'office' });
  observer.watchState<PortsView>('ports', (ports) => (view = ports));
});
afterEach(async () => {
  for (const holder of holders.splice(0)) await kill(holder);
});
afterAll(async () => {
  await observer?.close();
  await system?.stop();
});

/** A client in a process of its own, at a stage of taking a GUI port. */
async function holdPort(stage: HolderTask['stage']): Promise<{ holder: ChildProcess; done: HolderDone }> {
  const { target, user, password } = system;
  const task: HolderTask = { stage, target, user, password };
  const holder = spawn(process.execPath, [HOLDER, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(holder);
  const line = once(createInterface({ input: holder.stdout }), 'line') as Promise<[string]>;
  const over = once(holder, 'exit').then(([code]) => {
    throw new Error(`the client ended with ${String(code)} before it had a port`);
  });
  over.catch(() => {});
  const [text] = await Promise.race([line, over]);
  return { holder, done: JSON.parse(text) as HolderDone };
}

async function kill(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
}

async function rowWhen(port: number, is: (row: PortRow) => boolean): Promise<PortRow> {
  const untilMs = Date.now() + 40_000;
  for (;;) {
    const row = view?.ports[String(port)];
    if (row && is(row)) return row;
    if (Date.now() > untilMs) throw new Error(`port ${port} stayed ${JSON.stringify(row)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a client that is killed', () => {
  it.each(['offered', 'watched'] as const)(
    'while its port is %s gives it back long before the offer ends by itself',
    async (stage) => {
      const { holder, done } = await holdPort(stage);
      const offered = await rowWhen(done.port, ({ state }) => state === 'offered');
      expect(offered.lease).toMatchObject({ user: system.user, clientSystem: 'laptop-7' });
      await kill(holder);
      const shortened = await rowWhen(
        done.port,
        ({ state, lease }) => state === 'free' || lease?.endsAtMs !== offered.lease?.endsAtMs,
      );
      if (shortened.lease) expect(shortened.lease.endsAtMs).toBeLessThan(offered.lease?.endsAtMs ?? 0);
      await rowWhen(done.port, ({ state }) => state === 'free');
    },
  );

  it('while it uses its port keeps it: another process comes back to the same one by its token, and its end frees it', async () => {
    const { holder, done } = await holdPort('attached');
    await rowWhen(done.port, ({ state }) => state === 'attached');
    await kill(holder);
    const detached = await rowWhen(done.port, ({ state }) => state === 'detached');
    expect(detached.lease?.endsAtMs).toBeDefined();
    // Nobody else gets it meanwhile.
    const second = await system.signIn({ pathOrder: ['hand-off'], clientSystem: 'laptop-8' });
    expect(second.line?.port).not.toBe(done.port);
    await second.close();

    const next = system.createClient({ pathOrder: ['hand-off'], clientSystem: 'laptop-7' });
    await next.takeOver(done.sessionToken);
    expect(next.line).toEqual({ path: 'hand-off', port: done.port });
    await rowWhen(done.port, ({ state }) => state === 'attached');
    await next.close();
    await rowWhen(done.port, ({ state }) => state === 'free');
  });

  it('and taken over from another client system gives its port back at once', async () => {
    const { holder, done } = await holdPort('attached');
    await kill(holder);
    const { lease } = await rowWhen(done.port, ({ state }) => state === 'detached');
    const here = await system.signIn({ clientSystem: 'laptop-9' });
    await expect(here.request('session.takeOver', { sessionId: lease?.sessionId ?? '' })).resolves.toEqual({
      clientSystem: 'laptop-7',
    });
    await rowWhen(done.port, ({ state }) => state === 'free');
    const left = system.createClient({ pathOrder: ['hand-off'], clientSystem: 'laptop-7' });
    await expect(left.takeOver(done.sessionToken)).rejects.toMatchObject({ code: 'session-taken-over' });
    await left.close();
    await here.close();
  });
});
