import { expect, it } from 'vitest';
import type { TableColumn } from './tableColumn.ts';
import { tableText } from './tableText.ts';

interface Row {
  readonly name: string;
  readonly atMs?: number;
}
const columns: TableColumn<Row>[] = [
  { id: 'name', title: 'Name', value: ({ name }) => name, widthPx: 100 },
  {
    ...{ id: 'at', title: 'Time', kind: 'number', widthPx: 100 },
    value: ({ atMs }) => atMs,
    exported: ({ atMs }) => (atMs === undefined ? undefined : new Date(atMs).toISOString()),
  },
  { id: 'buttons', title: '', kind: 'buttons', value: () => 'never', widthPx: 50 },
];
const rows: Row[] = [{ name: '=tpa "1"', atMs: 0 }, { name: 'two\tlines\nof text' }];

it('leaves without its buttons, as it was chosen, and harmless in a spreadsheet', () => {
  expect(tableText(columns, rows, 'csv')).toBe(
    'Name,Time\r\n"\'=tpa ""1""",1970-01-01T00:00:00.000Z\r\n"two\tlines\nof text",\r\n',
  );
  expect(JSON.parse(tableText(columns, rows, 'json'))).toEqual([
    { name: '=tpa "1"', at: '1970-01-01T00:00:00.000Z' },
    { name: 'two\tlines\nof text' },
  ]);
  expect(tableText(columns, rows, 'tabs')).toBe('Name\tTime\n=tpa "1"\t1970-01-01T00:00:00.000Z\ntwo lines of text\t');
});
