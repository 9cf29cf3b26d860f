import type { CellState, JobState, StepState } from './job.ts';

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
};
