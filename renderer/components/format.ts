import { msSince } from '../../core/model/age.ts';
import { timeTexts } from '../texts/enTimes.ts';
import { separated } from '../texts/plural.ts';

/*
 * How numbers and times are shown. Numbers follow the person's locale. Dates are written year first, which is read alike everywhere and sorts; a moment that people
 * in two places speak of has UTC beside it.
 */

const ONE_DIGIT = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A word at the head of a column, or at the begin of a line. */
export const inTitle = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** A number with the separators of the person's locale: `10,000`. */
export const formatCount = separated;

/** The figures that a number lacks of its largest one: `1,0` of 26 in 1,000. With that much room beside it nothing moves where it gets one more. */
export const roomOf = (count: number, largest: number): string => {
  const most = formatCount(largest);
  return most.slice(0, Math.max(0, most.length - formatCount(count).length));
};

const pad = (value: number): string => String(value).padStart(2, '0');

/** `0:41:12` from milliseconds; of a span whose end is before its begin, for a clock that was set back, it is unknown. */
export function formatElapsed(ms: number): string {
  const spanMs = msSince(0, ms);
  if (spanMs === undefined) return timeTexts.age.unknown;
  const seconds = Math.floor(spanMs / 1000);
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** The same in full minutes, `0:41 h`: for a span of which nobody waits for the next second. */
export function formatElapsedMinutes(ms: number): string {
  const elapsed = formatElapsed(ms);
  return elapsed === timeTexts.age.unknown ? elapsed : `${elapsed.slice(0, -3)} h`;
}

/** How much longer something took, `+0:01:10`; what is no second is no difference. */
export function formatDifference(ms: number): string {
  const text = formatElapsed(Math.abs(ms));
  if (text === formatElapsed(0)) return text;
  return `${ms < 0 ? '−' : '+'}${text}`;
}

/** `4 s`, `3 min`, `2 h 5 min`, `3 d`: the age of something, in its two greatest parts at most. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** How long ago a moment was by the clock that told it, for the cell of a table or a head; `unknown` where the clock was set back since. */
export function formatSince(atMs: number, nowMs: number): string {
  const ms = msSince(atMs, nowMs);
  return ms === undefined ? timeTexts.age.unknown : formatAge(ms);
}

/** The same in a sentence, which says what became of the clock. */
export function sinceIn(sentence: (age: string) => string, atMs: number, nowMs: number): string {
  const ms = msSince(atMs, nowMs);
  return ms === undefined ? timeTexts.age.setBack(sentence(timeTexts.age.unknownTime)) : sentence(formatAge(ms));
}

let inUtc = false;

/** From now on times are told in UTC, marked by a Z, or by the clock of this machine. What stands there is to be drawn anew. */
export function tellTimesIn(times: 'local' | 'utc'): void {
  inUtc = times === 'utc';
}

/** Time of day, `02:17` or with seconds; `01:17Z` where times are told in UTC. */
export function formatClock(atMs: number, seconds = false): string {
  const at = new Date(atMs);
  if (inUtc) return `${at.toISOString().slice(11, seconds ? 19 : 16)}Z`;
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return seconds ? `${clock}:${pad(at.getSeconds())}` : clock;
}

/** Date and time, `2025-03-04 02:17`. */
export function formatDate(atMs: number): string {
  const at = new Date(atMs);
  const day = inUtc
    ? at.toISOString().slice(0, 10)
    : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${formatClock(atMs)}`;
}

/** Local date and time with UTC beside, `2025-03-04 02:17 (01:17 UTC)`; the date too where it is another one there. */
export function formatMoment(atMs: number): string {
  const at = new Date(atMs);
  if (at.getTimezoneOffset() === 0) return `${formatDate(atMs)} UTC`;
  const [day = '', clock = ''] = at.toISOString().slice(0, 16).split('T');
  const local = formatDate(atMs);
  return `${local} (${local.startsWith(day) ? clock : `${day} ${clock}`} UTC)`;
}

/** The zone that times are told in: this machine's, or UTC. */
export function zoneOfTimes(): string {
  return inUtc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Date and time in a named zone, `2025-03-04 02:17`; undefined for a zone that this machine does not know. */
export function formatDateIn(timeZone: string, atMs: number): string | undefined {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(atMs);
  } catch {
    return undefined;
  }
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the unit that leaves three digits at most before the point. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? separated(Math.round(value)) : ONE_DIGIT.format(value)} ${SIZES[unit] ?? ''}`;
}

/** Bytes a second as bits a second, the unit lines are sold in. */
export function formatRate(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  if (bits >= 1e9) return `${ONE_DIGIT.format(bits / 1e9)} Gbit/s`;
  if (bits >= 1e6) return `${ONE_DIGIT.format(bits / 1e6)} Mbit/s`;
  if (bits >= 1e3) return `${Math.round(bits / 1e3)} kbit/s`;
  return `${Math.round(bits)} bit/s`;
}

/** Names in their natural order: node-2 before node-10. */
export const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;
