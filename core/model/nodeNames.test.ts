import fc from 'fast-check';
import { expect, it } from 'vitest';
import { briefNames, foldNames, ofEachNode, unfoldNames } from './nodeNames.ts';

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

it('a line of text has the first of very many ranges and how many nodes more', () => {
  expect(briefNames(['tpa-3', 'tpa-1', 'tpa-2', 'sws'])).toBe('tpa-[1-3] sws');
  expect(briefNames(['n1', 'n3', 'n4', 'n6', 'x'], 5, 2)).toBe('n[1,3-4] and 2 more');
  expect(briefNames(['n1', 'n2'], 1_002)).toBe('n[1-2] and 1,000 more');
  const odd = Array.from({ length: 5_000 }, (_, i) => `node-${2 * i + 1}`);
  expect(briefNames(odd)).toMatch(/^node-\[1,3,.*,31\] and 4,984 more$/);
});

it('what was told of one node is said of all that it is folded with', () => {
  const isNode = (word: string): boolean => ['tpa-002', 'tpa-003', 'r1n1.site'].includes(word);
  const told = (message: string): string => ofEachNode(message, isNode);
  expect(told('Package Install on tpa-002 did not end within 20 s')).toBe(
    'Package Install on each node did not end within 20 s',
  );
  expect(told('tpa-003 (192.0.2.3) does not answer')).toBe('each node does not answer');
  expect(told('/var/opt of r1n1.site is full.')).toBe('/var/opt of each node is full.');
  expect(told('tpa-002: rpm ended with 1')).toBe('rpm ended with 1');
  expect(told('nothing is begun on tpa-0021 (twice)')).toBe('nothing is begun on tpa-0021 (twice)');
});

it('folded names are read back, each once, and folded again they are the same text', () => {
  const name = fc
    .tuple(
      fc.constantFrom('tpa-', 'n', 'r1c', ''),
      fc.integer({ min: 0, max: 1_200 }),
      fc.constantFrom(0, 3, 4),
      fc.constantFrom('', '.site', '-b'),
    )
    .map(([before, number, width, after]) => `${before}${String(number).padStart(width, '0')}${after}`);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60 }), (names) => {
      const read = unfoldNames(foldNames(names), 60) ?? [];
      expect([...read].sort()).toEqual([...names].sort());
      expect(unfoldNames(foldNames(read), 60)).toEqual(read);
    }),
  );
});

it('a hundred thousand names that are no range are read as fast as they are many', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `n${i}-${(i * 7_919) % 977}x`);
  expect(unfoldNames(names.join(' '), 100_000)).toEqual(names);
});

it('names are written by hand too; more than are allowed, and a range that runs backwards, are none', () => {
  expect(unfoldNames('tpa-[1-2,4], sws,aws-1\n', 10)).toEqual(['tpa-1', 'tpa-2', 'tpa-4', 'sws', 'aws-1']);
  expect(unfoldNames('tpa-[1-999999999999]', 100_000)).toBeUndefined();
  expect(unfoldNames('a b [1-9]', 10)).toBeUndefined();
  expect(unfoldNames('tpa-[4-1]', 10)).toBeUndefined();
});
