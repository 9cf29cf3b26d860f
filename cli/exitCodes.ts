import type { JobReport, JobState } from '../core/model/job.ts';
import type { ErrorCode } from '../core/protocol/errorCatalogue.ts';
import type { PutError } from '../core/protocol/errors.ts';

/** What putctl ends with; scripts decide by it. `interrupted` is what shells use for Ctrl-C. */
export const EXIT = {
  done: 0,
  failed: 1,
  needsPerson: 2,
  heldByOther: 3,
  warnings: 4,
  /** Everything was as wanted already; told apart from `done` only where a script asked for it (--detailed-exitcode). */
  nothingToDo: 5,
  /** The time of --timeout was over, as `timeout` of coreutils ends. */
  timeout: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Errors that mean: somebody else holds it; the same command works once they let go. */
const HELD_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'baton-needed',
  'job-running',
  'lease-not-idle',
  'session-taken-over',
  'state-locked',
  'transfer-busy',
]);

export function exitCodeOfError(error: PutError): ExitCode {
  if (error.code === 'cancelled' && error.details['interrupted'] === true) return EXIT.interrupted;
  if (error.code === 'command-timeout') return EXIT.timeout;
  return HELD_CODES.has(error.code) ? EXIT.heldByOther : EXIT.failed;
}

/** Warnings of its plan that nobody accepted by name. */
export function unacceptedWarnings(report: JobReport | undefined): number {
  return report?.warnings?.filter(({ acceptedBy }) => acceptedBy === undefined).length ?? 0;
}

/** The exit code of a job that was followed to this state: a warning of its plan that nobody accepted by name counts. */
export function exitCodeOfJob(state: JobState, report: JobReport | undefined): ExitCode {
  switch (state) {
    case 'succeeded':
      return unacceptedWarnings(report) > 0 ? EXIT.warnings : EXIT.done;
    case 'warned':
      return EXIT.warnings;
    case 'failed':
    case 'exited':
    case 'rolled-back':
      return EXIT.failed;
    case 'input':
    case 'attention':
      return EXIT.needsPerson;
    case 'running':
      return EXIT.done;
  }
}
