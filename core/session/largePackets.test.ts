import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import {
  afterFailedAttempt,
  afterLoss,
  isSuspected,
  largePacketsLost,
  NO_SUSPICION,
  type LineEnd,
} from './largePackets.ts';

const cause = new PutError('peer-silent', 'nothing was heard from master:9000 for 20 s');
const silent: LineEnd = { cause, heldMs: 25_000, unansweredMs: 15_000 };

describe('large packets that are lost', () => {
  it.each([cause, new PutError('line-lost', 'master:9000 was closed by the other end')])(
    'are suspected when one line after the other comes up and falls silent, whoever gives it up (%s)',
    (how) => {
      const once = afterLoss(NO_SUSPICION, { ...silent, cause: how });
      expect(isSuspected(once)).toBe(false);
      const twice = afterLoss(once, { ...silent, cause: how, unansweredMs: 14_000 });
      expect(isSuspected(twice)).toBe(true);
      expect(largePacketsLost(twice, how)).toMatchObject({ code: 'large-packets-lost', details: { losses: 2 } });
    },
  );

  it('are not suspected of a network that is away in between, a line that lived, a cut, or a question of our own', () => {
    const once = afterLoss(NO_SUSPICION, silent);
    expect(isSuspected(afterLoss(afterFailedAttempt(), silent))).toBe(false);
    expect(afterLoss(once, { ...silent, heldMs: 3_600_000 })).toEqual(NO_SUSPICION);
    expect(afterLoss(once, { ...silent, unansweredMs: 200 })).toEqual(once);
    const asked = new PutError('peer-silent', '', { asked: true });
    expect(afterLoss(once, { ...silent, cause: asked })).toEqual(once);
  });
});
