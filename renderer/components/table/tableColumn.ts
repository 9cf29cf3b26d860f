import type { ReactNode } from 'react';
import type { CsvValue } from '../../../core/model/csv.ts';

/** A column of a table: what it is sorted by, what it shows, and what leaves the program. */
export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** What rows are sorted by; one that is undefined comes last either way. */
  readonly value: (row: Row) => CsvValue;
  /** What the cell shows; without it the value as text, numbers by locale. `selected`: the row is marked, or chosen. */
  readonly show?: ((row: Row, selected: boolean) => ReactNode) | undefined;
  /** What it shows keeps nothing of its own and is the same for the same row, so that its elements are used for another row when the table is scrolled. */
  readonly stateless?: true | undefined;
  /** What is copied and saved where that is not the value: times as text, several values in one. */
  readonly exported?: ((row: Row) => CsvValue) | undefined;
  /** Numbers stand at the right; buttons are not sorted, copied, saved, or left out. */
  readonly kind?: 'text' | 'number' | 'name' | 'buttons' | undefined;
  readonly widthPx: number;
  /** Takes the room that the others leave. */
  readonly grows?: true | undefined;
  /** Does not yield in a narrow window: versions, which their last signs tell apart. */
  readonly holds?: true | undefined;
  /** Secondary: left out where the room is short, lowest first, before any name is cut. The table's menu brings it back. */
  readonly folds?: number | undefined;
  /** Shown once a person chose it. */
  readonly offAtFirst?: true | undefined;
}

/** How a person has a table: kept between starts. */
export interface TablePreferences {
  readonly sortBy?: string | undefined;
  readonly descending?: boolean | undefined;
  /** Columns that are not as at first: true shows one that is off at first, false leaves one out. */
  readonly shown?: Readonly<Record<string, boolean>> | undefined;
  /** By column id. */
  readonly widthsPx?: Readonly<Record<string, number>> | undefined;
}

export const NO_TABLE_PREFERENCES: TablePreferences = {};

export { formatCount, roomOf } from '../format.ts';

/** Values of one row that leave the program, in the order of the columns. */
export function exportedValues<Row>(columns: readonly TableColumn<Row>[], row: Row): CsvValue[] {
  return columns.map((column) => (column.exported ?? column.value)(row));
}
