/** One value in a JSON document: where it stands, with `[]` for any element of a list. */
export interface JsonLeaf {
  readonly path: string;
  readonly type: string;
  readonly value: unknown;
}

/** One field as docs/json.md names it; `.*` stands for any key of a map. */
export interface DocumentedField {
  readonly path: string;
  /** First word of its type: `text`, `number`, `true/false`, `any`. */
  readonly type: string;
  /** The row that says it: its heading and path there. Commands that share a shape share its rows. */
  readonly row: string;
}

/** Every value of a document that is no list and no object. */
export function jsonLeaves(value: unknown, path = ''): JsonLeaf[] {
  if (Array.isArray(value)) return value.flatMap((each) => jsonLeaves(each, `${path}[]`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => jsonLeaves(each, path === '' ? key : `${path}.${key}`));
  }
  const type = { string: 'text', number: 'number', boolean: 'true/false' }[typeof value as string] ?? typeof value;
  return [{ path, type, value }];
}

/**
 * The fields of each command, by its name. A heading names commands in code spans, or one shape in plain words; its table has a row a
 * field: path, type with unit, meaning. A row whose type links to a shape stands for the fields of that shape below it.
 */
export function documentedFields(markdown: string): Map<string, DocumentedField[]> {
  const sections: { heading: string; rows: { path: string; type: string }[] }[] = [];
  for (const line of markdown.split('\n')) {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    if (heading !== undefined) sections.push({ heading, rows: [] });
    const row = /^\| `([^`]+)` *\| ([^|]+?) *\|/.exec(line);
    if (row?.[1] !== undefined && row[2] !== undefined) sections.at(-1)?.rows.push({ path: row[1], type: row[2] });
  }
  const expand = ({ heading, rows }: (typeof sections)[number]): DocumentedField[] =>
    rows.flatMap(({ path, type }) => {
      const shape = /^\[([^\]]+)\]\(#/.exec(type)?.[1];
      if (shape === undefined) return [{ path, type: /^[^\s,]+/.exec(type)?.[0] ?? '', row: `${heading}: ${path}` }];
      const section = sections.find((one) => one.heading.toLowerCase() === shape.toLowerCase());
      if (!section) throw new Error(`docs/json.md has no shape ${shape}`);
      return expand(section).map((field) => ({
        ...field,
        path: path === '...' ? field.path : `${path}.${field.path}`,
      }));
    });
  const found = new Map<string, DocumentedField[]>();
  for (const section of sections) {
    if (section.rows.length === 0) continue;
    for (const [, name] of section.heading.matchAll(/`([^`]+)`/g)) found.set(name ?? '', expand(section));
  }
  return found;
}

/** What was printed and is not documented, or has another type; and the rows of the document that were seen. */
export function matchFields(
  documented: readonly DocumentedField[],
  leaves: readonly JsonLeaf[],
): { undocumented: string[]; wrongType: string[]; seenRows: Set<string> } {
  const patterns = documented.map((field) => ({
    ...field,
    // A key of a map may have dots of its own, as a file name has.
    pattern: new RegExp(`^${field.path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\.\\*', '\\.[^[]+?')}$`),
  }));
  const undocumented = new Set<string>();
  const wrongType = new Set<string>();
  const seenRows = new Set<string>();
  for (const { path, type } of leaves) {
    const exact = patterns.filter((one) => one.path === path);
    const fitting = exact.length > 0 ? exact : patterns.filter(({ pattern }) => pattern.test(path));
    if (fitting.length === 0) undocumented.add(`${path} (${type})`);
    for (const one of fitting) seenRows.add(one.row);
    if (fitting.length > 0 && !fitting.some((one) => one.type === type || one.type === 'any'))
      wrongType.add(`${path} (${type})`);
  }
  return { undocumented: [...undocumented], wrongType: [...wrongType], seenRows };
}
