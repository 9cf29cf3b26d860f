import { assertNever, PutError } from '../protocol/errors.ts';
import { mayReconnectAfter, reconnectWaitMs } from './reconnectPolicy.ts';
import type { Random } from './ports.ts';

/**
 * The client's end of a session as a pure state machine: `stepSession(state, event)` answers the next state and effects.
 * Data lives in the state that needs it. A shell (core/client) runs the effects.
 */
export type ClientSessionState =
  | { readonly kind: 'idle' }
  /** The first connect: one failure of every way ends it, since a person is waiting at the sign-in. */
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  | { readonly kind: 'online'; readonly sinceMs: number }
  /** The line went away; an attempt runs (`nextTryAtMs` absent) or the next one waits. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly attempt: number; readonly nextTryAtMs?: number | undefined; readonly cause: PutError }
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

function loseLine(cause: PutError, nowMs: number): ClientSessionStep {
  return mayReconnectAfter(cause.code)
    ? { state: { kind: 'lost', sinceMs: nowMs, attempt: 1, cause }, effects: [{ effect: 'connect', resume: true }] }
    : { state: { kind: 'failed', cause }, effects: [] };
}

/** The next state and what to do, for an event at `nowMs`. */
export function stepSession(state: ClientSessionState, event: ClientSessionEvent, nowMs: number, random: Random): ClientSessionStep {
  if (event.type === 'close') {
    return state.kind === 'closed' ? stay(state) : { state: { kind: 'closed' }, effects: [{ effect: 'stop-wait' }, { effect: 'abort-connect' }, { effect: 'close-line' }] };
  }
  switch (state.kind) {
    case 'idle':
    case 'failed':
      return event.type === 'start' ? { state: { kind: 'connecting', sinceMs: nowMs }, effects: [{ effect: 'connect', resume: false }] } : stay(state);
    case 'connecting':
      if (event.type === 'connected') return { state: { kind: 'online', sinceMs: nowMs }, effects: [] };
      if (event.type === 'connect-failed' || event.type === 'ended-by-peer') return { state: { kind: 'failed', cause: event.cause }, effects: [] };
      return stay(state);
    case 'online':
      if (event.type === 'line-lost') return loseLine(event.cause, nowMs);
      if (event.type === 'ended-by-peer') return loseLine(event.cause, nowMs);
      if (event.type === 'retry-now') return { state, effects: [{ effect: 'probe-line' }] };
      return stay(state);
    case 'lost':
      return stepLost(state, event, nowMs, random);
    case 'closed':
      return stay(state);
    default:
      return assertNever(state);
  }
}

function stepLost(state: Extract<ClientSessionState, { kind: 'lost' }>, event: ClientSessionEvent, nowMs: number, random: Random): ClientSessionStep {
  const attemptRuns = state.nextTryAtMs === undefined;
  switch (event.type) {
    case 'connected':
      return { state: { kind: 'online', sinceMs: nowMs }, effects: [{ effect: 'stop-wait' }] };
    case 'connect-failed': {
      if (!attemptRuns) return stay(state);
      if (!mayReconnectAfter(event.cause.code)) return { state: { kind: 'failed', cause: event.cause }, effects: [] };
      const attempt = state.attempt + 1;
      const delayMs = reconnectWaitMs(attempt, random);
      return { state: { ...state, attempt, nextTryAtMs: nowMs + delayMs, cause: event.cause }, effects: [{ effect: 'start-wait', delayMs }] };
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
