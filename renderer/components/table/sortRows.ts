import type { CsvValue } from '../../../core/model/csv.ts';
import { byName } from '../format.ts';

/** Places of texts among each other, in natural order. */
export type TextRanks = ReadonlyMap<string, number>;

const NO_RANKS: TextRanks = new Map();

/**
 * The rows by a value, in a new list; rows of equal values keep their order, those without one come last. Comparing texts is what takes time, and a table that
 * changes many times a second has the same ones again: `ranks` of the time before are used while they know every text.
 */
export function sortRows<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => CsvValue,
  descending: boolean,
  ranks: TextRanks = NO_RANKS,
): { readonly rows: Row[]; readonly ranks: TextRanks } {
  const values = rows.map(valueOf);
  const texts = values.filter((value) => typeof value === 'string');
  const known = texts.every((text) => ranks.has(text)) ? ranks : rankTexts(texts);
  const keys = new Float64Array(values.length);
  for (const [i, value] of values.entries()) keys[i] = keyOf(value, known);
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i += 1) order[i] = i;
  const sign = descending ? -1 : 1;
  order.sort((a, b) => {
    const left = keys[a] as number;
    const right = keys[b] as number;
    if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return a - b;
    if (Number.isNaN(left)) return 1;
    if (Number.isNaN(right)) return -1;
    return sign * (left - right);
  });
  return { rows: Array.from(order, (at) => rows[at] as Row), ranks: known };
}

function rankTexts(texts: readonly string[]): TextRanks {
  const ranks = new Map<string, number>();
  let rank = -1;
  let before: string | undefined;
  for (const text of [...new Set(texts)].sort(byName)) {
    if (before === undefined || byName(before, text) !== 0) rank += 1;
    ranks.set(text, rank);
    before = text;
  }
  return ranks;
}

/** Numbers before texts; not a number: without a value. */
function keyOf(value: CsvValue, ranks: TextRanks): number {
  if (value === undefined || value === '') return NaN;
  return typeof value === 'string' ? Number.MAX_SAFE_INTEGER / 2 + (ranks.get(value) ?? 0) : Number(value);
}
