import { expect, it } from 'vitest';
import { briefNames, foldNames, ofEachNode } from './nodeNames.ts';

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
