import { describe, expect, it } from 'vitest';
import { TIMES } from '../protocol/limits.ts';
import { besideStep, MOST_ATTEMPTS, type LineAttempt } from './besideAttempts.ts';

/** When a system asks a dead line again after the first packet of a dial, in ms. */
const ASKED_AGAIN_MS = [0, 1_000, 3_000, 7_000, 15_000];

/** Plays the policy against a line that never answers; tells when it was asked. */
function askedAt(untilMs: number): { asked: number[]; most: number } {
  let attempts: LineAttempt[] = [{ beganAtMs: 0 }];
  const ended: { beganAtMs: number; endedAtMs: number }[] = [];
  let most = 1;
  for (let now = 0; now < untilMs; now += 50) {
    const next = besideStep(attempts, now);
    if (next.step === 'wait') continue;
    const outdated = next.giveUp;
    ended.push(...attempts.filter((_a, at) => at === outdated).map((one) => ({ ...one, endedAtMs: now })));
    attempts = [...attempts.filter((_a, at) => at !== outdated), { beganAtMs: now }];
    most = Math.max(most, attempts.length);
  }
  const all = [...ended, ...attempts.map((one) => ({ ...one, endedAtMs: untilMs }))];
  const asked = all.flatMap(({ beganAtMs, endedAtMs }) =>
    ASKED_AGAIN_MS.map((ms) => beganAtMs + ms).filter((ms) => ms < endedAtMs),
  );
  return { asked: asked.sort((a, b) => a - b), most };
}

describe('attempts beside one that hangs', () => {
  it('ask a dead line at least every second and a half, with three under way at most', () => {
    const { asked, most } = askedAt(60_000);
    const gaps = asked.slice(1).map((ms, at) => ms - (asked[at] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(TIMES.besideMs);
    expect(most).toBe(MOST_ATTEMPTS);
    // Five packets of 60 bytes in two seconds would be too many for a line that is only slow.
    expect(asked.length).toBeLessThan(60 * 2.5);
  });

  it('let one that was answered go on alone for a while', () => {
    const attempts = [{ beganAtMs: 0 }, { beganAtMs: 1_500, answeredAtMs: 2_000 }];
    expect(besideStep(attempts, 4_000)).toEqual({ step: 'wait', untilMs: 2_000 + TIMES.answeredMs });
    expect(besideStep(attempts, 2_000 + TIMES.answeredMs)).toEqual({ step: 'begin' });
  });

  it('make the oldest unanswered one give way, never the one that tries every way', () => {
    const now = 60_000;
    expect(besideStep([{ beganAtMs: 0 }, { beganAtMs: 1 }, { beganAtMs: 2 }], now)).toEqual({
      step: 'begin',
      giveUp: 1,
    });
    const answered = [{ beganAtMs: 0 }, { beganAtMs: 1, answeredAtMs: 5 }, { beganAtMs: 2 }];
    expect(besideStep(answered, now)).toEqual({ step: 'begin', giveUp: 2 });
    const all = answered.map((one) => ({ ...one, answeredAtMs: 5 }));
    expect(besideStep(all, now)).toEqual({ step: 'begin', giveUp: 1 });
  });
});
