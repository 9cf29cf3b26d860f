import { expect, it } from 'vitest';
import { decodeBody } from '../../core/protocol/body.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { applyPatch } from '../../core/replica/patch.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { createMemoryLog, RigService } from '../testing/masterRig.ts';
import type { Topic } from '../service.ts';
import { TopicFeeds } from './TopicFeeds.ts';
import type { Patch } from '../../core/replica/patchShape.ts';

it('waits when the session is full and goes on with the next acknowledgement, nothing lost', () => {
  const clock = createFakeClock();
  const sent: unknown[] = [];
  let acknowledged = 0;
  let full = true;
  const log = createMemoryLog();
  const feeds = new TopicFeeds({
    clock,
    log,
    lane: {
      send: (body) => {
        if (full) throw new PutError('queue-full', 'too much waits');
        return sent.push(decodeBody(body));
      },
      acknowledged: () => acknowledged,
      attached: () => true,
      pendingBytes: () => 0,
    },
  });
  const service = new RigService();
  const topic = service.topic('nodes');
  if (!topic) throw new Error('no topic');
  feeds.start(feeds.open('nodes', topic, undefined));
  expect(sent).toEqual([]);
  full = false;
  feeds.acknowledged();
  expect(sent).toMatchObject([{ k: 't', n: 1, v: { count: 0 } }]);
  service.change({ count: 5 });
  expect(sent).toHaveLength(1);
  acknowledged = 1;
  feeds.acknowledged();
  expect(sent).toHaveLength(1);
  feeds.closeAll();
  expect(service.listeners + clock.openTimers).toBe(0);
  expect(log.lines).toEqual([]);
});

it('looks at a topic no more often than news may go, also where nothing in it changed', async () => {
  const clock = createFakeClock();
  const sent: unknown[] = [];
  const lane = { send: (body: Uint8Array) => sent.push(decodeBody(body)), acknowledged: () => sent.length };
  const feeds = new TopicFeeds({
    ...{ clock, log: createMemoryLog() },
    lane: { ...lane, attached: () => true, pendingBytes: () => 0 },
  });
  const listeners = new Set<() => void>();
  let looks = 0;
  let number = 1;
  const topic: Topic = {
    kind: 'state',
    state: () => ((looks += 1), { rows: {} }),
    number: () => number,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  feeds.start(feeds.open('nodes', topic, undefined));
  for (let ms = 0; ms < 10 * TIMES.newsMs; ms += 1) {
    number += 1;
    for (const listener of listeners) listener();
    await clock.advance(1);
  }
  expect(sent).toHaveLength(1);
  expect(looks).toBeLessThanOrEqual(11);
  feeds.closeAll();
});

it('closes a watch whose topic fails, tells the log, and keeps the others', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const sent: unknown[] = [];
  const feeds = new TopicFeeds({
    clock,
    log,
    lane: {
      send: (body) => sent.push(decodeBody(body)),
      acknowledged: () => sent.length,
      attached: () => true,
      pendingBytes: () => 0,
    },
  });
  const service = new RigService();
  const good = service.topic('nodes');
  if (!good) throw new Error('no topic');
  const number = (): number => 1;
  const state = (): object => {
    throw new Error('broken');
  };
  feeds.start(feeds.open('broken', { kind: 'state', number, state, onChange: () => () => {} }, undefined));
  feeds.start(feeds.open('nodes', good, undefined));
  await clock.advance(100);
  expect(feeds.size).toBe(1);
  expect(sent).toMatchObject([
    { w: 1, f: { code: 'internal', message: 'broken' } },
    { w: 2, n: 1 },
  ]);
  expect(log.lines).toEqual([expect.stringContaining('news of broken cannot be sent')]);
});

/** Feeds over a line that is told when its acknowledgements come; a tenth of a body's bytes are on their way until then. */
function slowLine() {
  const clock = createFakeClock();
  const sent: { n: number; b?: number; m?: true; v: Patch }[] = [];
  const sizes: number[] = [];
  const line = { attached: true };
  let acknowledged = 0;
  const feeds = new TopicFeeds({
    clock,
    log: createMemoryLog(),
    lane: {
      send: (body) => {
        sizes.push(body.length);
        return sent.push(decodeBody(body) as (typeof sent)[number]);
      },
      acknowledged: () => acknowledged,
      attached: () => line.attached,
      pendingBytes: () => sizes.slice(acknowledged).reduce((sum, bytes) => sum + bytes / 10, 0),
    },
  });
  const acknowledge = (sequence = sent.length): void => {
    acknowledged = sequence;
    feeds.acknowledged();
  };
  return { clock, feeds, sent, sizes, line, acknowledge };
}

it('sends the next difference beside an unacknowledged one, a while later', async () => {
  const { clock, feeds, sent } = slowLine();
  const service = new RigService();
  feeds.start(feeds.open('nodes', service.topic('nodes') as Topic, undefined));
  service.change({ count: 1 });
  await clock.advance(TIMES.newsBesideMs - 1);
  expect(sent.map(({ n }) => n)).toEqual([1]);
  service.change({ count: 2 });
  await clock.advance(1);
  expect(sent).toMatchObject([{ n: 1 }, { n: 3, b: 1, v: { s: { count: 2 } } }]);
  feeds.closeAll();
});

