import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantMs, instantOf, isInstantFault, parseInstant } from './instant.ts';

const fault = (text: string, zone?: string): string => {
  const read = parseInstant(text, zone);
  return isInstantFault(read) ? read.message : '';
};

describe('an instant', () => {
  it('is kept in UTC, whatever zone it was written with', () => {
    expect(parseInstant('2026-11-27T01:00+01:00')).toBe('2026-11-27T00:00:00Z');
    expect(parseInstant('2026-11-27 01:00 Europe/Berlin')).toBe('2026-11-27T00:00:00Z');
    expect(parseInstant('2026-07-27T01:00 Europe/Berlin')).toBe('2026-07-26T23:00:00Z');
    expect(parseInstant('2026-11-27T01:00', 'America/New_York')).toBe('2026-11-27T06:00:00Z');
    expect(parseInstant('2026-11-27T01:00Z', 'America/New_York')).toBe('2026-11-27T01:00:00Z');
    expect(parseInstant('2026-11-27T01:00:30-03:30')).toBe('2026-11-27T04:30:30Z');
  });

  it('is refused without a zone, and where there is no such time', () => {
    expect(fault('2026-11-27T01:00')).toMatch(/a zone is needed/);
    expect(fault('tomorrow')).toMatch(/a date and a time/);
    expect(fault('2026-02-29T01:00Z')).toMatch(/no such date/);
    expect(fault('2026-02-28T24:00Z')).toMatch(/no such date/);
    expect(fault('2026-11-27T01:00 Mars/Base')).toMatch(/no time zone Mars\/Base/);
    expect(fault('2026-11-27T01:00+25:00')).toMatch(/no offset/);
  });

  it('is refused where the clocks leave it out or show it twice', () => {
    expect(fault('2026-03-29T02:30 Europe/Berlin')).toMatch(/leave this time out/);
    expect(fault('2026-10-25T02:30 Europe/Berlin')).toMatch(
      /twice that day; say which: 2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z/,
    );
  });

  it('comes back as it was from any offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (seconds, minutes) => {
          const ms = seconds * 1000;
          const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 19);
          const two = (value: number): string => String(value).padStart(2, '0');
          const size = Math.abs(minutes);
          const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
          expect(parseInstant(`${local}${offset}`)).toBe(instantOf(ms));
          expect(instantMs(instantOf(ms))).toBe(ms);
        },
      ),
    );
  });

  it('is never a crash', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseInstant(text, 'Europe/Berlin')));
  });
});
