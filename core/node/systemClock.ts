import type { Clock } from '../session/ports.ts';

/** The machine's clock. Timers do not keep a process alive by themselves where `unref` is set. */
export function createSystemClock(options: { unref?: boolean } = {}): Clock {
  return {
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    setTimer(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      if (options.unref === true) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
