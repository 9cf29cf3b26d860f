import { afterEach, expect, it, vi } from 'vitest';
import { createSystemClock } from './systemClock.ts';

const DAY_MS = 86_400_000;

afterEach(() => void vi.useRealTimers());

it('a timer of many days does not end at once', () => {
  vi.useFakeTimers();
  const clock = createSystemClock();
  let due = 0;
  clock.setTimer(60 * DAY_MS, () => (due += 1));
  const stop = clock.setTimer(50 * DAY_MS, () => (due += 100));
  vi.advanceTimersByTime(49 * DAY_MS);
  stop();
  expect(due).toBe(0);
  vi.advanceTimersByTime(11 * DAY_MS);
  expect(due).toBe(1);
});
