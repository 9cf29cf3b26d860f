import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sliced } from '../model/sliced.ts';

/** Others wait for the event loop at most about this long. */
const SLICE_MS = 8;

/** Does sliced work and lets everything else run between its slices. */
export async function inSlices<T>(work: Sliced<T>): Promise<T> {
  let beganMs = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - beganMs < SLICE_MS) continue;
    await nextTurn();
    beganMs = performance.now();
  }
}
