import { csvText } from '../../../core/model/csv.ts';
import { exportedValues, type TableColumn } from './tableColumn.ts';

export type TableFormat = 'csv' | 'json' | 'tabs';

const leaves = <Row>(columns: readonly TableColumn<Row>[]): readonly TableColumn<Row>[] =>
  columns.filter(({ kind }) => kind !== 'buttons');

/** The rows as text: CSV and JSON for files, tabs for the clipboard (spreadsheets take them as cells). */
export function tableText<Row>(all: readonly TableColumn<Row>[], rows: readonly Row[], format: TableFormat): string {
  const columns = leaves(all);
  const values = rows.map((row) => exportedValues(columns, row));
  switch (format) {
    case 'csv':
      return csvText(
        columns.map(({ title }) => title),
        values,
      );
    case 'json': {
      const objects = values.map((line) => Object.fromEntries(columns.map(({ id }, i) => [id, line[i]])));
      return `${JSON.stringify(objects, undefined, 2)}\n`;
    }
    case 'tabs':
      return [columns.map(({ title }) => title), ...values]
        .map((line) => line.map((value) => String(value ?? '').replaceAll(/[\t\r\n]+/g, ' ')).join('\t'))
        .join('\n');
  }
}
