import type { StepPace } from '../../core/model/timeLeft.ts';
import type { JobEvent } from './events.ts';
import { currentStep, goesByWaves, nodesAtOnce, statusOf, type SequencerState } from './state.ts';

/*
 * How long steps take, kept with the job for what is told of its end. A step is measured from its beginning to its end where it went through by itself; one
 * that waited for a person, or stood while putservices was away, says nothing.
 */

/** Runs of a step that are kept, the last ones: a job may have hundreds of waves. */
const MOST = 16;

/** Nodes of the current step: of its wave, of those that go back, or all. */
export function sizeHere(state: SequencerState): number {
  if (state.at.program === 'rollback') return state.rollback?.indices.length ?? 0;
  return goesByWaves(state, currentStep(state).id) ? (state.nodes.waves[state.at.wave] ?? 0) : state.nodes.ids.length;
}

/** What an event means for the measures; `before` is the state before it, `state` the one after. */
export function applyToPaces(state: SequencerState, event: JobEvent, before: SequencerState): SequencerState {
  switch (event.kind) {
    case 'step-opened':
      return statusOf(state, event.stepId).state === 'running' ? begin(state, event) : stop(state);
    case 'answered':
      return event.skips ? begin(state, event) : state;
    case 'step-ended':
      return end(state, event, before);
    case 'step-attention':
    case 'paused':
    case 'retried':
    case 'given-up':
    case 'step-restarted':
    case 'went-back':
    case 'exit-asked':
    case 'rollback-asked':
    case 'service-restarted':
    case 'job-ended':
      return stop(state);
    default:
      return state;
  }
}

function begin(
  state: SequencerState,
  { stepId, atMs }: { readonly stepId: string; readonly atMs: number },
): SequencerState {
  return { ...state, measured: { stepId, sinceMs: atMs } };
}

const stop = (state: SequencerState): SequencerState => (state.measured ? { ...state, measured: undefined } : state);

function end(state: SequencerState, event: JobEvent & { kind: 'step-ended' }, before: SequencerState): SequencerState {
  const { measured, paces = {} } = state;
  const ms = event.atMs - (measured?.sinceMs ?? NaN);
  // A clock that was set back meanwhile says nothing.
  if (measured?.stepId !== event.stepId || event.user !== undefined || !(ms >= 0)) return stop(state);
  const pace: StepPace = { ms, nodes: sizeHere(before), atOnce: nodesAtOnce(before, currentStep(before)) };
  const kept = [...(paces[event.stepId] ?? []), pace].slice(-MOST);
  return { ...state, measured: undefined, paces: { ...paces, [event.stepId]: kept } };
}
