import { readFile, stat } from 'node:fs/promises';
import { unreadable } from '../core/node/fileSource.ts';
import { PutError } from '../core/protocol/errors.ts';
import { someNodes } from './jobText.ts';
import { splitList } from './target.ts';

export const NODES_HELP =
  'by name, by pattern (tpa-*, tpa-00?, tpa-[001-180] as it is printed), or @FILE with a name or pattern a line';

/** Files of names larger than this are refused unread: 100,000 names fit. */
const NAMES_BYTES = 8 * 1024 * 1024;

async function namesOfFile(path: string): Promise<string[]> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > NAMES_BYTES)
      throw new PutError('file-unreadable', `@${path}: larger than ${NAMES_BYTES} bytes`, { path });
    text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unreadable(`@${path}`, error);
  }
  const names = text
    .split(/\r?\n/)
    .flatMap((line) => splitList(line.replace(/#.*$/, '')))
    .flatMap(wordsOf);
  if (names.length === 0) throw new PutError('usage', `@${path} names no node`, { path });
  return names;
}

const isPattern = (name: string): boolean => /[*?[\]]/.test(name);

/** Names that a line of text has beside each other, as ranges are printed: `hsn-001 tpa-[001-004]`. */
const wordsOf = (names: string): string[] => names.split(/\s+/).filter((name) => name !== '');

/** What stands between brackets, where it is ranges of numbers and not signs: `001-180`, `08-10,12`; not `1-4`, which is the same either way. */
const NUMBER_RANGES = /^\[(?=.*\d\d)(?=.*[-,])(\d{1,15}(?:-\d{1,15})?(?:,\d{1,15}(?:-\d{1,15})?)*)\]$/;

interface DigitRange {
  readonly first: string;
  readonly last: string;
}

function rangesIn(numbers: string): DigitRange[] {
  return numbers.split(',').map((range) => {
    const [first = '', last = first] = range.split('-');
    if (Number(last) < Number(first)) throw new RangeError('a range ends before it begins');
    return { first, last };
  });
}

/** Whether a number of a name is in one of the ranges, of their digits: 001 is in 001-180, 1 is not. */
function isInRanges(digits: string, ranges: readonly DigitRange[]): boolean {
  return ranges.some(({ first, last }) => {
    const isWide = digits.startsWith('0') ? digits.length === first.length : digits.length >= first.length;
    return isWide && Number(first) <= Number(digits) && Number(digits) <= Number(last);
  });
}

/** `*` any signs, `?` one, `[abc]` or `[1-4]` one of these, `[001-180]` or `[08-10,12]` a number of these; the whole name. */
function fits(pattern: string): (nodeId: string) => boolean {
  const numbers: DigitRange[][] = [];
  const sourceOf = (part: string): string => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    const [, ranges] = NUMBER_RANGES.exec(part) ?? [];
    if (ranges !== undefined) {
      numbers.push(rangesIn(ranges));
      return String.raw`(?<!\d)(\d+)(?!\d)`;
    }
    if (part.length > 1) return `[${part.slice(1, -1).replace(/[\\^\]]/g, '\\$&')}]`;
    return part.replace(/[\\^$.|+(){}[\]]/g, '\\$&');
  };
  try {
    const expression = new RegExp(`^${pattern.replace(/\[[^\]]*\]|[\s\S]/g, sourceOf)}$`, 'u');
    return (nodeId) => {
      const found = expression.exec(nodeId);
      return found !== null && numbers.every((ranges, at) => isInRanges(found[at + 1] ?? '', ranges));
    };
  } catch (error) {
    throw new PutError(
      'usage',
      `${pattern} is not a pattern of node names: * any signs, ? one, [1-4] one of these, [001-180] a number of these`,
      { pattern },
      { cause: error },
    );
  }
}

/**
 * Names of the nodes that a person means, each once, in the order given. Plain names are left as they are, for the master to judge;
 * `known` is asked only where there is a pattern.
 * @throws PutError file-unreadable, usage, or node-unknown for a pattern that no node fits
 */
export async function nodesMeant(
  given: readonly string[],
  known: () => Promise<readonly string[]> | readonly string[],
): Promise<string[]> {
  const named: string[] = [];
  for (const one of given.flatMap(splitList))
    named.push(...(one.startsWith('@') ? await namesOfFile(one.slice(1)) : wordsOf(one)));
  if (!named.some(isPattern)) return [...new Set(named)];
  const all = await known();
  const meant = named.flatMap((one) => {
    if (!isPattern(one)) return [one];
    const fitting = all.filter(fits(one));
    if (fitting.length > 0) return fitting;
    throw new PutError('node-unknown', `no node fits ${one}; there are ${someNodes(all)}`, { pattern: one });
  });
  return [...new Set(meant)];
}
