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
  return { rows: Array.from(orderOf(keys, descending), (at) => rows[at % rows.length] as Row), ranks: known };
}

/**
 * A number for each key, in order, whose rest by the number of keys is the index of the key; equal ones by index, not a number last. Numbers are sorted without
 * calling back for each two of them: a third of the time, many times a second.
 */
function orderOf(keys: Float64Array, descending: boolean): Float64Array {
  const distinct = new Float64Array(new Set(keys)).sort();
  const places = new Map<number, number>();
  for (const [at, key] of distinct.entries())
    places.set(key, Number.isNaN(key) ? distinct.length : descending ? distinct.length - 1 - at : at);
  const order = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i += 1) order[i] = (places.get(keys[i] as number) ?? 0) * keys.length + i;
  return order.sort();
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
