import type { Clock } from '../../core/session/ports.ts';

/** A wall clock that differs by more from what it was has been set, in ms. */
const SET_MS = 1_000;

/**
 * Wall time of moments of the steady clock, for views. What lies between the two clocks is taken anew only where the wall clock
 * was set, so that equal moments are shown as equal.
 */
export function createShownTime(clock: Clock): (steadyMs: number) => number {
  let offsetMs = clock.nowMs() - clock.steadyMs();
  return (steadyMs) => {
    const found = clock.nowMs() - clock.steadyMs();
    if (Math.abs(found - offsetMs) > SET_MS) offsetMs = found;
    return Math.round(steadyMs + offsetMs);
  };
}
