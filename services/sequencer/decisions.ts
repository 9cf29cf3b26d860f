import { totalCounts } from './cells.ts';
import type { JobEvent } from './events.ts';
import { currentStep, statusOf, type SequencerState } from './state.ts';

/** What an event means for the answers that the master gives by itself: a person who goes back, or begins an answer anew, answers. */
export function applyToGiven(state: SequencerState, event: JobEvent, before: SequencerState): SequencerState {
  switch (event.kind) {
    case 'answers-given':
      return { ...state, given: { ...event.given, active: true } };
    case 'answers-stopped':
      return pauseGiven(state, {
        ...{ stepId: event.stepId, cause: event.cause },
        ...(event.nodeIds === undefined ? {} : { nodeIds: event.nodeIds }),
      });
    case 'ignored':
      // What stood in the way of the answer is out of it.
      return state.given?.stopped?.stepId === event.stepId
        ? { ...state, given: { ...state.given, active: true, stopped: undefined } }
        : state;
    case 'went-back':
      return pauseGiven(state);
    case 'step-restarted':
      // One that could not begin goes on by the answers once its cause is mended.
      return statusOf(before, currentStep(before).id).state === 'input' ? pauseGiven(state) : state;
    default:
      return state;
  }
}

function pauseGiven(state: SequencerState, stopped?: NonNullable<SequencerState['given']>['stopped']): SequencerState {
  return state.given?.active ? { ...state, given: { ...state.given, active: false, stopped } } : state;
}

/** Requests that are known again; a repeat comes within minutes, and nobody decides that often. */
const ASKED_KEPT = 256;

/** Decisions about nodes, or who drives: what others saw of the step still holds. */
const QUIET_MOVES: readonly JobEvent['kind'][] = [
  'baton-taken',
  'retried',
  'ignored',
  'ignore-undone',
  'approved',
  'approval-withdrawn',
  ...(['held', 'released', 'wave-stop-set'] as const),
  'nodes-confirmed',
  'accepted',
];

/** Keeps what the next decision of a person depends on: the request that asked, and whether older views are void. */
export function remember(state: SequencerState, event: JobEvent): SequencerState {
  const { eventNumber } = state;
  let next = state;
  if (event.asked !== undefined) {
    const table = state.cells[currentStep(state).id];
    const nodes = 'nodeIds' in event && event.nodeIds ? event.nodeIds.length : table ? nodesOf(table) : 0;
    const asked = { ...state.asked, [event.asked]: { eventNumber, nodes } };
    const keys = Object.keys(asked);
    for (const oldest of keys.slice(0, Math.max(0, keys.length - ASKED_KEPT))) delete asked[oldest];
    next = { ...next, asked };
  }
  const user = 'user' in event ? event.user : undefined;
  if (user === undefined || QUIET_MOVES.includes(event.kind)) {
    return next;
  }
  return { ...next, lastMove: { eventNumber, kind: event.kind, user } };
}

function nodesOf(table: SequencerState['cells'][string]): number {
  const { skipped: _skipped, probes: _probes, ...counts } = totalCounts(table);
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
