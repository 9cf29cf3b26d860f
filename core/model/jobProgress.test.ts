import { describe, expect, it } from 'vitest';
import { meanPercent } from './cellCounts.ts';
import { CELL_STATES, type CellCounts } from './job.ts';
import type { JobHead, StepHead } from './jobParts.ts';
import { jobProgress } from './jobProgress.ts';

const counts = (some: Partial<CellCounts>): CellCounts => ({
  ...(Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as unknown as CellCounts),
  ...some,
});
const step = (state: StepHead['state'], more: Partial<StepHead> = {}): StepHead => ({
  ...{ stepId: 's', kind: 'facts', title: 'S', help: '', attempt: 1, state, ...more },
});
const head = (current: Partial<StepHead>): JobHead =>
  ({
    stepOrder: ['a', 'b', 'c', 'd'],
    currentStep: 'c',
    steps: { a: step('ok'), b: step('skipped'), c: step('running', current), d: step('waiting') },
  }) as unknown as JobHead;

describe('how far a job is', () => {
  it('counts steps and nodes that it is over for, whatever came of them', () => {
    const some = counts({ ok: 4, failed: 1, ignored: 1, running: 2, waiting: 2 });
    const progress = jobProgress(head({ counts: some, percent: 63, startedAtMs: 0 }), 90_000);
    expect(progress.steps).toEqual({ ended: 2, all: 4 });
    expect(progress.nodes).toEqual({ all: 10, ended: 6, counts: some, percent: 63, endedPerMinute: 4 });
  });

  it('counts a step that goes by waves once it is through with all of them', () => {
    const between = head({ counts: counts({ ok: 1, waiting: 7 }) });
    const steps = { ...between.steps, c: step('ok', { counts: counts({ ok: 1, waiting: 7 }) }) };
    expect(jobProgress({ ...between, steps }, 0).steps).toEqual({ ended: 2, all: 4 });
  });

  it('tells no rate before there is one, and no nodes where none are worked on', () => {
    expect(jobProgress(head({ counts: counts({ ok: 1, waiting: 1 }), startedAtMs: 0 }), 900).nodes).toMatchObject({
      percent: 50,
    });
    const early = [counts({ ok: 1 }), 4_000] as const;
    const none = [counts({ running: 1 }), 900_000] as const;
    for (const [some, nowMs] of [early, none])
      expect(jobProgress(head({ counts: some, startedAtMs: 0 }), nowMs).nodes).not.toHaveProperty('endedPerMinute');
    expect(jobProgress(head({}), 0).nodes).toBeUndefined();
    expect(jobProgress(head({ counts: counts({ ok: 1, failed: 1 }) }), 0).nodes?.percent).toBe(100);
    // Of what is unknown nobody saw that it ended.
    expect(jobProgress(head({ counts: counts({ ok: 1, unknown: 1 }) }), 0).nodes).toMatchObject({
      ended: 1,
      percent: 50,
    });
  });

  it('says 100 % of no node that runs or of which nothing is known', () => {
    expect(meanPercent(counts({ ok: 2, failed: 1, ignored: 1 }), [])).toBe(100);
    expect(meanPercent(counts({ ok: 3, running: 1 }), [100])).toBe(99);
    expect(meanPercent(counts({ ok: 3, running: 1 }), [20])).toBe(80);
    expect(meanPercent(counts({ ok: 999, unknown: 1 }), [])).toBe(99);
    expect(meanPercent(counts({ waiting: 1, running: 3 }), [50, 50, 0])).toBe(25);
  });
});
