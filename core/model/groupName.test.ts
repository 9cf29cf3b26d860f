import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareGroupNames, groupNameOf } from './groupName.ts';

const name = fc.oneof(fc.nat(9999), fc.stringMatching(/^[a-c0-2]{1,4}$/).map(groupNameOf));

describe('names of systems and cliques', () => {
  it('takes digits alone for the number', () => {
    expect(['7', '07', 'rack7', '0'].map(groupNameOf)).toEqual([7, '07', 'rack7', 0]);
  });

  it('sorts numbers by size, then names with the numbers in them by size', () => {
    expect(['rack10', 12, 'rack2', 3].sort(compareGroupNames)).toEqual([3, 12, 'rack2', 'rack10']);
  });

  it('is an order in which only equal names are equal', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(compareGroupNames(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareGroupNames(a, b)) + Math.sign(compareGroupNames(b, a))).toBe(0);
        if (compareGroupNames(a, b) < 0 && compareGroupNames(b, c) < 0) expect(compareGroupNames(a, c)).toBeLessThan(0);
      }),
    );
  });
});
