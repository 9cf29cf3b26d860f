import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { createRandom } from '../../core/testing/random.ts';
import type { Handlers } from '../../services/service.ts';
import { TestClient } from '../../services/testing/TestClient.ts';
import { MemoryFiles } from '../support/memoryFiles.ts';
import { createMemoryMaster, type MemoryMaster } from '../support/memoryMaster.ts';

const GUI_PORT = 9002;
const SERVICE_PORT = 8992;
const CHAT_PORT = 11_111;

/** Timers of one stretch of a run with cuts: far more than it needs, so that a client that dials without end fails. */
const MOST_STEPS = 20_000;

interface Done {
  /** Step ids of `job.retry`, each as often as it was done. */
  readonly retried: string[];
  readonly said: string[];
  readonly files: MemoryFiles;
}

/** Requests that show it when they are done twice, and files. */
function countWork({ rig }: MemoryMaster): Done {
  const done: Done = { retried: [], said: [], files: new MemoryFiles(rig.clock) };
  const { 'chat.say': say } = rig.service.handlers;
  const handlers: Handlers = {
    'job.retry': ({ stepId }) => {
      done.retried.push(stepId);
      return { retried: done.retried.length };
    },
    'chat.say': (params, caller) => {
      done.said.push(params.messageId);
      if (!say) throw new Error('the rig has no chat');
      return say(params, caller);
    },
    ...done.files.handlers,
  };
  Object.assign(rig.service.handlers, handlers);
  const { callerGone } = done.files;
  Object.assign(rig.service, { fileData: done.files.fileData, callerGone });
  return done;
}

const states = (client: PutClient): Record<string, string> =>
  Object.fromEntries(client.sides.map(({ service, state }) => [service, state]));

const UP = { job: 'up', file: 'up', chat: 'up' };

function retry(client: PutClient, stepId: string): Promise<unknown> {
  const answer = client.request('job.retry', {
    jobId: 'j',
    seen: { stepId, attempt: 1, eventNumber: 1 },
    stepId,
  });
  answer.catch(() => {});
  return answer;
}

function say(client: PutClient, messageId: string): Promise<unknown> {
  const answer = client.request('chat.say', { messageId, text: 'hello' });
  answer.catch(() => {});
  return answer;
}

function upload(files: FileClient, name: string, sizeBytes: number): Promise<unknown> {
  const { done } = files.upload(
    {
      name,
      sizeBytes,
      read: (offset, lengthBytes) =>
        Promise.resolve(Uint8Array.from({ length: lengthBytes }, (_, i) => (offset + i) % 251)),
      sha256: () => Promise.resolve('ab'.repeat(32)),
      close: () => Promise.resolve(),
    },
    () => {},
  );
  done.catch(() => {});
  return done;
}

const sentTo = (master: MemoryMaster, port: number): number =>
  master.lines.filter((line) => line.port === port).reduce((sum, { wire }) => sum + wire.clientSentBytes, 0);

const openLines = (master: MemoryMaster, port: number): number =>
  master.lines.filter((line) => line.port === port && !line.wire.isClosed).length;

