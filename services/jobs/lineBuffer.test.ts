import { expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../core/testing/fakeClock.ts';
import { createMemoryLog } from '../testing/masterRig.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { Journal } from './Journal.ts';
import { lineBuffer, type LineBuffer } from './lineBuffer.ts';
import { logHandlers } from './logRequests.ts';
import type { NodeLogEntry } from './NodeLogs.ts';
import { callerNamed } from './testing/askService.ts';

const entry = (n: number, nodeId = 'n1'): NodeLogEntry => ({
  ...{ jobId: 'j1', nodeId, stepId: 'run', attempt: 1, atMs: n, text: `line ${n}` },
});

/** A file that takes a millisecond for each hundred lines, unless it is full. */
function bench(): { clock: FakeClock; kept: NodeLogEntry[][]; buffer: LineBuffer; file: { full: boolean } } {
  const clock = createFakeClock();
  const kept: NodeLogEntry[][] = [];
  const file = { full: false };
  const append = (lines: readonly NodeLogEntry[]): void => {
    if (file.full) throw new Error('no space left');
    kept.push([...lines]);
    clock.jump(lines.length / 100);
  };
  return { clock, kept, file, buffer: lineBuffer({ clock, log: createMemoryLog(), append }) };
}

it('keeps the newest lines of a node that floods, in a tenth of the time, and all of another one', () => {
  const { clock, kept, buffer } = bench();
  const beganMs = clock.steadyMs();
  let inFileMs = 0;
  for (let n = 0; n < 1_000_000; n += 1) {
    const flushes = kept.length;
    buffer.take(entry(n));
    if (n % 100_000 === 7) buffer.take(entry(n, 'n2'));
    if (kept.length > flushes) inFileMs += (kept.at(-1)?.length ?? 0) / 100;
    // A thousand lines a millisecond.
    if (n % 1_000 === 0) clock.jump(1);
  }
  buffer.flush();
  const lines = kept.flat();
  expect(lines.filter(({ nodeId }) => nodeId === 'n1').slice(-20_000)).toEqual(
    Array.from({ length: 20_000 }, (_, at) => entry(980_000 + at)),
  );
  expect(lines.filter(({ nodeId }) => nodeId === 'n2').length).toBe(10);
  expect(inFileMs).toBeLessThan((clock.steadyMs() - beganMs) / 4);
  expect(lines.length).toBeLessThan(100_000);
});

it('loses nothing of what a node says slowly enough', () => {
  const { clock, kept, buffer } = bench();
  for (let n = 0; n < 50_000; n += 1) {
    buffer.take(entry(n));
    if (n % 100 === 0) clock.jump(10);
  }
  buffer.flush();
  expect(kept.flat().map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50_000 }, (_, n) => n));
});

it('holds the newest lines of all nodes while the file is full, and brings them once there is room', async () => {
  const { clock, kept, file, buffer } = bench();
  file.full = true;
  for (let n = 0; n < 25_000; n += 1) buffer.take(entry(n, n % 2 === 0 ? 'n1' : 'n2'));
  expect(() => buffer.flush()).toThrow(/no space/);
  file.full = false;
  // The next line tries again.
  buffer.take(entry(25_000));
  await clock.advance(1_000);
  const numbers = kept.flat().map(({ atMs }) => atMs);
  expect(numbers.length).toBeGreaterThanOrEqual(10_000);
  expect(Math.min(...numbers)).toBe(25_001 - numbers.length);
});

it('what a node said is read on a full disk: lines of the file first, then those that wait for it', () => {
  const { clock, file, kept, buffer } = bench();
  const state = { nodes: { indexOf: { n1: 0, n2: 1 } } } as unknown as SequencerState;
  const journal = {
    nodeLog: (_job: string, _node: string, _step: string | undefined, from: number, limit: number) => {
      const lines = kept.flat().filter(({ nodeId }) => nodeId === 'n1');
      return { total: lines.length, lines: lines.slice(from, from + limit) };
    },
  } as unknown as Journal;
  const { 'job.nodeLog': read } = logHandlers({ journal, clock, runnerOf: () => ({ state, lines: buffer }) });
  const texts = (from: number, limit: number, stepId?: string): unknown => {
    const params = { jobId: 'j1', nodeId: 'n1', from, limit, ...(stepId === undefined ? {} : { stepId }) };
    const { total, lines } = read?.(params, callerNamed('ada')) as { total: number; lines: NodeLogEntry[] };
    return [total, ...lines.map(({ atMs }) => atMs)];
  };
  for (const n of [0, 1]) buffer.take(entry(n));
  expect(texts(0, 10)).toEqual([2, 0, 1]);
  file.full = true;
  for (const n of [2, 3, 4]) buffer.take(entry(n));
  buffer.take(entry(9, 'n2'));
  expect(texts(0, 10)).toEqual([5, 0, 1, 2, 3, 4]);
  expect([texts(1, 2), texts(3, 1), texts(5, 9), texts(0, 9, 'other')]).toEqual([[5, 1, 2], [5, 3], [5], [2, 0, 1]]);
  file.full = false;
  expect(texts(0, 10)).toEqual([5, 0, 1, 2, 3, 4]);
  expect(kept.flat()).toHaveLength(6);
});

it('a text is looked for on a full disk too: in the file, and in what waits for it, which is tried once a search', async () => {
  const { clock, file, kept, buffer } = bench();
  const state = { nodes: { ids: ['n1', 'n2', 'n3'] } } as unknown as SequencerState;
  const journal = {
    searchNodeLog: (_job: string, nodeId: string) => {
      const lines = kept.flat().filter((line) => line.nodeId === nodeId);
      return { matches: lines.length, lines };
    },
  } as unknown as Journal;
  const { 'job.searchLog': search } = logHandlers({ journal, clock, runnerOf: () => ({ state, lines: buffer }) });
  const found = async (text: string, stepId?: string): Promise<unknown> => {
    const params = { jobId: 'j1', text, from: 0, limit: 10, ...(stepId === undefined ? {} : { stepId }) };
    const { nodes, ...rest } = (await search?.(params, callerNamed('ada'))) as {
      nodes: { nodeId: string; matches: number; lines: { atMs: number }[] }[];
    };
    return [...nodes.map(({ nodeId, matches, lines }) => [nodeId, matches, ...lines.map(({ atMs }) => atMs)]), rest];
  };
  buffer.take(entry(0));
  buffer.flush();
  file.full = true;
  for (const n of [1, 2, 3]) buffer.take(entry(n));
  buffer.take({ ...entry(9, 'n2'), text: 'No Space' });
  expect(await found('LINE')).toEqual([['n1', 4, 1, 2, 3], { searched: 3 }]);
  expect(await found('no space')).toEqual([['n1', 1, 0], ['n2', 1, 9], { searched: 3 }]);
  expect(await found('no space', 'other')).toEqual([['n1', 1, 0], { searched: 3 }]);
});
