/*
 * Moments as people write them, and as they are kept: in UTC, to the second (`2026-11-27T00:00:00Z`). Local time needs a zone, so that nobody's midnight is
 * taken for another one's.
 */

/** What an instant could not be read for, in words. */
export interface InstantFault {
  readonly message: string;
}

const EXAMPLES = '2026-11-27T01:00Z, 2026-11-27T01:00+01:00 or 2026-11-27T01:00 Europe/Berlin';
const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?\s*(Z|[+-]\d{2}:\d{2}|[A-Za-z][A-Za-z0-9_+/-]{1,59})?$/;
/** No zone is further than this from UTC. */
const MOST_OFFSET_MS = 15 * 3_600_000;

export function isInstantFault(value: string | InstantFault): value is InstantFault {
  return typeof value !== 'string';
}

/** An instant in milliseconds since 1970; of one that `parseInstant` answered. */
export function instantMs(instant: string): number {
  return Date.parse(instant);
}

/** Milliseconds since 1970 as an instant. */
export function instantOf(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * The instant of a text: a date and a time of day with `Z`, an offset, or the name of a zone; `zone` stands in for a missing one, where there is such.
 * A local time that a change of the clocks leaves out, or brings twice, is refused: it does not say when.
 */
export function parseInstant(text: string, zone?: string): string | InstantFault {
  const found = WRITTEN.exec(text.trim());
  if (!found) return { message: `a date and a time with a zone are needed, such as ${EXAMPLES}` };
  const [, year, month, day, hour, minute, second = '0', said = zone] = found;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const asUtc = Date.UTC(y, mo - 1, d, h, mi, s);
  const back = new Date(asUtc);
  if (back.getUTCMonth() !== mo - 1 || back.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) {
    return { message: 'there is no such date or time of day' };
  }
  if (said === undefined) return { message: `a zone is needed, such as ${EXAMPLES}` };
  if (said === 'Z') return instantOf(asUtc);
  const offset = /^([+-])(\d{2}):(\d{2})$/.exec(said);
  if (offset) {
    const ms = (Number(offset[2]) * 60 + Number(offset[3])) * 60_000;
    if (ms > MOST_OFFSET_MS || Number(offset[3]) > 59) return { message: `there is no offset ${said}` };
    return instantOf(asUtc - (offset[1] === '-' ? -ms : ms));
  }
  return inZone(asUtc, said, text.trim());
}

function inZone(asUtc: number, zone: string, text: string): string | InstantFault {
  let offsetAt: (ms: number) => number;
  try {
    offsetAt = offsetsOf(zone);
  } catch {
    return { message: `there is no time zone ${zone}` };
  }
  // The two offsets around the day are all that there can be for this time of day.
  const offsets = new Set([offsetAt(asUtc - 86_400_000), offsetAt(asUtc), offsetAt(asUtc + 86_400_000)]);
  const fits = [...offsets].map((offset) => asUtc - offset).filter((ms) => ms + offsetAt(ms) === asUtc);
  const [first, second] = [...new Set(fits)].sort((a, b) => a - b);
  if (first === undefined) return { message: `${text}: the clocks of ${zone} leave this time out that day` };
  if (second === undefined) return instantOf(first);
  const either = [first, second].map((ms) => instantOf(ms)).join(' or ');
  return { message: `${text}: the clocks of ${zone} show this time twice that day; say which: ${either}` };
}

/** How far a zone is ahead of UTC at a moment, in ms. @throws RangeError for a zone that there is not */
function offsetsOf(zone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    ...{ hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  };
}
