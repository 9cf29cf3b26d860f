/** A cell of a table that leaves the program. */
export type CsvValue = string | number | boolean | undefined;

/**
 * A table as text by RFC 4180: commas, CRLF, quotes doubled. A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`,
 * a tab or a carriage return) begins with an apostrophe instead, since such cells come from nodes; numbers stay numbers.
 */
export function csvText(columns: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [columns.map(cellText).join(',')];
  for (const row of rows) lines.push(row.map(cellText).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cellText(value: CsvValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
