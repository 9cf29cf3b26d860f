/** Round trips that differ by so many ms, or by that share of the one that was told, are the same to a person. */
const SAME_MS = 5;
const SAME_SHARE = 0.2;

/**
 * The round trip that is told, in whole ms, after `now` was measured and `before` was told: that as long as it is about the same. No two beats of a line
 * take equally long, and each change is drawn by every window.
 */
export function roundTripToTell(before: number | undefined, now: number | undefined): number | undefined {
  if (now === undefined) return undefined;
  if (before !== undefined && Math.abs(now - before) <= Math.max(SAME_MS, before * SAME_SHARE)) return before;
  return Math.round(now);
}
