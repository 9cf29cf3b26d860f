/**
 * Work that can be set down: each `yield` is a place where the caller may let others run, at most a few milliseconds of work after
 * the one before. What it returns is the result.
 */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Does the work to its end at once, where nobody waits meanwhile or the input is small. */
export function inOneGo<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
