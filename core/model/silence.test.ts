import { expect, it } from 'vitest';
import { silentText } from './silence.ts';

it.for([
  [134_000, 'silent for 2:14'],
  [59_999, 'silent for 0:59'],
  [3_600_000 + 4 * 60_000 + 5_000, 'silent for 1:04:05'],
  [-5_000, 'silent for 0:00'],
] as const)('%i ms of silence reads %s', ([ms, text]) => {
  expect(silentText(1_000_000, 1_000_000 + ms)).toBe(text);
});
