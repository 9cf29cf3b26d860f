import { shellCommands, type ShellCommand } from './shellCommands.ts';

/** Words at which a block of commands begins and ends. */
const OPENING: ReadonlySet<string> = new Set(['if', 'case', 'for', 'while', 'until', 'select', '{', 'function']);
const CLOSING: Readonly<Record<string, readonly string[]>> = {
  fi: ['if'],
  esac: ['case'],
  done: ['for', 'while', 'until', 'select'],
  '}': ['{', 'function'],
};
/** Words that may stand before the name of a command. */
const LEADING: ReadonlySet<string> = new Set([
  ...['if', 'while', 'until', 'then', 'else', 'elif', 'do', '{', '!', 'time', 'command', 'builtin'],
]);
/** Commands after which nobody knows from the text alone what the script ends with. */
const OPEN_ENDED: ReadonlySet<string> = new Set(['eval', '.', 'source', 'exec', 'trap', 'return', 'kill', 'alias']);

/**
 * Whether a scriptlet would fail, from its text: practice nodes never run the scripts of a package. Only what is certain counts: an
 * `exit` with a number that is not 0 (of 256), or a `false` under `set -e` or at the end, that no condition, block, pipe or earlier
 * exit can keep from being reached. Everything else passes.
 */
export function scriptletFails(text: string): boolean {
  const commands = shellCommands(text);
  if (!commands) return false;
  const blocks: string[] = [];
  let stopsOnError = false;
  let lastIsFalse = false;
  for (const command of commands) {
    const words = withoutRedirects(command.words);
    const start = words.findIndex((word) => !LEADING.has(word) && !/^\w+=/.test(word));
    const [first, ...rest] = start < 0 ? [] : words.slice(start);
    const plain = blocks.length === 0 && isPlain(command) && start === 0;
    if (first !== undefined && (first === 'exit' || OPEN_ENDED.has(first)) && !(plain && first === 'exit'))
      return false;
    if (plain && first === 'exit') return exitFails(rest, lastIsFalse);
    if (plain && first === 'set') stopsOnError = afterSet(rest, stopsOnError);
    const isFalse = plain && first === 'false' && rest.length === 0;
    if (isFalse && stopsOnError) return true;
    if (first !== undefined) lastIsFalse = isFalse;
    followBlocks(blocks, words, start, command.after);
  }
  return lastIsFalse && blocks.length === 0;
}

/** True where the command runs for certain and its own status is the one that counts. */
function isPlain({ before, after }: ShellCommand): boolean {
  return ['\n', ';'].includes(before) && ['\n', ';'].includes(after);
}

function withoutRedirects(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (/^\d*(?:[<>]|>>|<>|>\|)$/.test(word)) i += 1;
    else if (!/^\d*[<>]/.test(word)) kept.push(word);
  }
  return kept;
}

function exitFails([code, ...more]: readonly string[], lastIsFalse: boolean): boolean {
  if (code === undefined) return lastIsFalse;
  const digits = /^(["']?)(\d{1,9})\1$/.exec(code)?.[2];
  return more.length === 0 && digits !== undefined && Number(digits) % 256 !== 0;
}

function afterSet(words: readonly string[], before: boolean): boolean {
  let stopsOnError = before;
  for (const [i, word] of words.entries()) {
    const named = /^[-+][a-z]*o$/.test(word) && words[i + 1] === 'errexit';
    if (named || /^[-+][a-z]*e/.test(word)) stopsOnError = word.startsWith('-');
  }
  return stopsOnError;
}

/** Keeps the open blocks. Words of `words` before `start` lead a command; the one at `start` is its name. */
function followBlocks(blocks: string[], words: readonly string[], start: number, after: string): void {
  const heads = start < 0 ? words : words.slice(0, start + 1);
  for (const word of heads) {
    if (OPENING.has(word)) blocks.push(word);
    else if (CLOSING[word]?.includes(blocks.at(-1) ?? '')) blocks.pop();
  }
  if (after === '(') blocks.push('(');
  // The bracket after a pattern of `case` closes nothing.
  if (after === ')' && blocks.at(-1) === '(') blocks.pop();
}
