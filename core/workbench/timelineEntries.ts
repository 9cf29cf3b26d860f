import type { TimelineEntry } from '../model/job.ts';
import type { SystemView } from './state.ts';

/** The entries with newer ones; where some between were not sent, only what is newer than these, so that no hole is shown as none. */
export function withEntries(
  timeline: SystemView['timeline'],
  entries: readonly TimelineEntry[],
  kept: number,
): SystemView['timeline'] {
  const first = entries[0]?.number;
  if (first === undefined) return timeline;
  const next: Record<string, TimelineEntry> = first === 1 || timeline[String(first - 1)] ? { ...timeline } : {};
  for (const entry of entries) next[String(entry.number)] = entry;
  const newest = entries.at(-1)?.number ?? 0;
  for (const number of Object.keys(next)) if (Number(number) <= newest - kept) delete next[number];
  return next;
}

/** The entries with older ones that end right before them. */
export function withOlder(timeline: SystemView['timeline'], entries: readonly TimelineEntry[]): SystemView['timeline'] {
  const last = entries.at(-1)?.number;
  if (last === undefined || !timeline[String(last + 1)]) return timeline;
  return { ...Object.fromEntries(entries.map((entry) => [String(entry.number), entry])), ...timeline };
}
