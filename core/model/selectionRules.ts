import { archFit } from './architectures.ts';
import type { InstalledPackage, NodeFacts, NodeType } from './node.ts';
import type { CertList, CertListEntry, LibraryPackage, PackageRelation } from './package.ts';
import { compareEvr, formatEvr, parseEvr, provideSatisfies, SENSE } from './rpmVersion.ts';

/** A selected node with the type that Group Nodes gave it and the facts that Find All Systems read. */
export interface SelectionNode {
  readonly nodeId: string;
  readonly type: NodeType;
  readonly facts: NodeFacts;
}

/** What a selection is judged against. */
export interface SelectionContext {
  /** Every package file of the library. */
  readonly library: readonly LibraryPackage[];
  /** The chosen cert list; undefined: the packages of the library without one. */
  readonly certList: CertList | undefined;
  /** Every selected node whose facts are known. */
  readonly nodes: readonly SelectionNode[];
}

const OTHER_SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\baix\b/i, 'aix'],
  [/solaris|sunos/i, 'solaris'],
  [/freebsd/i, 'freebsd'],
  [/darwin|mac ?os/i, 'darwin'],
  [/windows/i, 'windows'],
  [/hp-?ux/i, 'hpux'],
];

/** rpm's name of the node's operating system; a distribution's name (`SLES 15 SP5`) is linux unless it says otherwise. */
export function nodeOperatingSystem(facts: Pick<NodeFacts, 'os'>): string {
  return OTHER_SYSTEMS.find(([pattern]) => pattern.test(facts.os))?.[1] ?? 'linux';
}

/** Whether the package is for the node's operating system; a package that names none is for all. */
export function osFits(pkg: Pick<LibraryPackage, 'os'>, facts: Pick<NodeFacts, 'os'>): boolean {
  return pkg.os === '' || pkg.os.toLowerCase() === nodeOperatingSystem(facts);
}

/** Whether the package can be installed on the node at all: architecture and operating system. */
export function runsOn(pkg: Pick<LibraryPackage, 'arch' | 'os'>, node: SelectionNode): boolean {
  return archFit(pkg.arch, node.facts.arch) !== undefined && osFits(pkg, node.facts);
}

/** Rows of a name on the cert list. */
export function rowsOf(certList: CertList | undefined, name: string): readonly CertListEntry[] {
  return certList?.entries.filter((row) => row.name === name) ?? [];
}

/** Whether the file is what the row certifies: name, version by rpm's comparison, architecture. */
export function isCertified(pkg: LibraryPackage, row: CertListEntry): boolean {
  return pkg.name === row.name && pkg.arch === row.arch && compareEvr(pkg, parseEvr(row.version)) === 0;
}

/** The newest installed version of a name on a node; undefined where there is none. */
export function installedVersion(node: SelectionNode, name: string): InstalledPackage | undefined {
  let newest: InstalledPackage | undefined;
  for (const installed of node.facts.packages) {
    if (installed.name === name && (!newest || compareEvr(installed, newest) > 0)) newest = installed;
  }
  return newest;
}

/**
 * Node types that a package is meant for; empty: every type. The cert list says it by name. A package that no row names goes to the
 * types where the name is installed now, and to every type where it is installed nowhere.
 */
export function intendedTypes(
  pkg: Pick<LibraryPackage, 'name' | 'arch'>,
  context: SelectionContext,
): readonly string[] {
  const named = rowsOf(context.certList, pkg.name);
  const rows = named.some((row) => row.arch === pkg.arch) ? named.filter((row) => row.arch === pkg.arch) : named;
  if (rows.length > 0) {
    return rows.some((row) => row.nodeTypes.length === 0) ? [] : [...new Set(rows.flatMap((row) => row.nodeTypes))];
  }
  const found = new Set<string>();
  for (const node of context.nodes) if (node.facts.packages.some((one) => one.name === pkg.name)) found.add(node.type);
  const everywhere = context.nodes.every((node) => found.has(node.type));
  return everywhere ? [] : [...found];
}

/** Nodes of the types that the package is meant for, whether or not it can run there. */
export function intendedNodes(pkg: Pick<LibraryPackage, 'name' | 'arch'>, context: SelectionContext): SelectionNode[] {
  const types = intendedTypes(pkg, context);
  return context.nodes.filter((node) => types.length === 0 || types.includes(node.type));
}

/** Nodes that the package goes to: of the intended types, with a fitting architecture and operating system. */
export function targetNodes(pkg: LibraryPackage, context: SelectionContext): SelectionNode[] {
  return intendedNodes(pkg, context).filter((node) => runsOn(pkg, node));
}

/**
 * Requirements taken as met by the operating system, since facts hold package names only: files (`/bin/sh` and every other path),
 * interpreters, rpm's own features `rpmlib(...)`, weak and conditional (`(a or b)`) ones, and capabilities in parentheses such as
 * `libc.so.6()(64bit)` unless a package of the library provides that name. `rpm -U --test` on the node judges them for good.
 */
export function metBySystem(requirement: PackageRelation, providedByLibrary: (name: string) => boolean): boolean {
  const { name, flags } = requirement;
  if (name.startsWith('/') || name.startsWith('(')) return true;
  if (name.startsWith('rpmlib(') || (flags & (SENSE.rpmlib | SENSE.interpreter | SENSE.missingOk)) !== 0) return true;
  return name.endsWith(')') && !providedByLibrary(name);
}

/** What an installed or selected package offers by its name alone: `name = [epoch:]version-release`. */
export function implicitProvide(
  identity: Pick<LibraryPackage, 'name' | 'epoch' | 'version' | 'release'>,
): PackageRelation {
  return {
    name: identity.name,
    sense: '=',
    version: formatEvr({ ...identity, epoch: identity.epoch }),
    flags: SENSE.equal,
  };
}

/** Everything that a package file provides; its own name is among it even where the header leaves it out (rpm 3). */
export function providesOf(pkg: LibraryPackage): readonly PackageRelation[] {
  const own = implicitProvide(pkg);
  return pkg.provides.some((one) => one.name === own.name && one.sense === '=' && one.version === own.version)
    ? pkg.provides
    : [...pkg.provides, own];
}

/** Whether `pkg` obsoletes the identity; rpm compares obsoletes with package names only, never with provides. */
export function obsoletes(
  pkg: LibraryPackage,
  identity: Pick<LibraryPackage, 'name' | 'epoch' | 'version' | 'release'>,
): boolean {
  if (pkg.name === identity.name) return false;
  const provide = implicitProvide(identity);
  return pkg.obsoletes.some((one) => provideSatisfies(provide, one));
}

/** The library's files by package name. */
export type LibraryByName = ReadonlyMap<string, readonly LibraryPackage[]>;

/** The library's file of an installed package: same name, version and architecture; it tells what the installed one requires. */
export function fileOfInstalled(installed: InstalledPackage, library: LibraryByName): LibraryPackage | undefined {
  return library.get(installed.name)?.find((pkg) => pkg.arch === installed.arch && compareEvr(pkg, installed) === 0);
}

/** Up to three names and how many more, for a message. */
export function someOf(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
