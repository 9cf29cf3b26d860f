import type { TablePreferences } from '../components/table/tableColumn.ts';

/** Tables and columns that are kept at most; the windows have far fewer. */
const MOST_KEPT = 100;

type Unchecked = Record<string, unknown>;
const recordOf = (value: unknown): Unchecked =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Unchecked) : {};

function only<T>(value: unknown, is: (one: unknown) => one is T): Record<string, T> | undefined {
  const kept = Object.entries(recordOf(value)).filter((entry): entry is [string, T] => is(entry[1]));
  return kept.length === 0 ? undefined : Object.fromEntries(kept.slice(0, MOST_KEPT));
}

const isWidth = (value: unknown): value is number => typeof value === 'number' && value >= 20 && value <= 4000;
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

/** How tables were left, read from storage; what is not understood is as at first. */
export function checkedTables(stored: unknown): Record<string, TablePreferences> {
  return Object.fromEntries(
    Object.entries(recordOf(stored))
      .slice(0, MOST_KEPT)
      .map(([id, one]): [string, TablePreferences] => {
        const { sortBy, descending, shown, widthsPx } = recordOf(one);
        return [
          id,
          {
            ...(typeof sortBy === 'string' ? { sortBy, descending: descending === true } : {}),
            shown: only(shown, isBoolean),
            widthsPx: only(widthsPx, isWidth),
          },
        ];
      }),
  );
}
