import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const tell of listeners) tell();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function read(): number {
  // A view that appears long after the last tick must not start with an old clock.
  if (!timer && Math.abs(Date.now() - nowMs) > TICK_MS) nowMs = Date.now();
  return nowMs;
}

/** This machine's clock in ms, one tick a second shared by every view that shows time. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read);
}
