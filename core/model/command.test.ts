import { expect, it } from 'vitest';
import { commandSchema, commandText, exitCodesText, exitMeaning, parseExitCodes, shellCommand } from './command.ts';

it('reads and writes exit codes', () => {
  expect(parseExitCodes('0')).toEqual([0]);
  expect(parseExitCodes(' 3-5, 0,4 ')).toEqual([0, 3, 4, 5]);
  expect(parseExitCodes('')).toEqual([]);
  for (const wrong of ['x', '5-3', '256', '1-', '-1', '1;2']) expect(parseExitCodes(wrong)).toBeUndefined();
  expect(exitCodesText([5, 0, 4, 3, 9])).toBe('0, 3-5, 9');
  expect(exitMeaning({ okCodes: [0], warnedCodes: [1] })).toBe(
    'Exit code 0: success. 1: a warning. Any other, or a signal: failed.',
  );
});

it('shows a command as it would be typed', () => {
  expect(commandText(shellCommand('ps ax | wc -l'))).toBe('ps ax | wc -l');
  expect(commandText(['rpm', '-q', "it's", ''])).toBe(String.raw`rpm -q 'it'\''s' ''`);
});

it('refuses what is no command, and a code with two meanings', () => {
  const usual = { argv: ['uname'], deadlineMs: 60_000, okCodes: [0], warnedCodes: [1] };
  const why = (change: object): string | undefined =>
    commandSchema.safeParse({ ...usual, ...change }).error?.issues[0]?.message;
  expect(why({})).toBeUndefined();
  expect(why({ argv: [] })).toBe('no command is given');
  expect(why({ argv: shellCommand('  ') })).toBe('no command is given');
  expect(why({ argv: ['a\0b'] })).toBe('a command holds no NUL');
  expect(why({ argv: ['x'.repeat(20_000)] })).toContain('belong in a file');
  expect(why({ warnedCodes: [0] })).toContain('cannot mean success and a warning');
  expect(why({ deadlineMs: 0 })).toBeDefined();
});
