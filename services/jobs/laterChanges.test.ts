import { expect, it } from 'vitest';
import type { JobSummary } from '../../core/model/job.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { requireUnchanged, type LaterJobs } from './laterChanges.ts';

const job = (jobNumber: number, more: Partial<JobSummary> = {}): JobSummary => ({
  ...{ jobId: `j${jobNumber}`, jobNumber, operationId: 'install-upgrade-software', title: '', state: 'succeeded' },
  ...{ driver: 'ada', startedBy: 'ada', startedAtMs: 0, currentStep: 'finished', nodes: 8, ...more },
});

/** A job that has no way back changed nothing that stands. */
const IDLE = { spec: { rollback: [] } } as unknown as SequencerState;

it('reads only jobs that may have changed a node, and lets others run before and after each', () => {
  const rows = Array.from({ length: 500 }, (_, i) => {
    const jobNumber = 501 - i;
    if (jobNumber % 10 === 0) return job(jobNumber);
    return job(jobNumber, jobNumber % 2 === 0 ? { operationId: 'run-command' } : { nodes: 0 });
  });
  let told: string[] = [];
  const jobs: LaterJobs = {
    after: () => rows,
    *stateOf(jobId) {
      told.push(jobId);
      yield;
      return IDLE;
    },
  };
  const turns: string[][] = [];
  for (const look = requireUnchanged(jobs, 1, ['n1']); !look.next().done; told = []) turns.push(told);
  expect(turns.flat()).toHaveLength(50);
  expect(Math.max(...turns.map((one) => one.length))).toBe(1);
});

it('is refused where a later job cannot be read, and by no other', () => {
  const damaged: LaterJobs = {
    after: () => [job(3, { problem: 'event 7 is torn' }), job(2)],

    *stateOf() {
      return IDLE;
    },
  };
  const look = requireUnchanged(damaged, 1, ['n1']);
  expect(() => look.next()).toThrow(/whether job 3 changed these nodes is not known: event 7 is torn/);
});
