import { endOfFirst } from '../commandFirst.ts';
import type { NodeCommand } from '../NodePort.ts';
import { rpmLockScript } from '../rpmLock.ts';
import { shellWord, shellWords } from '../../../core/model/shellWords.ts';

/** A name that stands before a command as an assignment. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A command as a shell runs it, which goes on after it with its status; `input` is what it reads, as the shell names it. What comes before the command is done
 * by a subshell that becomes the command: no further shell is started for it, and a stop ends it with whatever it runs, so that nothing is begun after it.
 */
export function commandScript({ argv, env, first, rpmLockWaitMs }: NodeCommand, input?: string): string {
  const variables = Object.entries(env ?? {});
  const others = variables.filter(([name]) => !VARIABLE.test(name));
  const all = (words: readonly string[]): string =>
    shellWords(others.length > 0 ? ['env', ...others.map(([name, value]) => `${name}=${value}`), ...words] : words);
  const assigned = variables.flatMap(([name, value]) => (VARIABLE.test(name) ? [`${name}=${shellWord(value)}`] : []));
  const from = input === undefined ? '' : ` <${input}`;
  if (first === undefined && rpmLockWaitMs === undefined) return `${[...assigned, all(argv)].join(' ')}${from}`;
  return `(
${assigned.length > 0 ? `export ${assigned.join(' ')}\n` : ''}${
    first === undefined
      ? ''
      : // It may leave its last line without an end.
        `${all(first)}\ncode=$?\necho\necho "${endOfFirst('$code')}"\n`
  }${rpmLockWaitMs === undefined ? '' : rpmLockScript(rpmLockWaitMs)}exec ${all(argv)}${from}
)`;
}
