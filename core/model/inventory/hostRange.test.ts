import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandHostRange } from './hostRange.ts';

describe('ranges of hosts', () => {
  it.each([
    ['a', ['a']],
    ['n[1:3]', ['n1', 'n2', 'n3']],
    ['n[08:10].x', ['n08.x', 'n09.x', 'n10.x']],
    ['[a:c]-[0:4:2]', ['a-0', 'a-2', 'a-4', 'b-0', 'b-2', 'b-4', 'c-0', 'c-2', 'c-4']],
  ])('%s', (pattern, names) => {
    expect(expandHostRange(pattern)).toEqual(names);
  });

  it.each(['n[', 'n]', 'n[]', 'n[1]', 'n[1:a]', 'n[3:1]', 'n[01:100]', 'n[Y:b]', 'n[1:3:0]', '[1:200]-[1:200]'])(
    '%s is none',
    (pattern) => {
      expect(expandHostRange(pattern)).toEqual(expect.any(String));
    },
  );

  it('has as many different names as the range has numbers', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(4000), fc.integer({ min: 1, max: 50 }), (from, more, step) => {
        const names = expandHostRange(`n[${from}:${from + more}:${step}]`);
        expect(new Set(names).size).toBe(Math.floor(more / step) + 1);
      }),
    );
  });
});
