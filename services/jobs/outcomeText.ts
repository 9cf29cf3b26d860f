import type { JobReport } from '../../core/model/job.ts';

/** How an operation ended, as it follows on its name. */
export const OUTCOME_TEXT: Readonly<Record<JobReport['outcome'], string>> = {
  succeeded: 'succeeded',
  warned: 'ended with warnings',
  failed: 'failed: no node came through',
  exited: 'was exited before its end',
  'rolled-back': 'was rolled back',
};
