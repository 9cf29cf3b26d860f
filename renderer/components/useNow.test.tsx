// @vitest-environment jsdom
import { act, cleanup, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useNow, useNowAs } from './useNow.ts';

const clock = vi.fn<(nowMs: number) => void>();
const quiet = vi.fn();
const minutes = vi.fn<(text: string) => void>();
function Clock() {
  clock(useNow());
  return null;
}
function Quiet() {
  quiet(useNow(false));
  return null;
}
function Minutes() {
  minutes(useNowAs((nowMs) => `${Math.floor(nowMs / 60_000)} min`));
  return null;
}
function setHidden(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
}
const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.clearAllMocks();
});
afterEach(() => {
  setHidden(false);
  cleanup();
  vi.useRealTimers();
});

it('draws once a second what counts, and nothing else', () => {
  const { unmount } = render(
    <>
      <Clock />
      <Quiet />
    </>,
  );
  for (let seconds = 0; seconds < 3; seconds += 1) pass(1_000);
  expect([clock.mock.calls.length, quiet.mock.calls.length]).toEqual([4, 1]);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});

it('draws a text of the time when it reads otherwise', () => {
  render(<Minutes />);
  for (let seconds = 0; seconds < 120; seconds += 1) pass(1_000);
  expect(minutes.mock.calls).toEqual([['16 min'], ['17 min'], ['18 min']]);
});

it('stands still in a hidden window without a timer, and is right at once when that is seen again', () => {
  render(<Clock />);
  setHidden(true);
  expect(vi.getTimerCount()).toBe(0);
  pass(60_000);
  expect(clock).toHaveBeenCalledOnce();
  setHidden(false);
  expect(clock).toHaveBeenLastCalledWith(1_060_000);
  pass(1_000);
  expect(clock).toHaveBeenLastCalledWith(1_061_000);
});
