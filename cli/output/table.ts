import { printable } from '../../core/model/strangerText.ts';

/** A column: its title, which side its cells stand on, and whether it gives way on a narrow terminal. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** `true`: its cells lose their end; `middle`: they lose their middle, since names of nodes and files differ at the end. */
  readonly shrinks?: boolean | 'middle';
  /** The order in which columns are left out where their table does not fit: the lowest first; a column without it stays. */
  readonly yields?: number;
  /** Colours a cell once it has its place. */
  readonly paint?: ((cell: string) => string) | undefined;
}

const GAP = '  ';
/** On a narrower terminal too little of a table would be left. */
const LEAST_FOR_PART = 60;
const LEAST_SHRUNK = 12;
const ELLIPSIS = '\u2026';
/** The colours that our own texts set; they take no place. */
const COLOUR = /\u001b\[(?:0|1|2|3[0-7]|9[0-7])m/g;
const COLOUR_OR_SIGN = /\u001b\[(?:0|1|2|3[0-7]|9[0-7])m|[\s\S]/gu;

/** Places that a text takes, counting each sign as one and colours as none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const _ of text.replace(COLOUR, '')) width++;
  return width;
}

/** The beginning of a line that fits, colours kept and ended. */
export function cutLine(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let left = Math.max(0, width - 1);
  let cut = '';
  let coloured = false;
  for (const [part] of text.matchAll(COLOUR_OR_SIGN)) {
    if (part.length > 1 && part.startsWith('\u001b')) {
      cut += part;
      coloured = part !== '\u001b[0m';
    } else if (left-- > 0) cut += part;
    else break;
  }
  return `${cut}${ELLIPSIS}${coloured ? '\u001b[0m' : ''}`;
}

/** A text without its middle, its end kept. */
export function cutMiddle(text: string, width: number): string {
  const signs = [...text];
  if (signs.length <= width) return text;
  const tail = Math.ceil((width - 1) / 2);
  return `${signs.slice(0, Math.max(0, width - 1 - tail)).join('')}${ELLIPSIS}${signs.slice(signs.length - tail).join('')}`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? fill + text : text + fill;
}

/** Widths at which a row fits, by cutting the columns that may shrink; undefined where that is not enough. */
function fittingWidths(columns: readonly Column[], wide: readonly number[], most: number): number[] | undefined {
  const widths = [...wide];
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - most;
  for (const [at, column] of [...columns.entries()].reverse()) {
    if ((column.shrinks ?? false) === false || excess <= 0) continue;
    const least = Math.max(LEAST_SHRUNK, widthOf(column.title));
    const width = Math.max(Math.min(least, widths[at] ?? 0), (widths[at] ?? 0) - excess);
    excess -= (widths[at] ?? 0) - width;
    widths[at] = width;
  }
  return excess > 0 ? undefined : widths;
}

/** The columns that stay where one more has to be left out; undefined where none can be. */
function withoutOne(columns: readonly Column[]): Column[] | undefined {
  const [first] = columns.flatMap(({ yields }) => yields ?? []).sort((a, b) => a - b);
  return first === undefined ? undefined : columns.filter(({ yields }) => yields !== first);
}

/**
 * Aligned lines, one a row, under a line of titles. With `columns` (the terminal's width) the shrinking columns are cut so that a row fits, then
 * those that yield are left out, which a line below says; where even that is too wide, each row stands as a block of its own, nothing of it cut.
 * Cells are made printable; no line ends in blanks.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { columns?: number | undefined } = {},
): string {
  const most = options.columns;
  for (let kept = columns; most !== undefined && most >= LEAST_FOR_PART;) {
    const places = kept.map((column) => columns.indexOf(column));
    const text = fittingTable(
      kept,
      rows.map((row) => places.map((at) => row[at] ?? '')),
      most,
    );
    const left = columns.filter((column) => !kept.includes(column)).map(({ title }) => title);
    if (text !== undefined && left.length === 0) return text;
    if (text !== undefined) return `${text}\n${cutLine(`No room for ${left.join(', ')}: --json has all.`, most)}`;
    const fewer = withoutOne(kept);
    if (!fewer) break;
    kept = fewer;
  }
  const fitting = fittingTable(columns, rows, most);
  if (fitting !== undefined) return fitting;
  return rows
    .map((row) =>
      blockOf(
        columns,
        columns.map((_, at) => printable(row[at] ?? '')),
        most ?? 0,
      ),
    )
    .join('\n');
}

/** The table at a width; undefined where it does not fit. */
function fittingTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  most: number | undefined,
): string | undefined {
  const cells = rows.map((row) => columns.map((_, at) => printable(row[at] ?? '')));
  const wide = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  const widths = most === undefined ? wide : fittingWidths(columns, wide, most);
  if (!widths) return undefined;
  const line = (texts: readonly string[]): string =>
    columns
      .map(({ shrinks, align, paint }, at) => {
        const [text, width] = [texts[at] ?? '', widths[at] ?? 0];
        const cell = pad(shrinks === 'middle' ? cutMiddle(text, width) : cutLine(text, width), width, align ?? 'left');
        return paint ? paint(cell) : cell;
      })
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join('\n');
}

/** A row of a table that is too wide: its first cell, then the others with their titles in lines under it. */
function blockOf(columns: readonly Column[], cells: readonly string[], most: number): string {
  const [name = '', ...others] = cells;
  const first = columns[0]?.shrinks === 'middle' ? cutMiddle(name, most) : name;
  const words = others.flatMap((cell, at) => (cell === '' ? [] : [`${columns[at + 1]?.title ?? ''}: ${cell}`]));
  return wrapWords([first, ...words], most, GAP);
}

/** Texts beside each other, in lines of at most `most` places where that can be; all but the first line begin with `indent`. */
function wrapWords(texts: readonly string[], most: number, indent: string): string {
  const lines: string[] = [];
  for (const text of texts.filter((one) => one !== '')) {
    const last = lines.at(-1);
    const longer = last === undefined ? text : `${last}${GAP}${text}`;
    if (last === undefined) lines.push(text);
    else if (widthOf(longer) <= most) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${text}`);
  }
  return lines.flatMap((line) => brokenLine(line, most, GAP + GAP)).join('\n');
}

/** A line broken at its blanks, and within words that are longer than a line; all but the first piece are set in. */
function brokenLine(line: string, most: number, indent: string): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (widthOf(rest) > most) {
    const signs = [...rest];
    const blank = signs.slice(0, most + 1).lastIndexOf(' ');
    const at = blank > indent.length ? blank : most;
    pieces.push(signs.slice(0, at).join('').trimEnd());
    rest = `${indent}${signs.slice(at).join('').trimStart()}`;
  }
  return [...pieces, rest];
}

/** Lines of `name: value` with the values one under the other. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, value]) => `${pad(name, width, 'left')}  ${printable(value)}`.trimEnd()).join('\n');
}
