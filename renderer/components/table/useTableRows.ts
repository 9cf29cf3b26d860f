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
  readonly lineOf: ReadonlyMap<string, number>;
}

/** By what a column is sorted by: of the time before. */
const ranksOf = new WeakMap<object, TextRanks>();

function sorted<Row>(rows: readonly Row[], valueOf: TableColumn<Row>['value'], descending: boolean): readonly Row[] {
  const made = sortRows(rows, valueOf, descending, ranksOf.get(valueOf));
  ranksOf.set(valueOf, made.ranks);
  return made.rows;
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
    const lineOf = new Map<string, number>();
    const add = (list: readonly Row[]): void => {
      for (const row of list) {
        const key = keyOf(row);
        lineOf.set(key, lines.length);
        lines.push({ row, key });
        shown.push(row);
        keys.push(key);
      }
    };
    if (!groups) add(sortedBy ? sorted(rows, sortedBy.value, descending) : rows);
    else {
      const groupOf = new Map(groups.flatMap(({ rows: own }, at) => own.map((row) => [row, at] as const)));
      const inGroups: Row[][] = groups.map(() => []);
      // All at once: what texts there are is found out once, and not for each group.
      if (sortedBy)
        for (const row of sorted([...groupOf.keys()], sortedBy.value, descending))
          inGroups[groupOf.get(row) ?? 0]?.push(row);
      for (const [at, { rows: own, ...group }] of groups.entries()) {
        lines.push({ group });
        add(sortedBy ? (inGroups[at] ?? []) : own);
      }
    }
    return { lines, rows: shown, keys, lineOf };
  }, [rows, groups, keyOf, sortedBy, descending]);
}
