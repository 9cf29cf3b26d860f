import { PutError } from '../protocol/errors.ts';
import { NODE_TYPES } from './node.ts';
import type { CertList, CertListEntry } from './package.ts';
import { compareEvr, formatEvr, parseEvr } from './rpmVersion.ts';

/** Limits of a cert list; real ones have some dozens of rows. */
export const CERT_LIST_LIMITS = {
  bytes: 1024 * 1024,
  rows: 10_000,
  lineLength: 1000,
  titleLength: 200,
  nameLength: 255,
} as const;

const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._+%{}~^-]*$/;
const VERSION_PATTERN = /^(?:[0-9]{1,10}:)?[A-Za-z0-9._+%{}~^]+-[A-Za-z0-9._+%{}~^]+$/;
const RELEASE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}$/;
const CONTROL_SIGNS = /\p{Cc}/u;

function certListFault(line: number, message: string): PutError {
  return new PutError('certlist-invalid', `line ${line}: ${message}`, { line });
}

/**
 * Reads a cert list: the text file that names the package set of a release.
 *
 *     # comment
 *     release 17.20.03
 *     title   Practice database 17.20.03
 *     ppde    17.20.03.01-1    x86_64  mandatory  TPA,HSN
 *     ptools  1:17.20.03.01-1  noarch  optional   *
 *
 * `release` comes first, `title` second, then one row a package: name, `[epoch:]version-release`, architecture, `mandatory` or
 * `optional`, node types (`*` for every type, else names with commas between). Columns are parted by spaces or tabs.
 * @throws PutError certlist-invalid naming the line.
 */
export function parseCertList(text: string): CertList {
  if (text.length > CERT_LIST_LIMITS.bytes) {
    throw certListFault(1, `the file has ${text.length} signs; at most ${CERT_LIST_LIMITS.bytes} expected`);
  }
  let release: string | undefined;
  let title: string | undefined;
  const entries: CertListEntry[] = [];
  const lineOfRow = new Map<string, number>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [i, raw] of lines.entries()) {
    const number = i + 1;
    if (raw.length > CERT_LIST_LIMITS.lineLength)
      throw certListFault(number, `${raw.length} signs; at most ${CERT_LIST_LIMITS.lineLength} expected`);
    const line = raw.replace(/\t/g, ' ').trim();
    if (line === '' || line.startsWith('#')) continue;
    if (CONTROL_SIGNS.test(line))
      throw certListFault(number, 'control signs are not allowed; is this a text file in UTF-8?');
    const [first = '', ...rest] = line.split(/ +/);
    if (release === undefined) {
      release = readRelease(number, first, rest);
    } else if (title === undefined) {
      title = readTitle(number, first, line);
    } else {
      const entry = readRow(number, first, rest.join(' ').replace(/ #.*$/, '').split(' '));
      if (entries.length === CERT_LIST_LIMITS.rows)
        throw certListFault(number, `more than ${CERT_LIST_LIMITS.rows} packages`);
      const key = `${entry.name} ${entry.arch}`;
      const earlier = lineOfRow.get(key);
      if (earlier !== undefined)
        throw certListFault(number, `${entry.name} for ${entry.arch} stands in line ${earlier} already`);
      lineOfRow.set(key, number);
      entries.push(entry);
    }
  }
  if (release === undefined) throw certListFault(lines.length, '"release NAME" expected; the file has no such line');
  if (title === undefined) throw certListFault(lines.length, '"title TEXT" expected after the release');
  if (entries.length === 0) throw certListFault(lines.length, 'no package is named');
  return { release, title, entries };
}

function readRelease(line: number, word: string, rest: readonly string[]): string {
  if (word !== 'release') throw certListFault(line, `"release NAME" expected first, found "${word.slice(0, 40)}"`);
  const [name = ''] = rest;
  if (rest.length !== 1 || !RELEASE_PATTERN.test(name)) {
    throw certListFault(line, 'one name of letters, digits and . _ + ~ - expected after "release"');
  }
  return name;
}

function readTitle(line: number, word: string, text: string): string {
  if (word !== 'title')
    throw certListFault(line, `"title TEXT" expected after the release, found "${word.slice(0, 40)}"`);
  const title = text.slice('title'.length).trim();
  if (title === '' || title.length > CERT_LIST_LIMITS.titleLength) {
    throw certListFault(line, `1 to ${CERT_LIST_LIMITS.titleLength} signs expected after "title"`);
  }
  return title;
}

function readRow(line: number, name: string, columns: readonly string[]): CertListEntry {
  if (columns.length !== 4) {
    throw certListFault(
      line,
      `name, version, architecture, mandatory or optional, node types expected; found ${columns.filter((one) => one !== '').length + 1} columns`,
    );
  }
  const [version = '', arch = '', need = '', types = ''] = columns;
  if (!NAME_PATTERN.test(name) || name.length > CERT_LIST_LIMITS.nameLength)
    throw certListFault(line, `"${name.slice(0, 40)}" is not a package name`);
  if (!VERSION_PATTERN.test(version))
    throw certListFault(line, `"${version.slice(0, 40)}" is not a version; [epoch:]version-release expected`);
  if (!NAME_PATTERN.test(arch)) throw certListFault(line, `"${arch.slice(0, 40)}" is not an architecture`);
  if (need !== 'mandatory' && need !== 'optional')
    throw certListFault(line, `"mandatory" or "optional" expected, found "${need.slice(0, 40)}"`);
  return { name, version, arch, mandatory: need === 'mandatory', nodeTypes: readTypes(line, types) };
}

function readTypes(line: number, text: string): string[] {
  if (text === '*') return [];
  const types = text.split(',');
  for (const type of types) {
    if (!(NODE_TYPES as readonly string[]).includes(type)) {
      throw certListFault(
        line,
        `"${type.slice(0, 40)}" is not a node type; * or some of ${NODE_TYPES.join(', ')} expected`,
      );
    }
  }
  return [...new Set(types)];
}

/** The text of a cert list in columns; `parseCertList` reads the same list back. @throws PutError certlist-invalid for what no line can hold. */
export function formatCertList(list: CertList): string {
  const rows = list.entries.map((row) => [
    row.name,
    row.version,
    row.arch,
    row.mandatory ? 'mandatory' : 'optional',
    row.nodeTypes.length === 0 ? '*' : row.nodeTypes.join(','),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const body = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const text = [`release ${list.release}`, `title ${list.title}`, '', ...body, ''].join('\n');
  parseCertList(text);
  return text;
}

/** Rows whose package is not among the identities (versions compared by rpm's rules), as `name-version.arch`. */
export function missingFromLibrary(
  list: CertList,
  library: readonly {
    readonly name: string;
    readonly epoch: number;
    readonly version: string;
    readonly release: string;
    readonly arch: string;
  }[],
): string[] {
  const byName = Map.groupBy(library, (pkg) => pkg.name);
  return list.entries
    .filter(
      (row) =>
        !(byName.get(row.name) ?? []).some(
          (pkg) => pkg.arch === row.arch && compareEvr(pkg, parseEvr(row.version)) === 0,
        ),
    )
    .map((row) => `${row.name}-${formatEvr(parseEvr(row.version))}.${row.arch}`);
}
