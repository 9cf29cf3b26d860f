import { expect, it } from 'vitest';
import type { JobHead, StepHead } from '../../../core/model/jobParts.ts';
import type { JobPlan } from '../../../core/model/job.ts';
import { compareAnswers, compareSteps, compareVersions } from './compareRuns.ts';

const step = (stepId: string, more: Partial<StepHead> = {}): StepHead => ({
  ...{ stepId, kind: 'x', title: stepId.toUpperCase(), help: '', state: 'ok', attempt: 1 },
  ...more,
});
const head = (steps: readonly StepHead[], more: Partial<JobHead> = {}): JobHead =>
  ({
    stepOrder: steps.map(({ stepId }) => stepId),
    steps: Object.fromEntries(steps.map((one) => [one.stepId, one])),
    answered: {},
    ...more,
  }) as unknown as JobHead;
const planOf = (...packages: readonly [string, string][]): JobPlan =>
  ({
    packages: packages.map(([name, version]) => ({ name, epoch: 0, version, release: '1', arch: 'x86_64' })),
  }) as unknown as JobPlan;
const counts = {
  ok: 5,
  failed: 2,
  unreachable: 1,
  unknown: 1,
  waiting: 0,
  running: 0,
  warned: 0,
  ignored: 2,
  skipped: 0,
};

it('puts the same steps side by side, and one that only one run has where it stood', () => {
  const steps = compareSteps([
    { head: head([step('a'), step('c', { startedAtMs: 1_000, endedAtMs: 4_000, attempt: 2, counts })]) },
    { head: head([step('a'), step('b'), step('c', { startedAtMs: 9_000 }), step('d')]) },
  ]);
  expect(steps.map(({ stepId, runs }) => [stepId, runs.map((run) => run !== undefined)])).toEqual([
    ['a', [true, true]],
    ['b', [false, true]],
    ['c', [true, true]],
    ['d', [false, true]],
  ]);
  expect(steps[2]?.runs[0]).toMatchObject({ tookMs: 3_000, attempts: 2, done: 5, trouble: 4, ignored: 2 });
  expect(steps[2]?.runs[1]?.tookMs).toBeUndefined();
});

it('tells answers that differ from those that are the same', () => {
  const decided = compareAnswers(
    [
      { head: head([step('mode')], { answered: { mode: { mode: 'typical' } }, settings: { nodesAtOnce: 8 } }) },
      { head: head([step('mode')], { answered: { mode: { mode: 'custom' } }, settings: { nodesAtOnce: 8 } }) },
    ],
    String,
  );
  expect(decided).toEqual([
    { key: 'nodesAtOnce', title: 'Nodes at once', values: ['8', '8'], differs: false },
    { key: 'mode', title: 'MODE', values: ['typical', 'custom'], differs: true },
  ]);
});

it('compares the planned versions, with packages that only one of the plans has', () => {
  const one = head([]);
  const versions = compareVersions([
    { head: one, plan: planOf(['ppde', '17.10'], ['bteq', '17.0']) },
    { head: one, plan: planOf(['ppde', '17.20'], ['bteq', '17.0'], ['gsctools', '1']) },
  ]);
  expect(versions.filter(({ differs }) => differs).map(({ title, values }) => [title, ...values])).toEqual([
    ['ppde', '17.10-1', '17.20-1'],
    ['gsctools', undefined, '1-1'],
  ]);
});
