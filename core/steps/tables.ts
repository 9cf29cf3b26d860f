import type { z } from 'zod';
import { nodeOutputSchema, OUTPUT_COLUMNS, outputCells, outputGroupSchema } from '../model/commandOutput.ts';
import type { CsvValue } from '../model/csv.ts';
import { VERSION_COLUMNS, versionCells, versionRowSchema } from '../model/versionTable.ts';

/** What all sides know of a table that steps of a kind have: services make its rows, windows and putctl show them or save them as CSV. */
export interface TableShape<Row> {
  /** A row; members of newer software are passed over. */
  readonly row: z.ZodType<Row>;
  /** The table as one that leaves the program; absent where another table of the kind says the same by node. */
  readonly csv?: { readonly columns: readonly string[]; cells(row: Row): readonly (readonly CsvValue[])[] } | undefined;
}

/** A table of any rows. */
type AnyTable = Pick<TableShape<unknown>, 'row'> & { readonly csv?: TableShape<never>['csv'] };

function table<Row>(shape: TableShape<Row>): TableShape<Row> {
  return shape;
}

const versionsCsv = { columns: VERSION_COLUMNS, cells: versionCells };

/** Tables by step kind and name. A kind that is named here without its rows in the services does not compile. */
export const STEP_TABLES = {
  facts: {
    /** Packages that differ between nodes of one type. */
    differences: table({ row: versionRowSchema, csv: versionsCsv }),
    /** Every package. */
    versions: table({ row: versionRowSchema, csv: versionsCsv }),
  },
  'run-command': {
    /** Nodes with equal outputs in one row. */
    outputs: table({ row: outputGroupSchema }),
    /** One row a node. */
    nodes: table({
      row: nodeOutputSchema,
      csv: { columns: OUTPUT_COLUMNS, cells: (row) => [outputCells(row)] },
    }),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, AnyTable>>>>;

export type KindWithTables = keyof typeof STEP_TABLES;
/** Names of the tables of a kind. */
export type TableName<K extends KindWithTables> = keyof (typeof STEP_TABLES)[K] & string;
/** A row of a table. */
export type RowOf<K extends KindWithTables, T extends TableName<K>> =
  (typeof STEP_TABLES)[K][T] extends TableShape<infer Row> ? Row : never;
