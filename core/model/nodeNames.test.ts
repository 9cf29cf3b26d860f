import { expect, it } from 'vitest';
import { foldNames } from './nodeNames.ts';

it('writes neighbours as ranges', () => {
  expect(foldNames(['tpa-1', 'tpa-3', 'tpa-2', 'aws-1'])).toBe('aws-1 tpa-[1-3]');
  expect(foldNames(['tpa-10', 'tpa-08', 'sws', 'tpa-09', 'tpa-12'])).toBe('tpa-[08-10,12] sws');
  expect(foldNames(['r1n1.site', 'r1n2.site', 'r2n1.site'])).toBe('r1n[1-2].site r2n1.site');
  expect(foldNames(['one', 'two', 'one'])).toBe('one two');
  expect(foldNames([])).toBe('');
});

it('numbers of another width are other names', () => {
  expect(foldNames(['n9', 'n010', 'n10'])).toBe('n010 n[9-10]');
});

it('ten thousand nodes in a row take one short text', () => {
  expect(foldNames(Array.from({ length: 10_000 }, (_, i) => `node-${i + 1}`))).toBe('node-[1-10000]');
});
