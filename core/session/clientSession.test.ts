import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import { RECONNECT_WAITS_MS, TIMES, UNREACHED_WAITS_MS } from '../protocol/limits.ts';
import {
  stepSession,
  type ClientSessionEffect,
  type ClientSessionEvent,
  type ClientSessionState,
} from './clientSession.ts';
import { mayReconnectAfter, reconnectWaitMs, waitAfterFailureMs, waitAfterShortLineMs } from './reconnectPolicy.ts';

const cut = new PutError('line-lost', 'cut');
const refused = new PutError('sign-in-refused', 'no');
const fault = new PutError('body-invalid', 'bad bytes');
const full = new PutError('connection-limit', 'too many');
const NOW = 1_000_000;
const half = (): number => 0;

const STATES = {
  idle: { kind: 'idle' },
  connecting: { kind: 'connecting', sinceMs: 1 },
  online: { kind: 'online', sinceMs: 1 },
  moving: { kind: 'online', sinceMs: 1, moving: true },
  trying: { kind: 'lost', sinceMs: 1, attempt: 1, cause: cut },
  waiting: { kind: 'lost', sinceMs: 1, attempt: 2, nextTryAtMs: NOW + 5, cause: cut },
  failed: { kind: 'failed', cause: refused },
  closed: { kind: 'closed' },
} as const satisfies Record<string, ClientSessionState>;

const EVENTS = {
  start: { type: 'start' },
  connected: { type: 'connected' },
  'connect-failed': { type: 'connect-failed', cause: cut },
  'connect-refused': { type: 'connect-failed', cause: refused },
  'line-lost': { type: 'line-lost', cause: cut },
  'ended-by-peer': { type: 'ended-by-peer', cause: new PutError('session-taken-over', 'elsewhere') },
  'line-answered': { type: 'line-answered' },
  'wait-over': { type: 'wait-over' },
  'retry-now': { type: 'retry-now' },
  close: { type: 'close' },
} as const satisfies Record<string, ClientSessionEvent>;

const names = (effects: readonly ClientSessionEffect[]): string =>
  effects.map((one) => (one.effect === 'connect' ? `connect${one.resume ? '+resume' : ''}` : one.effect)).join(' ');
const place = (state: ClientSessionState): string =>
  state.kind === 'lost'
    ? state.nextTryAtMs === undefined
      ? 'trying'
      : 'waiting'
    : state.kind === 'online' && state.moving
      ? 'moving'
      : state.kind;

const closing = 'closed: stop-wait abort-connect close-line';
/** Every pair: where it leads and with which effects; a dash means that nothing changes. */
const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, string>> = {
  idle: {
    start: 'connecting: connect',
    connected: '-',
    'connect-failed': '-',
    'connect-refused': '-',
    'line-lost': '-',
    'ended-by-peer': '-',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': '-',
    close: closing,
  },
  connecting: {
    start: '-',
    connected: 'online: ',
    'connect-failed': 'failed: ',
    'connect-refused': 'failed: ',
    'line-lost': '-',
    'ended-by-peer': 'failed: ',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': '-',
    close: closing,
  },
  online: {
    start: '-',
    connected: '-',
    'connect-failed': '-',
    'connect-refused': '-',
    'line-lost': 'trying: connect+resume',
    'ended-by-peer': 'failed: ',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': 'moving: probe-line connect+resume',
    close: closing,
  },
  moving: {
    start: '-',
    connected: 'online: ',
    'connect-failed': 'online: ',
    'connect-refused': 'online: ',
    'line-lost': 'trying: ',
    'ended-by-peer': 'failed: abort-connect',
    'line-answered': 'online: abort-connect',
    'wait-over': '-',
    'retry-now': 'moving: probe-line abort-connect connect+resume',
    close: closing,
  },
  trying: {
    start: '-',
    connected: 'online: stop-wait',
    'connect-failed': 'waiting: start-wait',
    'connect-refused': 'failed: ',
    'line-lost': '-',
    'ended-by-peer': '-',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': 'trying: abort-connect connect+resume',
    close: closing,
  },
  waiting: {
    start: '-',
    connected: 'online: stop-wait',
    'connect-failed': '-',
    'connect-refused': '-',
    'line-lost': '-',
    'ended-by-peer': '-',
    'line-answered': '-',
    'wait-over': 'trying: connect+resume',
    'retry-now': 'trying: stop-wait connect+resume',
    close: closing,
  },
  failed: {
    start: 'connecting: connect',
    connected: '-',
    'connect-failed': '-',
    'connect-refused': '-',
    'line-lost': '-',
    'ended-by-peer': '-',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': '-',
    close: closing,
  },
  closed: {
    start: '-',
    connected: '-',
    'connect-failed': '-',
    'connect-refused': '-',
    'line-lost': '-',
    'ended-by-peer': '-',
    'line-answered': '-',
    'wait-over': '-',
    'retry-now': '-',
    close: '-',
  },
};

const pairs = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([event, outcome]) => [state, event, outcome] as const),
);

