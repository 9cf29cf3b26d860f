import { Document, Scalar, visit } from 'yaml';
import { csvText, type CsvValue } from '../../core/model/csv.ts';
import { printable, printableJson } from '../../core/model/strangerText.ts';

/** Forms that the result of a command can have beside text for people. */
export const OUTPUT_FORMS = ['json', 'yaml', 'name', 'csv'] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** The list in a command's document: the member that holds it, and the field that names each element. */
export interface Listing {
  readonly of: string;
  readonly name: string;
}

/** A document as JSON that a terminal shows as it stands. */
export function jsonText(document: object, indent?: number): string {
  return printableJson(JSON.stringify(document, undefined, indent));
}

/** The same document as YAML: what would drive a terminal stands in quotes, as escapes. */
export function yamlText(document: object): string {
  // What JSON leaves out or has a form of its own for is so here too.
  const made = new Document(JSON.parse(JSON.stringify(document)) as object, { aliasDuplicateObjects: false });
  visit(made, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && printable(node.value) !== node.value) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = made.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  return printableJson(text.trimEnd());
}

function elementsOf(document: object, { of }: Listing): readonly Record<string, unknown>[] {
  const list = (document as Record<string, unknown>)[of];
  return Array.isArray(list) ? (list as Record<string, unknown>[]) : [];
}

/** The name of each element, one a line. */
export function namesText(document: object, listing: Listing): string {
  return elementsOf(document, listing)
    .map((one) => one[listing.name])
    .map((name) => (typeof name === 'string' || typeof name === 'number' ? printable(String(name)) : ''))
    .join('\n');
}

type Plain = Exclude<CsvValue, undefined>;

/** Texts, numbers and truth values of an element by their path (`service.state`); a list of them as one text, a list of objects as JSON. */
function cellsOf(value: Readonly<Record<string, unknown>>, path = ''): Map<string, Plain> {
  const cells = new Map<string, Plain>();
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') cells.set(at, member);
    else if (Array.isArray(member))
      cells.set(at, member.every((one) => typeof one !== 'object') ? member.join(' ') : JSON.stringify(member));
    else if (typeof member === 'object' && member !== null)
      for (const [inner, cell] of cellsOf(member as Record<string, unknown>, at)) cells.set(inner, cell);
  }
  return cells;
}

/** The list as CSV (RFC 4180), a column for each field of the JSON. */
export function listingCsv(document: object, listing: Listing): string {
  const rows = elementsOf(document, listing).map((one) => cellsOf(one));
  const columns = [...new Set([listing.name, ...rows.flatMap((row) => [...row.keys()])])];
  return csvText(
    columns,
    rows.map((row) => columns.map((column) => row.get(column))),
  );
}
