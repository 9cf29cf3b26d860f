import { msSince } from './age.ts';

/** How long running work has told nothing, as people read it: `silent for 2:14`; not known where the clock was set back since. */
export function silentText(silentSinceMs: number, nowMs: number): string {
  const forMs = msSince(silentSinceMs, nowMs);
  if (forMs === undefined) return 'silent for an unknown time: the clock was set back';
  const seconds = Math.floor(forMs / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const shown = minutes < 60 ? `${minutes}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
  return `silent for ${shown}:${two(seconds % 60)}`;
}
