import { RECONNECT_WAITS_MS } from '../protocol/limits.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../protocol/errorCatalogue.ts';
import type { Random } from './ports.ts';

/** Wait before attempt `attempt` (from 1), in ms: half to full of the table's figure, so that many clients do not come at once. */
export function reconnectWaitMs(attempt: number, random: Random): number {
  const full = RECONNECT_WAITS_MS[Math.min(attempt - 1, RECONNECT_WAITS_MS.length - 1)] ?? 0;
  return full * (0.5 + random() / 2);
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
