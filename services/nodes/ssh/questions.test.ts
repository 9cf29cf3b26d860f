import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { NodeFault } from './nodeTrouble.ts';
import { answersOf, Questions, questionScript, scriptOf, type Question } from './questions.ts';

const of = (name: string, more: Partial<Question<string>> = {}): Question<string> => ({
  ...{ deadlineMs: 1_000, parts: (files) => ({ [name]: `put_add "${name} ${files.join(' ')}"` }) },
  read: (answers) => answers.get(name)?.trim() ?? 'nothing',
  ...more,
});
const sh = (script: string): string => spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout;

it('asks what comes at the same moment by one script, and what comes later by another', async () => {
  const scripts: string[] = [];
  const questions = new Questions((script, _until, deadlineMs) => {
    scripts.push(`${deadlineMs}`);
    return Promise.resolve(sh(script));
  });
  const [one, other] = [new AbortController().signal, new AbortController().signal];
  const asked = [
    questions.ask(of('a'), one, one),
    questions.ask(of('b', { deadlineMs: 2_000 }), one, one),
    questions.ask(of('c'), other, other),
  ];
  expect(await Promise.all(asked)).toEqual(['a', 'b', 'c']);
  expect(scripts).toEqual(['2000', '1000']);
  expect(await questions.ask(of('d'), one, one)).toBe('d');
  expect(scripts).toHaveLength(3);
});

it('tells each who asks what is wrong with its own question alone, and all of them where none was answered', async () => {
  const lost = new NodeFault('unreachable', 'node-timeout', 'late');
  let isLost = false;
  const questions = new Questions((script) => (isLost ? Promise.reject(lost) : Promise.resolve(sh(script))));
  const { signal } = new AbortController();
  const refused = of('a', {
    read: () => {
      throw new NodeFault('refused', 'rpm-missing', 'no rpm');
    },
  });
  const ask = async (): Promise<unknown[]> => {
    const asked = [questions.ask(refused, signal, signal), questions.ask(of('b'), signal, signal)];
    return (await Promise.allSettled(asked)).map((one) => (one.status === 'fulfilled' ? one.value : one.reason));
  };
  expect(await ask()).toEqual([expect.objectContaining({ message: 'no rpm' }), 'b']);
  isLost = true;
  expect(await ask()).toEqual([lost, lost]);
});

it('has the files of all looked at by whoever looks anyway, and otherwise by a program of its own', () => {
  const files = of('files', { files: ["'/etc/hostname'"], parts: () => ({ files: 'put_add "$put_files"' }) });
  const looks = of('rpm', { looks: true, parts: (more) => ({ rpm: `put_files="seen ${more.join(' ')}"` }) });
  const answers = (...questions: readonly Question<string>[]): ReadonlyMap<string, string> =>
    answersOf(sh(scriptOf(questions, '@m')), '@m');
  expect(answers(files, looks).get('files')).toBe("seen '/etc/hostname'\n");
  expect(answers(files).get('files')).toMatch(/^\d+:\d+:\d+:.* \/etc\/hostname\n$/);
});

it('answers in one piece, with what programs say in its place', () => {
  const text = sh(
    questionScript({ a: 'put_add one\nput_flush\necho two >&2\nput_add "% three"', b: 'put_add four' }, '@m'),
  );
  const answers = answersOf(text, '@m');
  expect(answers.get('a')).toBe('one\ntwo\n% three\n');
  expect([...answers.keys()].slice(0, 2)).toEqual(['a', 'b']);
});
