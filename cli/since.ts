import { parseDurationMs } from '../core/model/duration.ts';
import { PutError } from '../core/protocol/errors.ts';

/**
 * A moment as people say it: so long ago (`10min`), a time of this day of this machine's zone (`11:14`; later than now: of the day before),
 * or a date and time (`2026-11-26T11:14`, with Z for UTC). In ms since 1970. @throws PutError usage
 */
export function momentOf(text: string, nowMs: number): number {
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map((part) => Number(part ?? 0));
    if (hours < 24 && minutes < 60 && seconds < 60) {
      const day = new Date(nowMs);
      day.setHours(hours, minutes, seconds, 0);
      if (day.getTime() > nowMs) day.setDate(day.getDate() - 1);
      return day.getTime();
    }
  }
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new PutError(
    'usage',
    `--since ${text} is no time; there are 10min (ago), 11:14, 2026-11-26T11:14 and the same with Z`,
  );
}
