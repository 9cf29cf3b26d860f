import { TIMES } from '../protocol/limits.ts';

/*
 * When another attempt at a line joins one that hangs. A dial into a dead line is asked again by the system after 1, 3, 7 and
 * 15 s only, and there is no word from anybody when the line is back: short attempts beside the long one ask in between.
 */

/** Attempts under way at once: the one that tries every way, and two beside it. */
export const MOST_ATTEMPTS = 3;

/** An attempt that is under way. */
export interface LineAttempt {
  readonly beganAtMs: number;
  /** When the peer, or the first machine on the way to it, answered the dial. */
  readonly answeredAtMs?: number | undefined;
}

export type BesideStep =
  | { readonly step: 'wait'; readonly untilMs: number }
  /** Begin another one; `giveUp`: the attempt of the list that gives way to it. */
  | { readonly step: 'begin'; readonly giveUp?: number | undefined };

/** What to do at `nowMs` with these attempts under way; the first one tries every way and never gives way. */
export function besideStep(attempts: readonly LineAttempt[], nowMs: number): BesideStep {
  let untilMs = 0;
  for (const { beganAtMs, answeredAtMs } of attempts) {
    untilMs = Math.max(untilMs, beganAtMs + TIMES.besideMs);
    // On a slow line the next one would only take its bytes away.
    if (answeredAtMs !== undefined) untilMs = Math.max(untilMs, answeredAtMs + TIMES.answeredMs);
  }
  if (nowMs < untilMs) return { step: 'wait', untilMs };
  if (attempts.length < MOST_ATTEMPTS) return { step: 'begin' };
  const beside = attempts.map((_attempt, at) => at).slice(1);
  return { step: 'begin', giveUp: beside.find((at) => attempts[at]?.answeredAtMs === undefined) ?? beside[0] };
}
