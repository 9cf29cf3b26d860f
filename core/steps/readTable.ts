import { csvText } from '../model/csv.ts';
import { PutError } from '../protocol/errors.ts';
import type { TableShape } from './tables.ts';

/** Rows of one request. */
export const TABLE_PAGE = 500;

/** One part of a table, as the master answers it. */
export interface TablePart {
  readonly total: number;
  readonly rows: readonly object[];
  readonly notes: readonly string[];
  readonly next?: number | undefined;
  readonly eventNumber: number;
}

/** A table, or its first rows. */
export interface ReadTable<Row> {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  /** Rows in all. */
  readonly total: number;
}

/** Rows that the master told, checked. @throws PutError message-invalid for a row of another form */
export function rowsOf<Row>(shape: TableShape<Row>, rows: readonly object[]): Row[] {
  return rows.map((row) => {
    const read = shape.row.safeParse(row);
    if (read.success) return read.data;
    const place = read.error.issues[0]?.path.join('.') ?? '';
    throw new PutError('message-invalid', `a row of the table is not understood at ${place}`, { place });
  });
}

/**
 * The table, or its first `most` rows, asked for part by part; undefined when a part was not answered. Where the job went on meanwhile it is read anew, at most three times:
 * the last one is taken as it came.
 */
export async function readTable<Row>(
  shape: TableShape<Row>,
  ask: (from: number, limit: number) => Promise<TablePart | undefined>,
  most = Number.POSITIVE_INFINITY,
): Promise<ReadTable<Row> | undefined> {
  for (let turn = 1; ; turn++) {
    const parts: TablePart[] = [];
    for (let from = 0; ;) {
      const part = await ask(from, Math.min(TABLE_PAGE, most - from));
      if (!part) return undefined;
      parts.push(part);
      // A peer that does not move on would be asked for ever.
      if (part.next === undefined || part.next <= from || part.next >= most) break;
      from = part.next;
    }
    const same = parts.every(({ eventNumber }) => eventNumber === parts[0]?.eventNumber);
    if (!same && turn < 3) continue;
    const { notes = [], total = 0 } = parts.at(-1) ?? {};
    return {
      rows: rowsOf(
        shape,
        parts.flatMap((part) => part.rows),
      ),
      notes,
      total,
    };
  }
}

/** Rows as CSV; undefined for a table that has no such form. */
export function tableCsv<Row>({ csv }: TableShape<Row>, rows: readonly Row[]): string | undefined {
  return (
    csv &&
    csvText(
      csv.columns,
      rows.flatMap((row) => csv.cells(row)),
    )
  );
}
