import { expect, it } from 'vitest';
import { msSince } from './age.ts';
import { silentText } from './silence.ts';

const NOW = 1_800_000_000_000;

it('an age is not known once the clock was set back, and none where two clocks differ', () => {
  expect(msSince(NOW - 5_000, NOW)).toBe(5_000);
  expect(msSince(NOW + 60_000, NOW)).toBe(0);
  expect(msSince(NOW + 60_001, NOW)).toBeUndefined();
});

it('of silence too', () => {
  expect(silentText(NOW - 134_000, NOW)).toBe('silent for 2:14');
  expect(silentText(NOW + 3_600_000, NOW)).toBe('silent for an unknown time: the clock was set back');
});
