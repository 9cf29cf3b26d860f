import { instantMs } from '../../core/model/instant.ts';
import type { StepSpec } from '../../core/model/operationSpec.ts';
import { isSameWindow, runWindowOfSettings, type RunWindow } from '../../core/model/runWindow.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { worked } from './cells.ts';
import type { JobEvent, JobEventBody } from './events.ts';
import { notNow, requireNotExiting, requireOpen } from './refusals.ts';
import {
  countsHere,
  currentStep,
  isOnTheWay,
  isOver,
  MACHINE_SETTINGS,
  phaseOf,
  statusOf,
  stepsOfProgram,
  type SequencerState,
} from './state.ts';
import type { Command } from './commands.ts';
import type { Place, RunWindowLook } from './recordedDecisions.ts';

/*
 * The time in which a job may begin to change nodes: `notBefore` and `notAfter` of its settings. It is looked at before the first step of each pass through a
 * phase (a wave) that cannot be taken back: before its time the job waits, after it a person is asked. What has begun on the nodes of a wave is brought to its
 * end, since a service that was stopped has to be started again. The master's clock counts, as it is when it is looked at.
 */

/** When the job may begin, in ms since 1970; undefined where it may at any time. */
export function runWindowOf({
  settings,
}: Pick<SequencerState, 'settings'>):
  { readonly notBeforeMs?: number | undefined; readonly notAfterMs?: number | undefined } | undefined {
  const at = (value: unknown): number | undefined => (typeof value === 'string' ? instantMs(value) : undefined);
  const notBeforeMs = at(settings[MACHINE_SETTINGS.notBefore]);
  const notAfterMs = at(settings[MACHINE_SETTINGS.notAfter]);
  return notBeforeMs === undefined && notAfterMs === undefined ? undefined : { notBeforeMs, notAfterMs };
}

/** Where the job is about to begin to change nodes; undefined elsewhere, and where nothing says when it may. */
function placeOf(state: SequencerState): Place | undefined {
  if (!runWindowOf(state) || isOver(state) || state.exit || state.gate || !isOnTheWay(state)) return undefined;
  if (state.at.step >= stepsOfProgram(state).length) return undefined;
  const { id, policy } = currentStep(state);
  if (!changes(policy) || statusOf(state, id).state !== 'waiting') return undefined;
  return hasBegunHere(state) ? undefined : { stepId: id, wave: state.at.wave };
}

const changes = ({ irreversible, readOnly }: StepSpec['policy']): boolean => irreversible && !readOnly;

/** Whether a step before the current one has begun, in this pass through its phase, what cannot be taken back: its nodes are brought to the end. */
export function hasBegunHere(state: SequencerState): boolean {
  const { id } = currentStep(state);
  for (const step of phaseOf(state.spec, id)?.steps ?? []) {
    if (step.id === id) break;
    const counts = countsHere(state, step.id);
    if (counts && worked(counts) && changes(step.policy)) return true;
  }
  return false;
}

/** Whether something is still to begin that the time of a job is for: in this pass through the phase, in a wave that comes, or in a phase after it. */
function isAhead(state: SequencerState): boolean {
  if (!isOnTheWay(state) || state.exit) return false;
  const here = phaseOf(state.spec, currentStep(state).id);
  const ofPhase = here?.steps ?? [];
  const at = ofPhase.findIndex(({ id }) => id === currentStep(state).id);
  const waits = statusOf(state, currentStep(state).id).state === 'waiting';
  const inPass = ofPhase.slice(waits ? at : at + 1).some(({ policy }) => changes(policy));
  const begun = hasBegunHere(state) || (!waits && changes(currentStep(state).policy));
  if (inPass && !begun) return true;
  const wavesToCome =
    here?.perWave === true && (state.gate !== undefined || state.at.wave < state.nodes.waves.length - 1);
  if (wavesToCome && ofPhase.some(({ policy }) => changes(policy))) return true;
  const later = state.spec.phases.slice(state.spec.phases.findIndex((phase) => phase === here) + 1);
  return later.some(({ steps }) => steps.some(({ policy }) => changes(policy)));
}

const isAt = (place: Place, other: Place | undefined): boolean =>
  other?.stepId === place.stepId && other.wave === place.wave;

/** Whether the job goes on as far as its time is concerned, holds, or looks at the time first. */
export function windowDecision(state: SequencerState): 'go' | 'hold' | 'look' {
  const place = placeOf(state);
  if (!place || isAt(place, state.runWindow?.late)) return 'go';
  const look = state.runWindow?.look;
  if (!look || !isAt(place, look)) return 'look';
  if (look.verdict === 'open') return look.eventNumber === state.eventNumber ? 'go' : 'look';
  return look.verdict === 'early' && state.runWindow?.early ? 'look' : 'hold';
}

