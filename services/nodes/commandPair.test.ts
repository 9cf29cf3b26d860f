import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { isEndOfFirst, oneAfterOther, pairOf } from './commandPair.ts';

const first = [
  'sh',
  '-c',
  'printf "<%s>" "$@"; echo; exit 3',
  'x',
  ...Array.from({ length: 9 }, (_, i) => `a ${i}"$'`),
];
const second = ['sh', '-c', 'echo "$0 $V"; exit 4', "b 'c"] as const;
const pair = oneAfterOther(first, { argv: [...second], env: { V: 'v' } });

it('runs both commands with their words as they are, tells the end of the first and ends as the second', () => {
  const [program, ...words] = pair.argv;
  const { stdout, status } = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, ...pair.env } });
  const [said = '', end = '', last] = stdout.split('\n').filter((line) => line !== '');
  expect(said).toBe(
    first
      .slice(4)
      .map((word) => `<${word}>`)
      .join(''),
  );
  expect(end).toBe('put-pair: ended with 3');
  expect(isEndOfFirst(end)).toBe(true);
  expect([last, status]).toEqual(["b 'c v", 4]);
});

it('is known again by its words, and nothing else is', () => {
  expect(pairOf(pair.argv)).toEqual({ first, second });
  expect(pairOf(second)).toBeUndefined();
});

it('tells the end of the first on a line of its own, whatever that one left without an end of line', () => {
  const [program, ...words] = oneAfterOther(['printf', '/spool/a.rpm:'], { argv: ['true'] }).argv;
  const lines = spawnSync(program, words, { encoding: 'utf8' }).stdout.split('\n');
  expect(lines.filter(isEndOfFirst)).toEqual(['put-pair: ended with 0']);
});
