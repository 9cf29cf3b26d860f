/** How long running work has told nothing, as people read it: `silent for 2:14`. A clock that is behind counts as none. */
export function silentText(silentSinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - silentSinceMs) / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const shown = minutes < 60 ? `${minutes}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
  return `silent for ${shown}:${two(seconds % 60)}`;
}
