import { expect, it } from 'vitest';
import type { JobHead } from '../core/model/jobParts.ts';
import { endText } from './jobText.ts';

const NOON_MS = new Date(2026, 10, 26, 12).getTime();
const ending = (lowMs: number, highMs: number): string | undefined => {
  const head = { state: 'running', currentStep: 'start', steps: {}, timeLeft: { after: { lowMs, highMs } } };
  return endText(head as unknown as JobHead, NOON_MS);
};

it('tells the end of a job as a time between two, or as one where both are of the same minute', () => {
  expect(ending(60_000, 180_000)).toBe('Ends in 1m 00s to 3m 00s, between 2026-11-26 12:01 and 12:03');
  expect(ending(7_000, 17_000)).toBe('Ends in 7s to 17s, about 2026-11-26 12:00');
});
