import { assertNever, type PutError } from '../protocol/errors.ts';
import { mayReconnectAfter, waitAfterFailureMs, waitAfterShortLineMs } from './reconnectPolicy.ts';
import type { Random } from './ports.ts';

/**
 * The client's end of a session as a pure state machine: `stepSession(state, event)` answers the next state and effects.
 * Data lives in the state that needs it. A shell (core/client) runs the effects.
 */
export type ClientSessionState =
  | { readonly kind: 'idle' }
  /** The first connect: one failure of every way ends it, since a person is waiting at the sign-in. */
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  /**
   * `attempt`: attempts that led here, absent for the first connect; a line that fails at once does not count as back.
   * `moving`: after a wake-up or a change of network another line is dialled beside this one, which may be dead; the first
   * that answers is used.
   */
  | {
      readonly kind: 'online';
      readonly sinceMs: number;
      readonly attempt?: number | undefined;
      readonly moving?: true | undefined;
    }
  /** The line went away; an attempt runs (`nextTryAtMs` absent) or the next one waits. */
  | {
      readonly kind: 'lost';
      readonly sinceMs: number;
      readonly attempt: number;
      readonly nextTryAtMs?: number | undefined;
      readonly cause: PutError;
    }
  | { readonly kind: 'failed'; readonly cause: PutError }
  | { readonly kind: 'closed' };

export type ClientSessionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'connected' }
  /** Every way failed; `cause` is the most telling error. */
  | { readonly type: 'connect-failed'; readonly cause: PutError }
  | { readonly type: 'line-lost'; readonly cause: PutError }
  /** The peer ended the session. */
  | { readonly type: 'ended-by-peer'; readonly cause: PutError }
  /** The line in use answered a probe. */
  | { readonly type: 'line-answered' }
  | { readonly type: 'wait-over' }
  /** A person asked, the machine woke up, or the network changed. */
  | { readonly type: 'retry-now' }
  | { readonly type: 'close' };

export type ClientSessionEffect =
  | { readonly effect: 'connect'; readonly resume: boolean }
  | { readonly effect: 'abort-connect' }
  | { readonly effect: 'start-wait'; readonly delayMs: number }
  | { readonly effect: 'stop-wait' }
  | { readonly effect: 'probe-line' }
  | { readonly effect: 'close-line' };

export interface ClientSessionStep {
  readonly state: ClientSessionState;
  readonly effects: readonly ClientSessionEffect[];
}

const stay = (state: ClientSessionState): ClientSessionStep => ({ state, effects: [] });

type Online = Extract<ClientSessionState, { kind: 'online' }>;

function loseLine(state: Online, cause: PutError, nowMs: number, random: Random): ClientSessionStep {
  if (!mayReconnectAfter(cause.code)) return { state: { kind: 'failed', cause }, effects: [] };
  const short = waitAfterShortLineMs(cause.kind, nowMs - state.sinceMs, state.attempt ?? 0, random);
  const lost = { kind: 'lost', sinceMs: nowMs, attempt: short?.attempt ?? 1, cause } as const;
  return short
    ? {
        state: { ...lost, nextTryAtMs: nowMs + short.delayMs },
        effects: [{ effect: 'start-wait', delayMs: short.delayMs }],
      }
    : { state: lost, effects: [{ effect: 'connect', resume: true }] };
}

function stepOnline(state: Online, event: ClientSessionEvent, nowMs: number, random: Random): ClientSessionStep {
  switch (event.type) {
    case 'line-lost':
    case 'ended-by-peer':
      return loseLine(state, event.cause, nowMs, random);
    case 'retry-now':
      return {
        state: { ...state, moving: true },
        effects: [{ effect: 'probe-line' }, { effect: 'connect', resume: true }],
      };
    default:
      return stay(state);
  }
}

