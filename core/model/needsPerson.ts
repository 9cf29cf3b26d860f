import { isJobOver, type JobSummary } from './job.ts';
import type { JobHead } from './jobParts.ts';
import { JOB_STATE_WORDS } from './stateWords.ts';

/*
 * Whether a person is needed: one rule for the windows, their title, the icon of the desktop, notifications and the exit codes of putctl.
 */

/** What tells of a job whether it stands still: of its row in the list of jobs, or by `standing` of its head. */
export type Standing = Pick<JobSummary, 'state' | 'standsPaused' | 'journalFault'>;

/** It stands still until a person does something: answers, decides, approves, lets it on, makes room for its journal. */
export function needsPerson({ state, standsPaused, journalFault }: Standing): boolean {
  if (state === 'input' || state === 'attention') return true;
  return (standsPaused === true || journalFault === true) && !isJobOver(state);
}

/** The same of the head of a job: one that was paused stands once what ran has come to its end. */
export function standing({
  state,
  paused,
  steps,
  currentStep,
  journalFault,
}: Pick<JobHead, 'state' | 'paused' | 'steps' | 'currentStep' | 'journalFault'>): Standing {
  const stands = paused !== undefined && !isJobOver(state) && (steps[currentStep]?.counts?.running ?? 0) === 0;
  return { state, ...(stands ? { standsPaused: true } : {}), ...(journalFault ? { journalFault: true } : {}) };
}

/** How a job is, in a word; the shape beside it says the same. */
export function jobWord({ state, standsPaused, journalFault }: Standing): string {
  if (journalFault === true && state === 'running') return JOB_STATE_WORDS.attention;
  return standsPaused === true && state === 'running' ? 'paused' : JOB_STATE_WORDS[state];
}
