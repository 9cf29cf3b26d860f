import type { Clock } from '../session/ports.ts';
import { PutError } from '../protocol/errors.ts';

/** A clock that stands until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time, running timers in order; promises settle in between. Fails after `maxSteps` timers, so that nothing spins. */
  advance(ms: number, maxSteps?: number): Promise<void>;
  /** Moves time at once without running what was due in between: a machine that slept or a stalled loop. Timers run afterwards. */
  jump(ms: number): void;
  /** Sets the wall clock forward, or back with a number below 0; time goes on as before. */
  setWall(byMs: number): void;
  readonly openTimers: number;
}

/** Some turns of promises: enough where no long chain of them is under way. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A fake clock that starts at `startMs`; `settle` lets promises come to rest between timers. */
export function createFakeClock(startMs = 1_000_000, settle: () => Promise<unknown> = someTurns): FakeClock {
  let now = startMs;
  let wallOffsetMs = 0;
  /** By time, then in the order they were set. */
  const timers: { atMs: number; callback: () => void }[] = [];
  return {
    nowMs: () => now + wallOffsetMs,
    steadyMs: () => now,
    setTimer(delayMs, callback) {
      const timer = { atMs: now + Math.max(0, delayMs), callback };
      let low = 0;
      for (let high = timers.length; low < high;) {
        const middle = (low + high) >>> 1;
        if ((timers[middle]?.atMs ?? Infinity) <= timer.atMs) low = middle + 1;
        else high = middle;
      }
      timers.splice(low, 0, timer);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    async advance(ms, maxSteps = 1_000_000) {
      const until = now + ms;
      await settle();
      for (let steps = 0; ; steps++) {
        if (steps > maxSteps) throw new PutError('internal', `more than ${maxSteps} timers ran within ${ms} ms`);
        const timer = timers[0];
        if (!timer || timer.atMs > until) break;
        timers.shift();
        now = Math.max(now, timer.atMs);
        timer.callback();
        await settle();
      }
      now = until;
      await settle();
    },
    setWall(byMs) {
      wallOffsetMs += byMs;
    },
    jump(ms) {
      now += ms;
    },
    get openTimers() {
      return timers.length;
    },
  };
}
