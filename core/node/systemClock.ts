import type { Clock } from '../session/ports.ts';

/** Longest that a timer of Node may be set to; one that is set to more ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Timers do not keep a process alive by themselves where `unref` is set. */
export function createSystemClock(options: { unref?: boolean } = {}): Clock {
  return {
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    setTimer(delayMs, callback) {
      let timer: NodeJS.Timeout;
      const set = (leftMs: number): void => {
        const next = leftMs > LONGEST_TIMER_MS ? (): void => set(leftMs - LONGEST_TIMER_MS) : callback;
        timer = setTimeout(next, Math.min(leftMs, LONGEST_TIMER_MS));
        if (options.unref === true) timer.unref();
      };
      set(delayMs);
      return () => clearTimeout(timer);
    },
  };
}