/** What holds the job at its time: it is before it, or after it and a person is asked. Undefined: nothing. */
export function heldByWindow(state: SequencerState): 'early' | 'late' | undefined {
  if (!state.runWindow?.look || windowDecision(state) !== 'hold') return undefined;
  return state.runWindow.look.verdict === 'late' ? 'late' : 'early';
}

/** What an event means for the time of the job. `state` is the one after it. */
export function applyToRunWindow(state: SequencerState, event: JobEvent): SequencerState {
  const { runWindow } = state;
  switch (event.kind) {
    case 'window-looked': {
      const place = placeOf(state);
      return place
        ? { ...state, runWindow: { ...runWindow, look: { ...place, ...verdictAt(state, event.atMs) } } }
        : state;
    }
    case 'window-passed': {
      const look = runWindow?.look;
      if (!look) return state;
      const { stepId, wave } = look;
      return {
        ...state,
        runWindow: look.verdict === 'late' ? { ...runWindow, late: { stepId, wave } } : { ...runWindow, early: true },
      };
    }
    case 'window-set': {
      const { notBefore: _from, notAfter: _until, ...others } = state.settings;
      const { windowSetBy = [] } = state;
      // What was let begin before or after the former time was not let begin by this one.
      return {
        ...state,
        settings: { ...others, ...event.window },
        runWindow: undefined,
        windowSetBy: windowSetBy.includes(event.user) ? windowSetBy : [...windowSetBy, event.user],
      };
    }
    case 'went-back':
      return runWindow ? { ...state, runWindow: undefined } : state;
    case 'timer-due':
    case 'service-restarted':
      return runWindow?.look ? { ...state, runWindow: { ...runWindow, look: undefined } } : state;
    default:
      return state;
  }
}

function verdictAt(
  state: SequencerState,
  nowMs: number,
): Pick<NonNullable<RunWindowLook['look']>, 'verdict' | 'eventNumber'> {
  const { notBeforeMs = -Infinity, notAfterMs = Infinity } = runWindowOf(state) ?? {};
  const { eventNumber } = state;
  if (nowMs > notAfterMs) return { verdict: 'late', eventNumber };
  return { verdict: nowMs < notBeforeMs && !state.runWindow?.early ? 'early' : 'open', eventNumber };
}

/** The name of the timer that tells when the time of a job has come. */
export const WINDOW_TIMER = 'window';

/** Effects of a look at the time. `state` is the one after it. */
export function windowEffects(state: SequencerState): Command[] {
  const { notBeforeMs } = runWindowOf(state) ?? {};
  return state.runWindow?.look?.verdict === 'early' && notBeforeMs !== undefined
    ? [{ kind: 'set-alarm', timer: WINDOW_TIMER, atMs: notBeforeMs }]
    : [];
}

/** Lets the job begin at once, before or after its time. Throws `step-not-current` where it does not wait for its time. */
export function beginNowEvent(state: SequencerState, user: string, reason: string): JobEventBody {
  const { jobNumber } = state;
  if (isOver(state)) throw new PutError('job-over', `job ${jobNumber} has ended`);
  if (heldByWindow(state) === undefined) {
    throw new PutError('step-not-current', `job ${jobNumber} does not wait for its time`, {
      stepId: currentStep(state).id,
    });
  }
  return { kind: 'window-passed', user, reason };
}

/**
 * Another time for a job of which something is still to begin; `window` is the whole of it. Undefined: it is so already. Throws `job-over`, and
 * `step-not-current` where the job is being exited, goes back, or has begun everything that a time is for.
 */
export function setWindowEvent(
  state: SequencerState,
  {
    window,
    reason,
    digest,
  }: { readonly window: RunWindow; readonly reason: string; readonly digest?: string | undefined },
  user: string,
): JobEventBody | undefined {
  requireOpen(state);
  requireNotExiting(state);
  const was = runWindowOfSettings(state.settings) ?? {};
  if (!isAhead(state)) {
    const { id, title } = currentStep(state);
    throw notNow(`job ${state.jobNumber} is at ${title} and has nothing more to begin that a time is for`, id);
  }
  return isSameWindow(was, window)
    ? undefined
    : { kind: 'window-set', window, was, user, reason, ...(digest === undefined ? {} : { digest }) };
}
