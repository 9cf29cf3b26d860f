import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeLeft, timeLeftOf, type Ahead, type StepPace } from './timeLeft.ts';

const MIN_MS = 60_000;
const pace = (ms: number, nodes = 8, atOnce = 8): StepPace => ({ ms, nodes, atOnce });
const ahead = (more: Partial<Ahead>): Ahead => ({ runs: [], waitsMs: 0, history: {}, own: {}, ...more });
const run = (stepId: string, nodes = 8, atOnce = 8) => ({ stepId, nodes, atOnce });

const paces = fc.array(
  fc.record({
    ms: fc.integer({ min: 0, max: 10_000_000 }),
    nodes: fc.integer({ min: 1, max: 10_000 }),
    atOnce: fc.integer({ min: 1, max: 1024 }),
  }),
  { maxLength: 8 },
);
const runs = fc.array(
  fc.record({
    stepId: fc.constantFrom('a', 'b'),
    nodes: fc.integer({ min: 0, max: 10_000 }),
    atOnce: fc.integer({ min: 1, max: 1024 }),
  }),
  { maxLength: 6 },
);
const anyAhead = fc.record({
  current: fc.option(
    fc.record({
      stepId: fc.constantFrom('a', 'b'),
      nodes: fc.integer({ min: 1, max: 10_000 }),
      atOnce: fc.integer({ min: 1, max: 1024 }),
      startedAtMs: fc.integer({ min: 0, max: 10_000_000 }),
    }),
    { nil: undefined },
  ),
  runs,
  waitsMs: fc.integer({ min: 0, max: 1_000_000 }),
  history: fc.record({ a: paces, b: paces }),
  own: fc.record({ a: paces, b: paces }),
});

describe('the time that is left', () => {
  it('is not known where a step ahead never ran, and is what the waits are where nothing is ahead', () => {
    expect(timeLeftOf(ahead({ runs: [run('a'), run('b')], history: { a: [pace(1)] } }))).toEqual({ unknown: ['b'] });
    expect(rangeLeft(timeLeftOf(ahead({ runs: [run('b')] })), 0)).toBeUndefined();
    expect(rangeLeft(timeLeftOf(ahead({ waitsMs: MIN_MS })), 0)).toEqual({ lowMs: MIN_MS, highMs: MIN_MS });
  });

  it('lies around what it took before, narrower with more jobs, by rounds of nodes at once', () => {
    const left = (history: StepPace[], one = run('a')) =>
      rangeLeft(timeLeftOf(ahead({ runs: [one], history: { a: history } })), 0);
    const once = left([pace(10 * MIN_MS)]);
    const often = left(Array.from({ length: 9 }, () => pace(10 * MIN_MS)));
    expect(once).toEqual({ lowMs: 400_000, highMs: 900_000 });
    expect(often?.lowMs).toBeGreaterThan(once?.lowMs ?? 0);
    expect(often?.highMs).toBeLessThan(once?.highMs ?? 0);
    expect(left([pace(10 * MIN_MS)], run('a', 16, 8))).toEqual({ lowMs: 800_000, highMs: 1_800_000 });
    // A job of one node says little of one of a thousand, where there is another of like size.
    expect(left([pace(1, 1), pace(10 * MIN_MS)])).toEqual(once);
  });

  it('is corrected by what this job has shown', () => {
    const history = { a: [pace(10 * MIN_MS)], b: [pace(10 * MIN_MS)] };
    const mid = (own: Ahead['own']): number => {
      const { lowMs = 0, highMs = 0 } = rangeLeft(timeLeftOf(ahead({ runs: [run('b')], history, own })), 0) ?? {};
      return (lowMs + highMs) / 2;
    };
    expect(mid({ a: [pace(20 * MIN_MS)] })).toBeGreaterThan(mid({}) * 1.2);
    expect(mid({ a: [pace(5 * MIN_MS)] })).toBeLessThan(mid({}) / 1.2);
    // The same step in a wave before says it best.
    expect(mid({ b: [pace(20 * MIN_MS)] })).toBeGreaterThan(mid({ a: [pace(20 * MIN_MS)] }));
  });

  it('of the step under way follows its progress, and grows where it takes longer than ever', () => {
    const left = timeLeftOf(ahead({ current: { ...run('a'), startedAtMs: 0 }, history: { a: [pace(10 * MIN_MS)] } }));
    expect(rangeLeft(left, 0)).toEqual({ lowMs: 400_000, highMs: 900_000 });
    expect(rangeLeft(left, 5 * MIN_MS)).toEqual({ lowMs: 100_000, highMs: 600_000 });
    const slow = rangeLeft(left, 5 * MIN_MS, 20);
    expect(slow?.highMs).toBeGreaterThan(600_000);
    const late = rangeLeft(left, 20 * MIN_MS);
    expect(late).toEqual({ lowMs: 0, highMs: 300_000 });
    expect(rangeLeft(left, 30 * MIN_MS)?.highMs).toBeGreaterThan(late?.highMs ?? 0);
  });

  it('is a range of finite times, of which more work never takes less', () => {
    fc.assert(
      fc.property(
        anyAhead,
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.integer({ min: 0, max: 100 }),
        (one, nowMs, percent) => {
          const left = timeLeftOf(one);
          const range = rangeLeft(left, nowMs, percent);
          const known = [...one.runs, ...(one.current ? [one.current] : [])].every(
            ({ stepId }) => (one.history[stepId as 'a']?.length ?? 0) + (one.own[stepId as 'a']?.length ?? 0) > 0,
          );
          expect(range !== undefined).toBe(known);
          if (!range) return;
          expect(range.lowMs).toBeGreaterThanOrEqual(0);
          expect(range.highMs).toBeGreaterThanOrEqual(range.lowMs);
          expect(Number.isSafeInteger(range.highMs)).toBe(true);
          const more = rangeLeft(timeLeftOf({ ...one, runs: [...one.runs, ...one.runs] }), nowMs, percent);
          expect(more?.lowMs).toBeGreaterThanOrEqual(range.lowMs);
          expect(more?.highMs).toBeGreaterThanOrEqual(range.highMs);
        },
      ),
    );
  });

  it('is about right for jobs like those before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 80, max: 120 }), { minLength: 5, maxLength: 20 }), (before) => {
        const history = { a: before.map((seconds) => pace(seconds * 1000)) };
        const range = rangeLeft(timeLeftOf(ahead({ runs: [run('a')], history })), 0);
        const inMiddle = [...before].sort((a, b) => a - b)[Math.floor(before.length / 2)] ?? 0;
        expect(range?.lowMs).toBeLessThanOrEqual(inMiddle * 1000);
        expect(range?.highMs).toBeGreaterThanOrEqual(inMiddle * 1000);
        expect(range?.highMs).toBeLessThanOrEqual(120_000 * 1.2);
        expect(range?.lowMs).toBeGreaterThanOrEqual(80_000 / 1.2);
      }),
    );
  });
});