/** Online while another line is dialled beside the one in use. */
function stepMoving(state: Online, event: ClientSessionEvent, nowMs: number, random: Random): ClientSessionStep {
  const settled: Online = { kind: 'online', sinceMs: state.sinceMs, attempt: state.attempt };
  switch (event.type) {
    case 'connected':
      return { state: { ...settled, sinceMs: nowMs }, effects: [] };
    case 'connect-failed':
      // Whatever it says of the new network: the line in use may live, and its probe decides.
      return { state: settled, effects: [] };
    case 'line-answered':
      return { state: settled, effects: [{ effect: 'abort-connect' }] };
    case 'line-lost':
      // The attempt that runs goes on.
      return mayReconnectAfter(event.cause.code)
        ? { state: { kind: 'lost', sinceMs: nowMs, attempt: 1, cause: event.cause }, effects: [] }
        : { state: { kind: 'failed', cause: event.cause }, effects: [{ effect: 'abort-connect' }] };
    case 'ended-by-peer': {
      const { state: next, effects } = loseLine(settled, event.cause, nowMs, random);
      return { state: next, effects: [{ effect: 'abort-connect' }, ...effects] };
    }
    case 'retry-now':
      // The network changed again: what was dialled may hang on a dead route.
      return {
        state,
        effects: [{ effect: 'probe-line' }, { effect: 'abort-connect' }, { effect: 'connect', resume: true }],
      };
    default:
      return stay(state);
  }
}

/** The next state and what to do, for an event at `nowMs`. */
export function stepSession(
  state: ClientSessionState,
  event: ClientSessionEvent,
  nowMs: number,
  random: Random,
): ClientSessionStep {
  if (event.type === 'close') {
    return state.kind === 'closed'
      ? stay(state)
      : {
          state: { kind: 'closed' },
          effects: [{ effect: 'stop-wait' }, { effect: 'abort-connect' }, { effect: 'close-line' }],
        };
  }
  switch (state.kind) {
    case 'idle':
    case 'failed':
      return event.type === 'start'
        ? { state: { kind: 'connecting', sinceMs: nowMs }, effects: [{ effect: 'connect', resume: false }] }
        : stay(state);
    case 'connecting':
      if (event.type === 'connected') return { state: { kind: 'online', sinceMs: nowMs }, effects: [] };
      if (event.type === 'connect-failed' || event.type === 'ended-by-peer')
        return { state: { kind: 'failed', cause: event.cause }, effects: [] };
      return stay(state);
    case 'online':
      return state.moving ? stepMoving(state, event, nowMs, random) : stepOnline(state, event, nowMs, random);
    case 'lost':
      return stepLost(state, event, nowMs, random);
    case 'closed':
      return stay(state);
    default:
      return assertNever(state);
  }
}

function stepLost(
  state: Extract<ClientSessionState, { kind: 'lost' }>,
  event: ClientSessionEvent,
  nowMs: number,
  random: Random,
): ClientSessionStep {
  const attemptRuns = state.nextTryAtMs === undefined;
  switch (event.type) {
    case 'connected':
      return {
        state: { kind: 'online', sinceMs: nowMs, attempt: state.attempt },
        effects: [{ effect: 'stop-wait' }],
      };
    case 'connect-failed': {
      if (!attemptRuns) return stay(state);
      if (!mayReconnectAfter(event.cause.code)) return { state: { kind: 'failed', cause: event.cause }, effects: [] };
      const attempt = state.attempt + 1;
      const delayMs = waitAfterFailureMs(event.cause.code, attempt, nowMs - state.sinceMs, random);
      return {
        state: { ...state, attempt, nextTryAtMs: nowMs + delayMs, cause: event.cause },
        effects: [{ effect: 'start-wait', delayMs }],
      };
    }
    case 'wait-over':
      return attemptRuns ? stay(state) : { state: withoutWait(state), effects: [{ effect: 'connect', resume: true }] };
    case 'retry-now':
      // An attempt that began before the network changed may hang on a dead route until its deadline: begin it anew.
      return attemptRuns
        ? { state, effects: [{ effect: 'abort-connect' }, { effect: 'connect', resume: true }] }
        : { state: withoutWait(state), effects: [{ effect: 'stop-wait' }, { effect: 'connect', resume: true }] };
    default:
      return stay(state);
  }
}

function withoutWait(state: Extract<ClientSessionState, { kind: 'lost' }>): ClientSessionState {
  return { kind: 'lost', sinceMs: state.sinceMs, attempt: state.attempt, cause: state.cause };
}
