import type { CellState, JobState, PackageOutcome, StepState } from './job.ts';

/** Words of a cell's or step's state, the same in windows, reports and putctl; the shape beside them says the same. */
export const STATE_WORDS: Readonly<Record<CellState | StepState, string>> = {
  ok: 'done',
  running: 'running',
  waiting: 'waiting',
  failed: 'failed',
  warned: 'with warnings',
  unreachable: 'unreachable',
  unknown: 'unknown',
  ignored: 'ignored',
  skipped: 'skipped',
  input: 'waiting for you',
  attention: 'needs you',
};

/** Words of a job's state. */
export const JOB_STATE_WORDS: Readonly<Record<JobState, string>> = {
  running: 'running',
  input: 'waiting for you',
  attention: 'needs you',
  succeeded: 'succeeded',
  warned: 'done with warnings',
  failed: 'failed',
  exited: 'exited',
  'rolled-back': 'rolled back',
};

/** Words of what became of a package on a node; the manual's where it has them. */
export const PACKAGE_WORDS: Readonly<Record<PackageOutcome, string>> = {
  waiting: 'waiting',
  running: 'running',
  successful: 'successful',
  warned: 'with warnings',
  fail: 'failed',
  ignored: 'ignored',
  'rolled-back': 'rolled back',
  skipped: 'skipped',
  unreachable: 'unreachable',
  unknown: 'unknown',
  unchanged: 'unchanged',
};
