import type { JobEvent } from '../sequencer/events.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { timeText } from './reportTime.ts';
import { timelineText } from './timelineText.ts';

/*
 * What people decided in a job, and what it waited for them with: the report tells it, in the words of the timeline. Answers, the approval, acceptances and
 * confirmations have lines of their own there.
 */

/** One entry, as it was told when it happened. `user` absent: the job stopped for a decision. */
export interface DecisionTold {
  readonly atMs: number;
  readonly user?: string | undefined;
  readonly text: string;
}

const TOLD: ReadonlySet<JobEvent['kind']> = new Set<JobEvent['kind']>([
  ...(['step-attention', 'step-stuck', 'retried', 'ignored', 'ignore-undone', 'given-up', 'held', 'released'] as const),
  ...([
    'gate-passed',
    'limit-lifted',
    'went-on-without',
    'window-passed',
    'window-set',
    'wave-stop-set',
    'step-restarted',
  ] as const),
  ...(['went-back', 'answers-given', 'paused', 'resumed', 'exit-asked', 'rollback-asked', 'baton-taken'] as const),
  'approval-withdrawn',
]);
/** Entries that are kept, the newest; the timeline has them all. */
const MOST_TOLD = 200;

/** The entries after an event; `after` is the state that it makes. */
export function applyToDecisions(
  before: readonly DecisionTold[],
  event: JobEvent,
  after: SequencerState,
): readonly DecisionTold[] {
  const told = TOLD.has(event.kind) ? timelineText(event, after) : undefined;
  if (!told) return before;
  const { text, user } = told;
  return [...before.slice(1 - MOST_TOLD), { atMs: event.atMs, ...(user === undefined ? {} : { user }), text }];
}

/** The entries as lines of a report. */
export function decisionLines(told: readonly DecisionTold[]): string[] {
  const lines = told.map(
    ({ atMs, user, text }) => `${timeText(atMs)}, ${user === undefined ? '' : `${user}: `}${text}`,
  );
  return told.length < MOST_TOLD ? lines : ['Decisions before these stand in the timeline.', ...lines];
}
