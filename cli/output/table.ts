import { printable } from '../../core/model/strangerText.ts';

/** A column: its title, which side its cells stand on, and whether it gives way on a narrow terminal. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly shrinks?: boolean;
}

const GAP = '  ';
const LEAST_SHRUNK = 12;

/** Places that a text takes, counting each sign as one. */
export function widthOf(text: string): number {
  let width = 0;
  for (const _ of text) width++;
  return width;
}

function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${[...text].slice(0, Math.max(0, width - 1)).join('')}\u2026`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? fill + text : text + fill;
}

/**
 * Aligned lines, one a row, under a line of titles. With `columns` (the terminal's width) the shrinking columns are cut so
 * that a row fits. Cells are made printable; no line ends in blanks.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { columns?: number | undefined } = {},
): string {
  const cells = rows.map((row) => columns.map((_, at) => printable(row[at] ?? '')));
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  if (options.columns !== undefined) {
    let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - options.columns;
    for (const [at, column] of [...columns.entries()].reverse()) {
      if (column.shrinks !== true || excess <= 0) continue;
      const least = Math.max(LEAST_SHRUNK, widthOf(column.title));
      const width = Math.max(Math.min(least, widths[at] ?? 0), (widths[at] ?? 0) - excess);
      excess -= (widths[at] ?? 0) - width;
      widths[at] = width;
    }
  }
  const line = (texts: readonly string[]): string =>
    columns
      .map((column, at) => pad(shorten(texts[at] ?? '', widths[at] ?? 0), widths[at] ?? 0, column.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join('\n');
}

/** Lines of `name: value` with the values one under the other. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, value]) => `${pad(name, width, 'left')}  ${printable(value)}`.trimEnd()).join('\n');
}