it('sends what somebody waits for at once, beside an unacknowledged one and right after it, but never into a full line', async () => {
  const { clock, feeds, sent } = slowLine();
  const service = new RigService();
  feeds.start(feeds.open('nodes', service.topic('nodes') as Topic, undefined));
  service.change({ count: 1 });
  service.change({ count: 2 }, true);
  expect(sent).toMatchObject([{ n: 1 }, { n: 3, b: 1 }]);
  // What follows waits as it always does.
  service.change({ count: 3 });
  await clock.advance(TIMES.newsBesideMs - 1);
  expect(sent).toHaveLength(2);
  service.change({ count: 4, text: 'x'.repeat(100_000) }, true);
  const filled = sent.length;
  service.change({ count: 5 }, true);
  await clock.advance(TIMES.newsBesideMs);
  expect(sent).toHaveLength(filled);
  feeds.closeAll();
  expect(clock.openTimers).toBe(0);
});

it('sends nothing beside what fills the line, and catches up in one difference', async () => {
  const { clock, feeds, sent, acknowledge } = slowLine();
  const service = new RigService();
  feeds.start(feeds.open('nodes', service.topic('nodes') as Topic, undefined));
  await clock.advance(1_000);
  acknowledge();
  for (let i = 1; i <= 20; i++) {
    service.change({ count: i, text: `${i}`.padEnd(40_000) });
    await clock.advance(500);
  }
  // Two leave room for one more; the three together are more than a slow line should hold.
  expect(sent.map(({ v }) => (v.s as { count: number } | undefined)?.count)).toEqual([undefined, 1, 2, 3]);
  acknowledge();
  expect(sent[4]).toMatchObject({ v: { s: { count: 20 } } });
  feeds.closeAll();
});

it.each([
  ['lost', false, 1],
  ['silent', true, 9],
])('does not fill a line that is %s with differences that grow old', async (_what, attached, most) => {
  const { clock, feeds, sent, line, acknowledge } = slowLine();
  const service = new RigService();
  feeds.start(feeds.open('nodes', service.topic('nodes') as Topic, undefined));
  line.attached = attached;
  for (let i = 1; i <= 100; i++) {
    service.change({ count: i });
    await clock.advance(400);
  }
  expect(sent.length).toBeLessThanOrEqual(most);
  line.attached = true;
  acknowledge();
  expect(sent.at(-1)).toMatchObject({ v: { s: { count: 100 } } });
  feeds.closeAll();
});

it('sends a large state in parts of what the line carries in a second, which make the whole', async () => {
  const { clock, feeds, sent, sizes, acknowledge } = slowLine();
  const rows = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`row-${i}`, { text: `${i}`.repeat(1_000).slice(0, 1_000), i }]),
  );
  const state = { rows, name: 'all' };
  let listen = (): void => {};
  const onChange = (listener: () => void): (() => void) => {
    listen = listener;
    return () => {};
  };
  let now: object = state;
  let number = 7;
  feeds.start(feeds.open('rows', { kind: 'state', number: () => number, state: () => now, onChange }, undefined));
  const acknowledgeAll = async (): Promise<void> => {
    for (let before = -1; before !== sent.length;) {
      before = sent.length;
      await clock.advance(1_500);
      acknowledge();
    }
  };
  await acknowledgeAll();
  expect(sent[0]).toMatchObject({ n: 7, m: true, v: {} });
  expect(sent.slice(1).every(({ n, b }) => n === 7 && b === 7)).toBe(true);
  expect(sent.map(({ m }) => m)).toEqual([...sent.slice(1).map(() => true), undefined]);
  expect(sent.slice(1).reduce((whole, { v }) => applyPatch(whole, v), {})).toEqual(state);
  // A tenth of the bytes reaches the line, so that parts grow to ten times 4 KiB.
  expect(Math.max(...sizes)).toBeGreaterThan(30_000);
  expect(Math.max(...sizes)).toBeLessThan(45_000);
  const before = sent.length;
  now = {
    rows: Object.fromEntries(Object.keys(rows).map((key) => [key, { text: `z${key}`.repeat(200).slice(0, 1_000) }])),
    name: 'all',
  };
  number = 9;
  listen();
  await acknowledgeAll();
  const parts = sent.slice(before);
  expect(parts.map(({ n, b, m }) => [n, b, m])).toEqual([...parts.slice(1).map(() => [7, 7, true]), [9, 7, undefined]]);
  expect(parts.reduce((whole, { v }) => applyPatch(whole, v), state as object)).toEqual(now);
  feeds.closeAll();
});

it('puts more on its way where acknowledgements come quickly, less where they come late', async () => {
  const { clock, feeds, sent, acknowledge } = slowLine();
  const service = new RigService();
  feeds.start(feeds.open('nodes', service.topic('nodes') as Topic, undefined));
  const fill = async (ackAfterMs: number): Promise<number> => {
    for (let i = 0; i < 10; i++) {
      service.change({ count: i / 3, text: `${i}`.padEnd(9_000 + i) });
      await clock.advance(ackAfterMs);
      acknowledge();
    }
    const before = sent.length;
    for (let i = 0; i < 6; i++) {
      service.change({ text: `${i}`.padEnd(39_000 + i) });
      await clock.advance(TIMES.newsBesideMs);
    }
    const beside = sent.length - before;
    await clock.advance(ackAfterMs);
    acknowledge();
    return beside;
  };
  const late = await fill(2_000);
  const quick = await fill(100);
  expect(late).toBeLessThan(4);
  expect(quick).toBe(6);
  feeds.closeAll();
});
