import type { AnswersView } from '../../core/model/job.ts';
import type { Draft } from './Draft.ts';
import type { JobEvent } from './events.ts';
import { answersView, type AskedOnce, type SequencerState } from './sequencerState.ts';

/** What an event means for the answers that the master gives by itself: a person who goes back, or begins an answer anew, answers. */
export function applyToAnswers(draft: Draft<SequencerState>, event: JobEvent): void {
  const { view } = draft.root;
  switch (event.kind) {
    case 'answers-given': {
      const given = { answers: event.answers, acceptPlan: event.acceptPlan, by: event.user };
      draft.root.answers = given;
      draft.own(draft.root, 'view').answers = answersView(given);
      return;
    }
    case 'answers-stopped':
      pause(draft, { stepId: event.stepId, cause: event.cause });
      return;
    case 'went-back':
      pause(draft);
      return;
    case 'step-restarted':
      // One that could not begin goes on by the answers once its cause is mended.
      if (view.steps[view.currentStep]?.state === 'input') pause(draft);
      return;
    default:
  }
}

function pause(draft: Draft<SequencerState>, stopped?: AnswersView['stopped']): void {
  const { answers } = draft.root.view;
  if (!answers?.active) return;
  const { stopped: _before, ...rest } = answers;
  draft.own(draft.root, 'view').answers = { ...rest, active: false, ...(stopped ? { stopped } : {}) };
}

/** Requests that are known again; a repeat comes within minutes, and nobody decides that often. */
const ASKED_KEPT = 256;

/** Keeps what the next decision of a person depends on: the request that asked, and whether older views are void. */
export function rememberDecision(draft: Draft<SequencerState>, event: JobEvent): void {
  const { eventNumber, currentStep: at, steps } = draft.root.view;
  const user = 'user' in event ? event.user : undefined;
  if (event.asked !== undefined) {
    const asked = draft.own(draft.root, 'asked') as Record<string, AskedOnce>;
    const nodes = 'nodeIds' in event ? event.nodeIds.length : Object.keys(steps[at]?.cells ?? {}).length;
    asked[event.asked] = { eventNumber, nodes };
    const keys = Object.keys(asked);
    for (const oldest of keys.slice(0, Math.max(0, keys.length - ASKED_KEPT))) delete asked[oldest];
  }
  if (event.kind === 'baton-taken') draft.root.drivesSince = eventNumber;
  else if (user !== undefined && event.kind !== 'retried' && event.kind !== 'ignored') {
    draft.root.lastMove = { eventNumber, kind: event.kind, user };
  }
}
