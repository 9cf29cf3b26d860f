import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { isEndOfFirst } from '../commandFirst.ts';
import type { NodeCommand } from '../NodePort.ts';
import { commandScript } from './commandScript.ts';

const SIGNS = `a "'$V' \\ b`;

function run(command: NodeCommand, input?: string): { lines: string[]; errors: string } {
  const script = `${commandScript(command, input)}\necho "status $?"`;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  return { lines: stdout.split('\n').filter((line) => line !== ''), errors: stderr };
}

it('is run with its words as they are, its variables and its input, and the shell goes on with its status', () => {
  const argv = ['sh', '-c', 'printf "<%s>" "$V" "$@"; echo; cat; exit 4', 'x', SIGNS, ''] as const;
  const env = { V: SIGNS };
  const wanted = [`<${SIGNS}><${SIGNS}><>`, 'status 4'];
  expect(run({ argv, env }, '/dev/null').lines).toEqual(wanted);
  expect(run({ argv, env, rpmLockWaitMs: 1 }, '/dev/null').lines).toEqual(wanted);
  // No shell has a variable of such a name.
  expect(run({ argv: ['env'], env: { ...env, 'a.b': SIGNS } }).lines).toEqual(
    expect.arrayContaining([`V=${SIGNS}`, `a.b=${SIGNS}`]),
  );
});

it('runs another command before it with the same variables, tells its end on a line of its own, and ends as the second', () => {
  const words = Array.from({ length: 9 }, (_, i) => `${i}${SIGNS}`);
  const first = ['sh', '-c', 'printf "<%s>" "$V" "$@"; exit 3', 'x', ...words] as const;
  const { lines } = run({ argv: ['sh', '-c', 'echo "$V"; exit 4'], env: { V: 'v' }, first, rpmLockWaitMs: 1 });
  const said = ['v', ...words].map((word) => `<${word}>`).join('');
  expect(lines).toEqual([said, 'put-pair: ended with 3', 'v', 'status 4']);
  expect(lines.filter(isEndOfFirst)).toEqual(['put-pair: ended with 3']);
});

it('goes on where a command cannot be run', () => {
  expect(run({ argv: ['/no/such'], rpmLockWaitMs: 1, first: ['/no/such'] }).lines).toEqual([
    'put-pair: ended with 127',
    'status 127',
  ]);
});
