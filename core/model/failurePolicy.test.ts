import { describe, expect, it } from 'vitest';
import { failurePolicyText, limitInNodes } from './failurePolicy.ts';

describe('the limit of failures', () => {
  it('is told in nodes, at least one', () => {
    expect(limitInNodes({ percent: 5 }, 30)).toBe(2);
    expect(limitInNodes({ percent: 10 }, 30)).toBe(3);
    expect(limitInNodes({ nodes: 0 }, 30)).toBe(1);
    expect(limitInNodes({ percent: 1 }, 8)).toBe(1);
  });

  it('says when the job and its waves would stop', () => {
    expect(failurePolicyText({ job: { nodes: 3 } }, [30])).toEqual([
      'The job stops when 3 of 30 nodes failed or were unreachable.',
    ]);
    expect(failurePolicyText({ job: { percent: 5 }, wave: { percent: 50 } }, [2, 14, 14])).toEqual([
      'The job stops when 2 of 30 nodes failed or were unreachable (5 % of 30: at most 1).',
      'A wave stops when 1 of 2 nodes failed or was unreachable (50 % of 2: at most 0), or 7 of 14 nodes failed or were unreachable (50 % of 14: at most 6).',
      'A wave that fails whole stops the job in any case.',
    ]);
  });

  it('says that there is none', () => {
    expect(failurePolicyText(undefined, [8])).toEqual([expect.stringMatching(/^There is no limit of failures/)]);
    expect(failurePolicyText({ wave: { nodes: 1 } }, [8])).toEqual([expect.stringMatching(/^There is no limit/)]);
  });
});
