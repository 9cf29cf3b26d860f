import { RECONNECT_WAITS_MS, TIMES, UNREACHED_WAITS_MS } from '../protocol/limits.ts';
import { ERROR_CATALOGUE, type ErrorCode, type ErrorKind } from '../protocol/errorCatalogue.ts';
import type { Random } from './ports.ts';

/** Half to full of a wait, so that many clients do not come at once. */
const jittered = (fullMs: number, random: Random): number => fullMs * (0.5 + random() / 2);

/** Wait before attempt `attempt` (from 1) at a peer that answers, in ms. */
export function reconnectWaitMs(attempt: number, random: Random): number {
  const full = RECONNECT_WAITS_MS[Math.min(attempt - 1, RECONNECT_WAITS_MS.length - 1)] ?? 0;
  return jittered(full, random);
}

/** Whether an attempt that failed so reached nobody that it cost any work. TLS that cannot be agreed did. */
function reachedNobody(code: ErrorCode): boolean {
  const { kind } = ERROR_CATALOGUE[code];
  return (kind === 'transport' || kind === 'timeout' || code === 'server-stopping') && code !== 'tls-failed';
}

/** Wait before attempt `attempt` (from 1) of a line lost for `lostMs`, after the last one failed with `code`; in ms. */
export function waitAfterFailureMs(code: ErrorCode, attempt: number, lostMs: number, random: Random): number {
  if (!reachedNobody(code)) return reconnectWaitMs(attempt, random);
  const row = UNREACHED_WAITS_MS.find(({ lostBelowMs }) => lostMs < lostBelowMs);
  return jittered(row?.waitMs ?? 0, random);
}

/**
 * A line that came back and was gone at once is no progress; without a wait the two ends would dial each other without end.
 * A line cut anew waits a moment only, since it may hold now; any other fault goes on along the table of waits.
 * Undefined: the line held long enough, or was the first; try at once.
 */
export function waitAfterShortLineMs(
  kind: ErrorKind,
  heldMs: number,
  attemptsBefore: number,
  random: Random,
): { attempt: number; delayMs: number } | undefined {
  if (attemptsBefore === 0) return undefined;
  if (kind === 'transport' || kind === 'timeout') {
    if (heldMs >= TIMES.shortLineMs) return undefined;
    return { attempt: 1, delayMs: jittered(TIMES.shortLineMs, random) };
  }
  if (heldMs >= TIMES.settledLineMs) return undefined;
  const attempt = attemptsBefore + 1;
  return { attempt, delayMs: reconnectWaitMs(attempt, random) };
}

/**
 * What ends a session: the master node itself, known by its certificate, says that the session is over or that a person has to
 * sign in, or a person ended it here. Whatever else is met on the way, a captive portal too, may be gone at the next attempt.
 */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'sign-in-refused',
  'sign-in-required',
  'session-unknown',
  'session-taken-over',
  'account-changed',
  'session-closed',
  'role-insufficient',
]);

/** Whether a lost session goes on trying after this error; it does so for ever. */
export function mayReconnectAfter(code: ErrorCode): boolean {
  return !FINAL_CODES.has(code);
}