describe('direct', () => {
  it('goes to a GUI port, with lines of their own for jobs, files and chat', async () => {
    const master = createMemoryMaster();
    const done = countWork(master);
    await master.signIn();
    const { client, rig } = master;
    expect(client.line).toEqual({ path: 'direct', port: GUI_PORT });
    await rig.clock.advance(1_000);
    expect(states(client)).toEqual(UP);
    expect(client.sides.map(({ port }) => port)).toEqual([SERVICE_PORT, SERVICE_PORT, CHAT_PORT]);
    const entries: unknown[] = [];
    client.watchLog('timeline', 0, (more) => entries.push(...more));
    const before = { gui: sentTo(master, GUI_PORT), service: sentTo(master, SERVICE_PORT) };
    const files = new FileClient(client, rig.clock);
    const work = Promise.all([retry(client, 'a'), say(client, 'm1'), upload(files, 'a.rpm', 200_000)]);
    await rig.clock.advance(20_000);
    await work;
    expect(done).toMatchObject({ retried: ['a'], said: ['m1'] });
    expect(entries).toHaveLength(1);
    expect(done.files.bytesOf('a.rpm')).toHaveLength(200_000);
    // What went over the GUI port meanwhile is keep-alives.
    expect(sentTo(master, GUI_PORT) - before.gui).toBeLessThan(1_000);
    expect(sentTo(master, SERVICE_PORT) - before.service).toBeGreaterThan(200_000);
    files.close();
  });

  it('closes its lines with the session', async () => {
    const master = createMemoryMaster();
    countWork(master);
    await master.signIn();
    await master.rig.clock.advance(1_000);
    for (const port of [GUI_PORT, CHAT_PORT]) expect(openLines(master, port)).toBe(1);
    const closed = master.client.close();
    await master.rig.clock.advance(15_000);
    await closed;
    for (const port of [GUI_PORT, SERVICE_PORT, CHAT_PORT]) expect(openLines(master, port)).toBe(0);
    expect(master.rig.master.sessions.size).toBe(0);
    expect(master.rig.clock.openTimers).toBe(0);
    expect(master.client.sides).toEqual([]);
  });

  it.each([
    [SERVICE_PORT, 'refused'],
    [SERVICE_PORT, 'filtered'],
    [CHAT_PORT, 'refused'],
    [CHAT_PORT, 'filtered'],
  ] as const)('works with port %i %s, says so, and takes the port when it opens', async (port, blocking) => {
    const master = createMemoryMaster();
    const done = countWork(master);
    const { client, rig } = master;
    master.blocked.set(port, blocking);
    await master.signIn();
    const entries: unknown[] = [];
    client.watchLog('timeline', 0, (more) => entries.push(...more));
    const files = new FileClient(client, rig.clock);
    const work = Promise.all([retry(client, 'a'), say(client, 'm1'), upload(files, 'a.rpm', 50_000)]);
    await rig.clock.advance(5_000);
    await work;
    expect(done).toMatchObject({ retried: ['a'], said: ['m1'] });
    expect(entries).toHaveLength(1);
    await rig.clock.advance(30_000);
    const blocked = client.sides.filter((side) => side.port === port);
    const code = blocking === 'refused' ? 'port-closed' : 'dial-timeout';
    for (const side of blocked) expect(side).toMatchObject({ state: 'blocked', cause: { code } });
    master.blocked.clear();
    client.retryNow();
    await rig.clock.advance(1_000);
    expect(states(client)).toEqual(UP);
    const more = Promise.all([retry(client, 'b'), say(client, 'm2'), upload(files, 'b.rpm', 50_000)]);
    await rig.clock.advance(5_000);
    await more;
    expect(done).toMatchObject({ retried: ['a', 'b'], said: ['m1', 'm2'] });
    expect(entries).toHaveLength(2);
    files.close();
  });

  it.each(['refused', 'filtered'] as const)(
    'goes over the GUI port when a port is %s in the middle',
    async (blocking) => {
      const master = createMemoryMaster();
      const done = countWork(master);
      await master.signIn();
      const { client, rig } = master;
      await rig.clock.advance(1_000);
      const entries: unknown[] = [];
      client.watchLog('timeline', 0, (more) => entries.push(...more));
      const files = new FileClient(client, rig.clock);
      const uploaded = upload(files, 'a.rpm', 300_000);
      await rig.clock.advance(150);
      for (const port of [SERVICE_PORT, CHAT_PORT]) master.blocked.set(port, blocking);
      const work = Promise.all([retry(client, 'a'), say(client, 'm1')]);
      for (const { port, wire } of master.lines) if (port === SERVICE_PORT || port === CHAT_PORT) wire.cut();
      // Two seconds without a line, and what waits goes over the GUI port.
      await rig.clock.advance(3_000);
      await work;
      await rig.clock.advance(10_000);
      await uploaded;
      expect(done).toMatchObject({ retried: ['a'], said: ['m1'] });
      expect(entries).toHaveLength(1);
      expect(done.files.bytesOf('a.rpm').every((byte, i) => byte === i % 251)).toBe(true);
      files.close();
    },
  );

  it('keeps what a request has begun when its line goes before the answer', async () => {
    const master = createMemoryMaster();
    const done = countWork(master);
    await master.signIn();
    const { client, rig } = master;
    await rig.clock.advance(1_000);
    const answer = retry(client, 'a');
    await rig.clock.advance(15);
    expect(done.retried).toEqual(['a']);
    master.blocked.set(SERVICE_PORT, 'refused');
    for (const { port, wire } of master.lines) if (port === SERVICE_PORT) wire.cut();
    await rig.clock.advance(1_000);
    expect(await answer).toEqual({ retried: 1 });
    expect(done.retried).toEqual(['a']);
  });

  it('loses its lines to whoever takes the session over', async () => {
    const master = createMemoryMaster();
    countWork(master);
    await master.signIn();
    const { client, rig } = master;
    await rig.clock.advance(1_000);
    const { transport } = rig.dial('negotiation', 9000);
    const taking = new TestClient(rig.clock);
    const taken = taking.connect(transport, { sessionToken: client.sessionToken, clientSystem: 'desk' });
    await rig.clock.advance(1_000);
    await taken;
    expect(client.state).toMatchObject({ kind: 'failed', cause: { code: 'session-taken-over' } });
    expect(client.sides).toEqual([]);
    for (const port of [SERVICE_PORT, CHAT_PORT]) expect(openLines(master, port)).toBe(0);
  });

  it('loses and doubles nothing when main and side lines are cut at random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const random = createRandom(seed);
        const master = createMemoryMaster({ seed, wire: { latencyMs: 5 + Math.floor(random() * 40) } });
        const done = countWork(master);
        const { client, rig } = master;
        await master.signIn();
        const entries: { number: number }[] = [];
        client.watchLog<{ number: number }>('timeline', 0, (more) => entries.push(...more));
        const files = new FileClient(client, rig.clock);
        const work: Promise<unknown>[] = [upload(files, 'a.rpm', 120_000)];
        master.onLine = ({ wire }) => {
          if (random() < 0.8) wire.cutAfterBytes(Math.floor(random() ** 2 * 20_000), { silent: random() < 0.1 });
        };
        for (const { wire } of master.lines) wire.cutAfterBytes(Math.floor(random() * 5_000));
        for (let i = 0; i < 40; i++) {
          work.push(retry(client, `r${i}`), say(client, `m${i}`));
          if (random() < 0.1) {
            const port = random() < 0.5 ? SERVICE_PORT : CHAT_PORT;
            if (!master.blocked.delete(port)) master.blocked.set(port, random() < 0.5 ? 'refused' : 'filtered');
          }
          await rig.clock.advance(random() * 400, MOST_STEPS);
        }
        master.onLine = () => {};
        master.blocked.clear();
        await rig.clock.advance(40_000, MOST_STEPS);
        client.retryNow();
        await rig.clock.advance(60_000, MOST_STEPS);
        const outcomes = await Promise.allSettled(work);
        expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
        expect([...done.retried].sort()).toEqual(Array.from({ length: 40 }, (_, i) => `r${i}`).sort());
        expect([...done.said].sort()).toEqual(Array.from({ length: 40 }, (_, i) => `m${i}`).sort());
        expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
        expect(done.files.finished.get('a.rpm')).toBe(1);
        expect(done.files.bytesOf('a.rpm')).toHaveLength(120_000);
        expect(done.files.bytesOf('a.rpm').every((byte, i) => byte === i % 251)).toBe(true);
        expect(states(client)).toEqual(UP);
        files.close();
        const closed = client.close();
        await rig.clock.advance(65_000);
        await closed;
        expect(rig.master.sessions.size).toBe(0);
        expect(rig.clock.openTimers).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});
