import { separated } from './separated.ts';

/** What was seen of a node, for where its name stands before it already. */
export function withoutNodeName(nodeId: string, message: string): string {
  const before = `${nodeId}: `;
  return message.startsWith(before) ? message.slice(before.length) : message;
}

/** A word that may be the name of a node, and what is told of its address behind it. */
const NAMED = /([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])( \([^)]*\))?/g;

/** What was seen of several nodes alike, by what was told of one of them: the line that names them all must not say that of one. */
export function ofEachNode(message: string, isNode: (word: string) => boolean): string {
  const [named = ''] = message.split(': ', 1);
  const rest = isNode(named) ? withoutNodeName(named, message) : message;
  return rest.replaceAll(NAMED, (whole, word: string) => (isNode(word) ? 'each node' : whole));
}

interface NumberedName {
  /** What stands before and after its last number, and how many digits that has where it begins with 0. */
  readonly around: string;
  readonly before: string;
  readonly after: string;
  readonly digits: string;
}

/** The last number of a name; names longer than 15 digits are not counted. */
function numbered(name: string): NumberedName | undefined {
  const found = /^(.*?)(\d{1,15})(\D*)$/s.exec(name);
  if (!found) return undefined;
  const [, before = '', digits = '', after = ''] = found;
  // tpa-09 and tpa-10 are neighbours, tpa-9 and tpa-010 are not.
  const width = digits.startsWith('0') ? digits.length : 0;
  return { around: `${before}\u0000${after}\u0000${width}`, before, after, digits };
}

/** Names of nodes in one short text, neighbours as ranges: `tpa-[01-32,40] aws-1`. Each name is in it once, in order. */
export function foldNames(names: readonly string[]): string {
  return familiesOf(names)
    .map(({ before, ranges, after }) => familyText(before, ranges, after))
    .join(' ');
}

/** Names and ranges that a line of text has at most. */
const BRIEF_RANGES = 16;

/**
 * The names for a line of text: as by `foldNames`, and of those that would make it a wall only the first, with how many more there are. `inAll`: how many
 * there are, where the names are only the first of them.
 */
export function briefNames(names: readonly string[], inAll = new Set(names).size, most = BRIEF_RANGES): string {
  const parts: string[] = [];
  let room = most;
  let named = 0;
  for (const { before, ranges, after } of familiesOf(names)) {
    if (room === 0) break;
    const shown = ranges.slice(0, room);
    room -= shown.length;
    named += shown.reduce((sum, { count }) => sum + count, 0);
    parts.push(familyText(before, shown, after));
  }
  const more = inAll - named;
  return more > 0 ? `${parts.join(' ')} and ${separated(more)} more` : parts.join(' ');
}

interface NumberRange {
  readonly first: string;
  last: string;
  count: number;
}

interface Family {
  readonly before: string;
  readonly after: string;
  /** Of a name without a number one, whose number is the name. */
  readonly ranges: readonly NumberRange[];
}

function familiesOf(names: readonly string[]): Family[] {
  const plain: Family[] = [];
  const families = new Map<string, NumberedName[]>();
  for (const name of [...new Set(names)].sort()) {
    const one = numbered(name);
    if (!one) {
      plain.push({ before: '', after: '', ranges: [{ first: name, last: name, count: 1 }] });
      continue;
    }
    // A number without leading zeros belongs to those of its width that have some.
    const padded = `${one.before}\u0000${one.after}\u0000${one.digits.length}`;
    const family = families.get(one.around) ?? families.get(padded);
    if (family) family.push(one);
    else families.set(one.around, [one]);
  }
  return [...[...families.values()].map(familyOf), ...plain];
}

function familyOf(family: readonly NumberedName[]): Family {
  const sorted = [...family].sort((a, b) => Number(a.digits) - Number(b.digits));
  const { before = '', after = '' } = sorted[0] ?? {};
  const ranges: NumberRange[] = [];
  for (const { digits } of sorted) {
    const range = ranges.at(-1);
    if (range && Number(digits) === Number(range.last) + 1) {
      range.last = digits;
      range.count += 1;
    } else ranges.push({ first: digits, last: digits, count: 1 });
  }
  return { before, after, ranges };
}

function familyText(before: string, ranges: readonly NumberRange[], after: string): string {
  const [only] = ranges;
  if (ranges.length === 1 && only?.count === 1) return `${before}${only.first}${after}`;
  const text = ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',');
  return `${before}[${text}]${after}`;
}

/** Names apart by spaces or commas; commas between brackets belong to ranges. */
const wordsOf = (text: string): string[] => text.match(/(?:\[[^[\]]*\]|[^\s,])+/g) ?? [];

/** The names of one word that `foldNames` makes; the word itself where it has no ranges. Undefined where they are more than `most`, or run backwards. */
function unfoldWord(word: string, most: number): string[] | undefined {
  const [, before, numbers, after] =
    /^([^[\]]*)\[(\d{1,15}(?:-\d{1,15})?(?:,\d{1,15}(?:-\d{1,15})?)*)\]([^[\]]*)$/.exec(word) ?? [];
  if (before === undefined || numbers === undefined || after === undefined) return [word];
  const names: string[] = [];
  for (const range of numbers.split(',')) {
    const [first = '', last = first] = range.split('-');
    const count = Number(last) - Number(first) + 1;
    if (count < 1 || names.length + count > most) return undefined;
    const width = first.startsWith('0') ? first.length : 0;
    for (let at = 0; at < count; at++)
      names.push(`${before}${String(Number(first) + at).padStart(width, '0')}${after}`);
  }
  return names;
}

/**
 * The opposite of `foldNames`: the names of a text such as `tpa-[01-32,40] aws-1`, in its order; undefined where they would be more than `most`, or a range
 * runs backwards.
 */
export function unfoldNames(text: string, most: number): string[] | undefined {
  const names: string[] = [];
  for (const word of wordsOf(text)) {
    const some = unfoldWord(word, most - names.length);
    if (!some || names.length + some.length > most) return undefined;
    for (const name of some) names.push(name);
  }
  return names;
}
