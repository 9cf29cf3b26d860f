import { describe, expect, it } from 'vitest';
import type { UploadProgress } from '../../core/client/FileClient.ts';
import { createRandom } from '../../core/testing/random.ts';
import { VIRTUAL_LINES, VirtualLine, type VirtualLineKind } from './virtualLine.ts';

/** What a greeting over a new line costs at least: TCP, TLS and hello, each a round trip, and their bytes. */
const leastS = ({ latencyMs, bytesPerMs = Infinity }: VirtualLineKind): number =>
  (6 * latencyMs + (700 + 400 + 600) / bytesPerMs) / 1000;

async function online(kind: VirtualLineKind, seed = 1): Promise<VirtualLine> {
  const line = new VirtualLine(createRandom(seed), kind);
  await line.signIn();
  expect(line.client.state.kind).toBe('online');
  return line;
}

describe.each(Object.values(VIRTUAL_LINES))('a change of network at $name', (kind) => {
  it.each([false, true])(
    'with a silent old line: the session moves to the new one at once (upload: %s)',
    async (loaded) => {
      const line = await online(kind);
      const progress: UploadProgress[] = [];
      const upload = loaded ? line.upload(40_000, (one) => progress.push(one)) : undefined;
      line.say();
      await line.advance(3_000);
      const before = line.client.welcome;
      line.changeNetwork();
      line.say();
      const states = new Set<string>();
      line.client.retryNow();
      let backS = 0;
      while (line.client.welcome === before && backS < 30) {
        states.add(line.client.state.kind);
        await line.advance(10);
        backS += 0.01;
      }
      expect(backS).toBeLessThan(leastS(kind) + 0.3);
      line.say();
      await line.advance(120_000);
      expect(line.losses()).toEqual({ lost: 0, doubled: 0 });
      if (kind.latencyMs < 200) expect([...states]).toEqual(['online']);
      if (!upload) return;
      await expect(upload.done).resolves.toBeDefined();
      expect(progress.at(-1)).toMatchObject({ state: 'done', storedBytes: 40_000 });
    },
  );

  it.each([false, true])('that left the line alive drops nothing (upload: %s)', async (loaded) => {
    const line = await online(kind);
    if (loaded) line.upload(4_000_000);
    await line.advance(5_000);
    const lost: string[] = [];
    for (let i = 0; i < 20; i++) {
      line.say();
      line.client.retryNow();
      for (let at = 0; at < 100; at++) {
        await line.advance(50);
        if (line.client.state.kind !== 'online') lost.push(line.client.state.kind);
      }
    }
    expect(lost).toEqual([]);
    await line.advance(60_000);
    expect(line.losses()).toEqual({ lost: 0, doubled: 0 });
    expect(line.rig.master.sessions.size).toBe(1);
  });
});

describe('an outage that nobody tells the end of', () => {
  for (const seconds of [1, 30, 600]) {
    for (const state of ['silent', 'refused'] as const) {
      it(`of ${seconds} s, ${state}: back within 2 s of the line's return`, async () => {
        const back: number[] = [];
        for (let seed = 1; seed <= 20; seed++) {
          const line = await online({ name: '', latencyMs: 50 }, seed);
          line.say();
          line.state = state;
          line.wire?.cut({ silent: state === 'silent' });
          if (state === 'silent') line.client.retryNow();
          line.say();
          const dials = line.dials;
          await line.advance(seconds * 1000 + seed * 97);
          // About one packet a second, whatever hangs.
          expect(line.synPackets).toBeLessThan(10 + 2.2 * (seconds + 2));
          expect(line.dials - dials).toBeLessThan(5 + 1.4 * (seconds + 2));
          const before = line.client.welcome;
          line.state = 'up';
          back.push(await line.untilOnline(60, before));
          line.say();
          await line.advance(20_000);
          expect(line.losses()).toEqual({ lost: 0, doubled: 0 });
        }
        expect(Math.max(...back)).toBeLessThanOrEqual(2);
      });
    }
  }
});

describe('several processes of one engineer', () => {
  it('a laptop that slept through a take-over does not take the session back', async () => {
    const line = await online({ name: '', latencyMs: 50 });
    const asleep = line.client;
    line.say();
    await line.advance(1_000);
    line.changeNetwork();
    const next = line.createClient('laptop-9');
    void next.takeOver(asleep.sessionToken ?? '');
    await line.advance(2_000);
    expect(next.state.kind).toBe('online');
    asleep.retryNow();
    await line.advance(120_000);
    expect(asleep.state).toMatchObject({
      kind: 'failed',
      cause: { code: 'session-taken-over', message: 'the session goes on at laptop-9' },
    });
    expect(next.state.kind).toBe('online');
  });
});
