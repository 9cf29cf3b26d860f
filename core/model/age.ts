/** So far back a clock has to have gone for it to be more than two clocks that differ. */
const SET_BACK_MS = 60_000;

/**
 * How long ago a moment was by the clock that told it, in ms. Undefined where it is still to come: the clock was set back since, and how long it is nobody
 * knows. What two clocks differ by is no time at all.
 */
export function msSince(atMs: number, nowMs: number): number | undefined {
  return atMs - nowMs > SET_BACK_MS ? undefined : Math.max(0, nowMs - atMs);
}
