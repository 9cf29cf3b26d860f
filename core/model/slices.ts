/**
 * Work in slices: it yields wherever it may be interrupted, every few hundred microseconds at most, and returns its result. The core
 * knows no clock: whoever runs it decides after which slice the event loop gets its turn.
 */
export type Slices<T> = Generator<undefined, T, undefined>;

/** Does sliced work to its end without a pause. */
export function runAtOnce<T>(slices: Slices<T>): T {
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}
