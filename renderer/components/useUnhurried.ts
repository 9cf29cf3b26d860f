import { useEffect, useRef, useState } from 'react';

/**
 * A value that changes many times a second, taken over at most once in `everyMs`: at once after a pause, and the newest at the end of the time. What is
 * undefined before it has come is taken over at once.
 */
export function useUnhurried<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const takenAtMs = useRef(-Infinity);
  useEffect(() => {
    if (Object.is(value, shown)) return undefined;
    const waitMs = Math.max(0, takenAtMs.current + everyMs - performance.now());
    const timer = setTimeout(() => {
      takenAtMs.current = performance.now();
      setShown(value);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [value, shown, everyMs]);
  return shown === undefined ? value : shown;
}
