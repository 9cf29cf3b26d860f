import { Document, Scalar, visit } from 'yaml';
import { csvText, type CsvValue } from '../../core/model/csv.ts';
import { byNumber } from '../../core/model/naturalOrder.ts';
import { printable, printableJson } from '../../core/model/strangerText.ts';

/** Forms that the result of a command can have beside text for people. */
export const OUTPUT_FORMS = ['json', 'yaml', 'name', 'csv'] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** The list in a command's document: the member that holds it (a list, or elements by their names), and the field that names each element. */
export interface Listing {
  readonly of: string;
  readonly name: string;
  /** Fields that come first, in this order (behind the name, unless that is one of them); as columns they are there too where no element has them. */
  readonly fields?: readonly string[];
}

/** A document as JSON that a terminal shows as it stands. */
export function jsonText(document: object, indent?: number): string {
  return printableJson(JSON.stringify(document, undefined, indent));
}

/** Texts that stand for something else to readers of YAML 1.1 (PyYAML, and Ansible with it), beside those that the library knows. */
const YAML_1_1_SIGNS = /^(?:=|<<)$/;

/** The same document as YAML: what would drive a terminal stands in quotes, as escapes. */
export function yamlText(document: object): string {
  // What JSON leaves out or has a form of its own for is so here too.
  const made = new Document(JSON.parse(JSON.stringify(document)) as object, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
  });
  visit(made, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      if (printable(node.value) !== node.value) node.type = Scalar.QUOTE_DOUBLE;
      else if (YAML_1_1_SIGNS.test(node.value)) node.type = Scalar.QUOTE_SINGLE;
    },
  });
  const text = made.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  return printableJson(text.trimEnd());
}

type Element = Readonly<Record<string, unknown>>;

function elementsOf(document: object, { of, name }: Listing): readonly Element[] {
  const list = (document as Element)[of];
  if (Array.isArray(list)) return list as Element[];
  if (typeof list !== 'object' || list === null) return [];
  const named = Object.entries(list).sort(([a], [b]) => byNumber(a, b));
  return named.map(([nameOf, element]) => ({ [name]: nameOf, ...(element as Element) }));
}

const firstFields = ({ name, fields = [] }: Listing): readonly string[] =>
  fields.includes(name) ? fields : [name, ...fields];

/** The document with the name and the first fields of each element of its list before the others. */
export function nameFirst(document: object, listing: Listing): object {
  const list = (document as Element)[listing.of];
  if (!Array.isArray(list)) return document;
  const first = firstFields(listing).map((field) => field.split('.', 1)[0] ?? '');
  const ordered = (list as Element[]).map((element) => ({
    ...Object.fromEntries(first.filter((field) => field in element).map((field) => [field, element[field]])),
    ...element,
  }));
  return { ...document, [listing.of]: ordered };
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
function cellsOf(value: Element, path = ''): Map<string, Plain> {
  const cells = new Map<string, Plain>();
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') cells.set(at, member);
    else if (Array.isArray(member))
      cells.set(at, member.every((one) => typeof one !== 'object') ? member.join(' ') : JSON.stringify(member));
    else if (typeof member === 'object' && member !== null)
      for (const [inner, cell] of cellsOf(member as Element, at)) cells.set(inner, cell);
  }
  return cells;
}

/** The list as CSV (RFC 4180), a column for each field of the JSON. */
export function listingCsv(document: object, listing: Listing): string {
  const rows = elementsOf(document, listing).map((one) => cellsOf(one));
  const columns = [...new Set([...firstFields(listing), ...rows.flatMap((row) => [...row.keys()])])];
  return csvText(
    columns,
    rows.map((row) => columns.map((column) => row.get(column))),
  );
}
