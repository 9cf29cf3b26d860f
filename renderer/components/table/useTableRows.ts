import { useMemo } from 'react';
import { sortRows, type TextRanks } from './sortRows.ts';
import type { TableColumn } from './tableColumn.ts';

/** Rows that belong together, under a title. */
export interface RowGroup<Row> {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly rows: readonly Row[];
}

/** A line of a table: a row, or the title of a group. */
export type TableLine<Row> =
  { readonly group: Pick<RowGroup<Row>, 'key' | 'title' | 'note'> } | { readonly row: Row; readonly key: string };

/** Nothing is made for a line before it is asked for: a large table changes many times a second, and shows a few of its lines. */
export interface TableRows<Row> {
  readonly lineCount: number;
  readonly lineAt: (line: number) => TableLine<Row> | undefined;
  /** The rows as they are shown. */
  readonly rows: readonly Row[];
  readonly keys: () => readonly string[];
  /** Line of a row, by its key. */
  readonly lineOf: (key: string) => number | undefined;
}

/** By what a column is sorted by: of the time before. */
const ranksOf = new WeakMap<object, TextRanks>();

function sorted<Row>(rows: readonly Row[], valueOf: TableColumn<Row>['value'], descending: boolean): readonly Row[] {
  const made = sortRows(rows, valueOf, descending, ranksOf.get(valueOf));
  ranksOf.set(valueOf, made.ranks);
  return made.rows;
}

/** A group with the line of its title. */
interface PlacedGroup<Row> {
  readonly group: Pick<RowGroup<Row>, 'key' | 'title' | 'note'>;
  readonly line: number;
}

function placedGroups<Row>(groups: readonly RowGroup<Row>[]): readonly PlacedGroup<Row>[] {
  let line = 0;
  return groups.map(({ rows, ...group }) => {
    const placed = { group, line };
    line += 1 + rows.length;
    return placed;
  });
}

/** How many groups begin at the line or above. */
function groupsUpTo<Row>(placed: readonly PlacedGroup<Row>[], line: number): number {
  let [from, to] = [0, placed.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((placed[middle]?.line ?? 0) <= line) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The rows of all groups, each group sorted within itself. */
function rowsOfGroups<Row>(
  groups: readonly RowGroup<Row>[],
  rows: readonly Row[],
  sortedBy: TableColumn<Row> | undefined,
  descending: boolean,
): readonly Row[] {
  if (!sortedBy) return groups.flatMap((group) => group.rows);
  const groupOf = new Map<Row, number>();
  for (const [at, { rows: own }] of groups.entries()) for (const row of own) groupOf.set(row, at);
  const inGroups: Row[][] = groups.map(() => []);
  // All at once: what texts there are is found out once, and not for each group.
  for (const row of sorted(rows, sortedBy.value, descending)) inGroups[groupOf.get(row) ?? 0]?.push(row);
  return inGroups.flat();
}

/** The lines of a table in the order that a person chose, each group within itself. Without `groups` there are no titles. */
export function useTableRows<Row>(
  given: readonly Row[],
  groups: readonly RowGroup<Row>[] | undefined,
  keyOf: (row: Row) => string,
  sortedBy: TableColumn<Row> | undefined,
  descending: boolean,
): TableRows<Row> {
  return useMemo(() => {
    const placed = placedGroups(groups ?? []);
    const rows = groups
      ? rowsOfGroups(groups, given, sortedBy, descending)
      : sortedBy
        ? sorted(given, sortedBy.value, descending)
        : given;
    const lineAt = (line: number): TableLine<Row> | undefined => {
      const titles = groupsUpTo(placed, line);
      const last = placed[titles - 1];
      if (last?.line === line) return { group: last.group };
      const row = rows[line - titles];
      return row === undefined ? undefined : { row, key: keyOf(row) };
    };
    const lineOf = (key: string): number | undefined => {
      const at = rows.findIndex((row) => keyOf(row) === key);
      if (at === -1) return undefined;
      // Titles above it: each pushes it down, maybe below the next one.
      let titles = 0;
      while ((placed[titles]?.line ?? Infinity) <= at + titles) titles += 1;
      return at + titles;
    };
    let keys: readonly string[] | undefined;
    return {
      ...{ lineCount: rows.length + placed.length, lineAt, rows, lineOf },
      keys: () => (keys ??= rows.map(keyOf)),
    };
  }, [given, groups, keyOf, sortedBy, descending]);
}
