import { expect, it } from 'vitest';
import { csvText } from './csv.ts';
import { createRandom } from '../testing/random.ts';

/** Reads what RFC 4180 writes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  expect(cell.lastIndex === 0 || row.length === 0).toBe(true);
  return rows;
}

it('quotes what RFC 4180 asks to be quoted, and leaves the rest as it is', () => {
  expect(
    csvText(
      ['node', 'text'],
      [
        ['n1', 'a,b'],
        ['n2', 'say "x"\nand y'],
        ['n3', undefined],
        ['n4', true],
      ],
    ),
  ).toBe('node,text\r\nn1,"a,b"\r\nn2,"say ""x""\nand y"\r\nn3,\r\nn4,true\r\n');
});

it('makes no formula of what a node said; numbers stay numbers', () => {
  const cells = ['=cmd|calc', '+1', '-2', '@SUM(A1)', '\tx', '\r=x'];
  const rows = parseCsv(
    csvText(
      ['a'],
      cells.map((text) => [text]),
    ),
  );
  expect(rows.slice(1).map(([cell]) => cell)).toEqual(cells.map((text) => `'${text}`));
  expect(csvText(['a'], [[-2]])).toBe('a\r\n-2\r\n');
});

it('whatever stands in the cells, they are read back as they were', () => {
  const random = createRandom(4180);
  const signs = ['a', ',', '"', '\r', '\n', '\r\n', ' ', 'ü', '=', '7'];
  for (let round = 0; round < 300; round++) {
    const width = 1 + Math.floor(random() * 4);
    const table = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      Array.from({ length: width }, () =>
        Array.from({ length: Math.floor(random() * 6) }, () => signs[Math.floor(random() * signs.length)]).join(''),
      ),
    );
    const [head = [], ...rows] = table;
    const read = parseCsv(csvText(head, rows));
    expect(read).toEqual(table.map((row) => row.map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))));
  }
});
