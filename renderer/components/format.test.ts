import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatElapsed,
  formatElapsedMinutes,
  formatMoment,
  formatRate,
  formatSince,
  roomOf,
  sinceIn,
} from './format.ts';

afterEach(() => void vi.unstubAllEnvs());

describe('moments', () => {
  const at = Date.UTC(2025, 2, 3, 23, 30);
  it.each([
    ['UTC', '2025-03-03 23:30 UTC'],
    ['Europe/Berlin', '2025-03-04 00:30 (2025-03-03 23:30 UTC)'],
    ['America/New_York', '2025-03-03 18:30 (23:30 UTC)'],
  ])('in %s have UTC beside', (name, shown) => {
    vi.stubEnv('TZ', name);
    expect(formatMoment(at)).toBe(shown);
  });
});

it('ages are not known where the clock was set back since, and two clocks that differ a little are now', () => {
  const nowMs = 1_800_000_000_000;
  const hourMs = 3_600_000;
  const lost = (age: string): string => `Line lost ${age} ago`;
  expect(formatSince(nowMs - 65_000, nowMs)).toBe('1 min');
  expect(formatSince(nowMs + hourMs, nowMs)).toBe('unknown');
  expect(sinceIn(lost, nowMs - 3_000, nowMs)).toBe('Line lost 3 s ago');
  expect(sinceIn(lost, nowMs + 900, nowMs)).toBe('Line lost 0 s ago');
  expect(sinceIn(lost, nowMs + hourMs, nowMs)).toBe('Line lost an unknown time ago: the clock was set back');
  expect([formatElapsed(hourMs), formatElapsed(-900), formatElapsed(-hourMs)]).toEqual([
    '1:00:00',
    '0:00:00',
    'unknown',
  ]);
});

it('spans are told by seconds and by minutes in one form', () => {
  const spans = [0, 59_999, 62 * 60_000, 100 * 3_600_000];
  expect(spans.map(formatElapsed)).toEqual(['0:00:00', '0:00:59', '1:02:00', '100:00:00']);
  expect(spans.map(formatElapsedMinutes)).toEqual(['0:00 h', '0:00 h', '1:02 h', '100:00 h']);
  expect(formatElapsedMinutes(-3_600_000)).toBe(formatElapsed(-3_600_000));
});

describe('numbers', () => {
  it('that change have the room of the largest', () => {
    for (const count of [0, 7, 26, 999, 1_000, 9_999, 10_000])
      expect(`${roomOf(count, 10_000)}${formatCount(count)}`).toHaveLength(formatCount(10_000).length);
    expect(roomOf(12, 3)).toBe('');
  });

  it('have the separators of the locale and three digits at most before the point of a size', () => {
    expect(formatCount(10_000)).toBe(new Intl.NumberFormat().format(10_000));
    expect([0, 999, 1000, 1_500_000].map(formatBytes)).toEqual(['0 B', '999 B', '1.0 KiB', '1.4 MiB']);
    expect([51_000 / 8, 12_500_000].map(formatRate)).toEqual(['51 kbit/s', '100.0 Mbit/s']);
  });
});

it('a difference of no second has no sign', () => {
  expect([70_000, -70_400, 300, -300, 0].map(formatDifference)).toEqual([
    '+0:01:10',
    '−0:01:10',
    '0:00:00',
    '0:00:00',
    '0:00:00',
  ]);
});