describe('stepSession', () => {
  it.each(pairs)('%s, %s -> %s', (state, event, outcome) => {
    const before = STATES[state as keyof typeof STATES];
    const step = stepSession(before, EVENTS[event as keyof typeof EVENTS], NOW, half);
    if (outcome === '-') expect(step).toEqual({ state: before, effects: [] });
    else expect(`${place(step.state)}: ${names(step.effects)}`).toBe(outcome);
  });

  it('tries at once, then waits by the table with jitter, for ever, and counts attempts', () => {
    for (const random of [() => 0, () => 0.5, () => 0.999_999]) {
      let state: ClientSessionState = stepSession(STATES.online, EVENTS['line-lost'], NOW, random).state;
      for (let failures = 1; failures < 30; failures++) {
        const { state: next, effects } = stepSession(state, { type: 'connect-failed', cause: full }, NOW, random);
        const wait = effects[0];
        const fullMs = RECONNECT_WAITS_MS[Math.min(failures, RECONNECT_WAITS_MS.length - 1)] ?? 0;
        if (wait?.effect !== 'start-wait' || next.kind !== 'lost') throw new Error('no wait');
        expect(wait.delayMs).toBeGreaterThanOrEqual(fullMs / 2);
        expect(wait.delayMs).toBeLessThanOrEqual(fullMs);
        expect(next.nextTryAtMs).toBe(NOW + wait.delayMs);
        expect(next.attempt).toBe(failures + 1);
        expect(next.sinceMs).toBe(NOW);
        state = stepSession(next, EVENTS['wait-over'], NOW, random).state;
      }
    }
  });

  it('shows the newest cause', () => {
    const { state } = stepSession(STATES.trying, { type: 'connect-failed', cause: fault }, NOW, half);
    expect(state).toMatchObject({ cause: { code: 'body-invalid' } });
  });

  it('does not dial without end when each new line fails at once', () => {
    let state: ClientSessionState = STATES.online;
    let now = NOW;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const lost = stepSession(state, { type: 'line-lost', cause: fault }, now, () => 0.5);
      const wait = lost.effects[0];
      waits.push(wait?.effect === 'start-wait' ? wait.delayMs : 0);
      now += waits.at(-1) ?? 0;
      const trying =
        wait?.effect === 'start-wait' ? stepSession(lost.state, { type: 'wait-over' }, now, half).state : lost.state;
      state = stepSession(trying, { type: 'connected' }, now, half).state;
      now += 5;
    }
    expect(waits).toEqual(RECONNECT_WAITS_MS.slice(0, 6).map((full) => full * 0.75));
    now += TIMES.settledLineMs;
    const settled = stepSession(state, { type: 'line-lost', cause: fault }, now, half);
    expect(names(settled.effects)).toBe('connect+resume');
  });

  it('waits a moment only when a new line is cut at once, and not at all when it held', () => {
    const again: ClientSessionState = { kind: 'online', sinceMs: NOW, attempt: 3 };
    const flapping = stepSession(again, { type: 'line-lost', cause: cut }, NOW + 10, () => 0.5);
    expect(flapping).toMatchObject({ state: { kind: 'lost', attempt: 1, nextTryAtMs: NOW + 10 + 750 } });
    const held = stepSession(again, { type: 'line-lost', cause: cut }, NOW + TIMES.shortLineMs, half);
    expect(names(held.effects)).toBe('connect+resume');
    expect(waitAfterShortLineMs('transport', 0, 0, half)).toBeUndefined();
  });
});

describe('reconnect policy', () => {
  it('gives half to full of the table, 0 first, the last for ever', () => {
    expect(reconnectWaitMs(1, () => 0.9)).toBe(0);
    expect(reconnectWaitMs(2, () => 0)).toBe(2_500);
    expect(reconnectWaitMs(2, () => 1)).toBe(5_000);
    expect(reconnectWaitMs(9, () => 1)).toBe(30_000);
    expect(reconnectWaitMs(9_999, () => 0)).toBe(15_000);
  });

  it('tries again within two seconds while nobody answers, for the first quarter of an hour, and seldom after an hour', () => {
    for (const code of ['dial-failed', 'dial-timeout', 'host-unknown', 'paths-exhausted', 'server-stopping'] as const) {
      for (const lostMs of [0, 30_000, 10 * 60_000]) {
        expect(waitAfterFailureMs(code, 400, lostMs, () => 0.999)).toBeLessThanOrEqual(1_500);
        expect(waitAfterFailureMs(code, 1, lostMs, () => 0)).toBeGreaterThanOrEqual(500);
      }
      expect(waitAfterFailureMs(code, 500, 20 * 60_000, () => 0)).toBe(2_500);
      expect(waitAfterFailureMs(code, 999, 24 * 3_600_000, () => 0)).toBe(15_000);
    }
    expect(UNREACHED_WAITS_MS.at(-1)?.lostBelowMs).toBe(Infinity);
  });

  it('does not hammer a peer that answers and refuses', () => {
    for (const code of ['connection-limit', 'tls-failed', 'body-invalid'] as const) {
      expect(waitAfterFailureMs(code, 2, 0, () => 1)).toBe(5_000);
      expect(waitAfterFailureMs(code, 9, 0, () => 1)).toBe(30_000);
    }
  });

  const final: ErrorCode[] = [
    'sign-in-refused',
    'sign-in-required',
    'session-unknown',
    'session-taken-over',
    'account-changed',
    'session-closed',
    'role-insufficient',
  ];
  it.each(final)('%s ends the session: only a person can mend it', (code) => {
    expect(mayReconnectAfter(code)).toBe(false);
    expect(stepSession(STATES.online, { type: 'line-lost', cause: new PutError(code, '') }, NOW, half).state.kind).toBe(
      'failed',
    );
    expect(
      stepSession(STATES.trying, { type: 'connect-failed', cause: new PutError(code, '') }, NOW, half).state.kind,
    ).toBe('failed');
  });

  it('goes on after everything else that may be met on the way, another server included', () => {
    for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
      if (final.includes(code)) continue;
      const cause = new PutError(code, '');
      expect(mayReconnectAfter(code), code).toBe(true);
      expect(stepSession(STATES.trying, { type: 'connect-failed', cause }, NOW, half).state.kind, code).toBe('lost');
    }
  });

  it('looks again soon where another server answers, so that the session is back when the portal is gone', () => {
    expect(waitAfterFailureMs('stranger-answers', 400, 60_000, () => 0.999)).toBeLessThanOrEqual(1_500);
  });
});
