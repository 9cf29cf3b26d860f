import { expect, it } from 'vitest';
import { elapsedText, formatDurationMs, parseDurationMs } from './duration.ts';

it('is read as it is written', () => {
  for (const text of ['1 ms', '45 s', '90 min', '2 h', '3 d'])
    expect(formatDurationMs(parseDurationMs(text) ?? 0)).toBe(text);
});

it('tells how long something took in its two largest units', () => {
  const shown = [0, 2, 60, 912, 3600, 3661, 90_061].map(elapsedText);
  expect(shown).toEqual(['0 s', '2 s', '1 min', '15 min 12 s', '1 h', '1 h 1 min', '1 d 1 h']);
});
