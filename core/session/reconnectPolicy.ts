import { RECONNECT_WAITS_MS, TIMES } from '../protocol/limits.ts';
import type { ErrorKind } from '../protocol/errors.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../protocol/errorCatalogue.ts';
import type { Random } from './ports.ts';

/** Wait before attempt `attempt` (from 1), in ms: half to full of the table's figure, so that many clients do not come at once. */
export function reconnectWaitMs(attempt: number, random: Random): number {
  const full = RECONNECT_WAITS_MS[Math.min(attempt - 1, RECONNECT_WAITS_MS.length - 1)] ?? 0;
  return full * (0.5 + random() / 2);
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
    return { attempt: 1, delayMs: TIMES.shortLineMs * (0.5 + random() / 2) };
  }
  if (heldMs >= TIMES.settledLineMs) return undefined;
  const attempt = attemptsBefore + 1;
  return { attempt, delayMs: reconnectWaitMs(attempt, random) };
}

/** Refusals that another attempt cannot mend although their kind may pass. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'certificate-changed',
  'certificate-unknown',
  'sign-in-refused',
  'sign-in-required',
  'session-unknown',
  'session-taken-over',
  'session-closed',
  'version-unsupported',
  'role-insufficient',
]);

/** Whether a lost session goes on trying after this error: for ever, except where only a person can mend it. */
export function mayReconnectAfter(code: ErrorCode): boolean {
  if (FINAL_CODES.has(code)) return false;
  const { kind, retry } = ERROR_CATALOGUE[code];
  return kind === 'transport' || kind === 'timeout' || kind === 'protocol' || retry !== 'never';
}
