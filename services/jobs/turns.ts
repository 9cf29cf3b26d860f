import type { Slices } from '../../core/model/slices.ts';
import type { Clock } from '../../core/session/ports.ts';

/** The event loop gets its turn after this long; the longest slice comes on top. */
const TURN_MS = 15;

/** Goes on with the work for one turn; true once it is done. */
function oneTurn(work: Slices<unknown>, clock: Clock): boolean {
  const untilMs = clock.steadyMs() + TURN_MS;
  do {
    if (work.next().done) return true;
  } while (clock.steadyMs() < untilMs);
  return false;
}

/**
 * Does sliced work without holding the event loop: short work at once (the answer is true), longer work turn by turn.
 * Throws, or rejects, with what the work throws.
 */
export function inTurns(work: Slices<unknown>, clock: Clock): true | Promise<void> {
  if (oneTurn(work, clock)) return true;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      try {
        if (oneTurn(work, clock)) resolve();
        else clock.setTimer(0, next);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    clock.setTimer(0, next);
  });
}
