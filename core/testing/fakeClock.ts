import type { Clock } from '../session/ports.ts';
import { PutError } from '../protocol/errors.ts';

/** A clock that stands until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time, running timers in order; promises settle in between. Fails after `maxSteps` timers, so that nothing spins. */
  advance(ms: number, maxSteps?: number): Promise<void>;
  /** Moves time at once without running what was due in between: a machine that slept or a stalled loop. Timers run afterwards. */
  jump(ms: number): void;
  readonly openTimers: number;
}

/** A fake clock that starts at `startMs`. */
export function createFakeClock(startMs = 1_000_000): FakeClock {
  let now = startMs;
  let order = 0;
  const timers = new Map<number, { atMs: number; callback: () => void }>();
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const nextDue = (untilMs: number): number | undefined => {
    let best: number | undefined;
    let bestAt = Infinity;
    for (const [id, timer] of timers) {
      if (
        timer.atMs <= untilMs &&
        (timer.atMs < bestAt || (timer.atMs === bestAt && best !== undefined && id < best))
      ) {
        best = id;
        bestAt = timer.atMs;
      }
    }
    return best;
  };
  return {
    nowMs: () => now,
    setTimer(delayMs, callback) {
      const id = ++order;
      timers.set(id, { atMs: now + Math.max(0, delayMs), callback });
      return () => void timers.delete(id);
    },
    async advance(ms, maxSteps = 1_000_000) {
      const until = now + ms;
      await settle();
      for (let steps = 0; ; steps++) {
        if (steps > maxSteps) throw new PutError('internal', `more than ${maxSteps} timers ran within ${ms} ms`);
        const id = nextDue(until);
        if (id === undefined) break;
        const timer = timers.get(id);
        timers.delete(id);
        if (!timer) continue;
        now = Math.max(now, timer.atMs);
        timer.callback();
        await settle();
      }
      now = until;
      await settle();
    },
    jump(ms) {
      now += ms;
    },
    get openTimers() {
      return timers.size;
    },
  };
}
