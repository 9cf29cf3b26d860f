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

export interface TableRows<Row> {
  readonly lines: readonly TableLine<Row>[];
  /** The rows as they are shown. */
  readonly rows: readonly Row[];
  readonly keys: readonly string[];
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

/** Most drawings ask for no line, so that the first question makes the list. */
function lineFinder<Row>(lines: readonly TableLine<Row>[]): (key: string) => number | undefined {
  let found: Map<string, number> | undefined;
  return (key) => {
    found ??= new Map(lines.flatMap((line, at) => ('row' in line ? [[line.key, at] as const] : [])));
    return found.get(key);
  };
}

/** The lines of a table in the order that a person chose, each group within itself. Without `groups` there are no titles. */
export function useTableRows<Row>(
  rows: readonly Row[],
  groups: readonly RowGroup<Row>[] | undefined,
  keyOf: (row: Row) => string,
  sortedBy: TableColumn<Row> | undefined,
  descending: boolean,
): TableRows<Row> {
  return useMemo(() => {
    const lines: TableLine<Row>[] = [];
    const shown: Row[] = [];
    const keys: string[] = [];
    const add = (list: readonly Row[]): void => {
      for (const row of list) {
        const key = keyOf(row);
        lines.push({ row, key });
        shown.push(row);
        keys.push(key);
      }
    };
    if (!groups) add(sortedBy ? sorted(rows, sortedBy.value, descending) : rows);
    else {
      const inGroups: Row[][] = groups.map(() => []);
      if (sortedBy) {
        const groupOf = new Map<Row, number>();
        for (const [at, { rows: own }] of groups.entries()) for (const row of own) groupOf.set(row, at);
        // All at once: what texts there are is found out once, and not for each group.
        for (const row of sorted(rows, sortedBy.value, descending)) inGroups[groupOf.get(row) ?? 0]?.push(row);
      }
      for (const [at, { rows: own, ...group }] of groups.entries()) {
        lines.push({ group });
        add(sortedBy ? (inGroups[at] ?? []) : own);
      }
    }
    return { lines, rows: shown, keys, lineOf: lineFinder(lines) };
  }, [rows, groups, keyOf, sortedBy, descending]);
}
