import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

function tick(): void {
  nowMs = Date.now();
  for (const tell of listeners) tell();
}

/** Runs while something counts in a window that is seen. */
function startOrStop(): void {
  const runs = listeners.size > 0 && !document.hidden;
  if (runs === (timer !== undefined)) return;
  clearInterval(timer);
  timer = runs ? setInterval(tick, TICK_MS) : undefined;
}

function onVisibility(): void {
  startOrStop();
  // What stood still meanwhile is right at once.
  if (!document.hidden) tick();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    nowMs = Date.now();
    document.addEventListener('visibilitychange', onVisibility);
  }
  listeners.add(listener);
  startOrStop();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) document.removeEventListener('visibilitychange', onVisibility);
    startOrStop();
  };
}

const countNothing = (): (() => void) => () => undefined;

function read(): number {
  // A view that appears long after the last tick must not start with an old clock.
  if (!timer && Math.abs(Date.now() - nowMs) > TICK_MS) nowMs = Date.now();
  return nowMs;
}

/**
 * This machine's clock in ms, one tick a second shared by every view that shows time; it stands still in a window that is hidden. `counts`: false where
 * nothing of what is shown now depends on it, so that nothing is drawn again for it.
 */
export function useNow(counts = true): number {
  return useSyncExternalStore(counts ? subscribe : countNothing, read);
}

/**
 * What is made of this machine's clock, such as the text of an age: looked at once a second, and what shows it is drawn again only when it is another.
 * `valueOf` gets the clock in ms; `counts` as of `useNow`.
 */
export function useNowAs<T extends string | number>(valueOf: (nowMs: number) => T, counts = true): T {
  return useSyncExternalStore(counts ? subscribe : countNothing, () => valueOf(read()));
}
