import { archFit } from './architectures.ts';
import type { InstalledPackage, NodeFacts, NodeType } from './node.ts';
import type { CertList, CertListEntry, LibraryPackage, PackageIdentity, PackageRelation } from './package.ts';
import type { RpmFileEntry } from './rpmHeader.ts';
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
  /** The files that a package of the library brings, by its file name; absent or undefined: not known here, left to rpm on the node. */
  readonly filesOf?: ((fileName: string) => readonly RpmFileEntry[] | undefined) | undefined;
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
export function runsOn(
  pkg: Pick<LibraryPackage, 'arch' | 'os'>,
  node: { readonly facts: Pick<NodeFacts, 'arch' | 'os'> },
): boolean {
  return archFit(pkg.arch, node.facts.arch) !== undefined && osFits(pkg, node.facts);
}

/** Whether the file is what the row certifies: name, version by rpm's comparison, architecture. */
export function isCertified(pkg: LibraryPackage, row: CertListEntry): boolean {
  return pkg.name === row.name && pkg.arch === row.arch && compareEvr(pkg, parseEvr(row.version)) === 0;
}

/**
 * What kind of thing a requirement asks for: `weak` ones need not be met; `conditional` ones (`(a or b)`) and `files` (`/bin/sh`) are
 * judged by rpm on the node, which knows the files of what is installed; `rpm` asks for a feature of rpm itself; `account` for a user
 * or group, which the system may have by itself; anything else is met by a `package` that provides it.
 */
export function requirementKind({
  name,
  flags,
}: PackageRelation): 'weak' | 'conditional' | 'file' | 'rpm' | 'account' | 'package' {
  if ((flags & SENSE.missingOk) !== 0) return 'weak';
  if (name.startsWith('rpmlib(') || (flags & SENSE.rpmlib) !== 0) return 'rpm';
  if (name.startsWith('(')) return 'conditional';
  if (name.startsWith('/')) return 'file';
  return /^(?:user|group)\(.*\)$/.test(name) ? 'account' : 'package';
}

/** What every package provides by its name alone: `name = [epoch:]version-release`. */
export function ownProvide(identity: Omit<PackageIdentity, 'arch'>): PackageRelation {
  return { name: identity.name, sense: '=', version: formatEvr(identity), flags: SENSE.equal };
}

/** What a package provides; its own name is among it even where the header leaves it out (rpm 3). */
export function withOwnName(
  identity: Omit<PackageIdentity, 'arch'>,
  provides: readonly PackageRelation[],
): readonly PackageRelation[] {
  const own = ownProvide(identity);
  return provides.some((one) => one.name === own.name && one.sense === '=' && one.version === own.version)
    ? provides
    : [...provides, own];
}

const providesMemory = new WeakMap<LibraryPackage, readonly PackageRelation[]>();

/** Everything that a package file provides. */
export function providesOf(pkg: LibraryPackage): readonly PackageRelation[] {
  const known = providesMemory.get(pkg) ?? withOwnName(pkg, pkg.provides);
  providesMemory.set(pkg, known);
  return known;
}

/** Whether something with these obsoletes takes the identity's place; rpm compares them with names only, never with provides. */
export function obsoletes(by: Pick<LibraryPackage, 'obsoletes'>, identity: Omit<PackageIdentity, 'arch'>): boolean {
  if (by.obsoletes.length === 0) return false;
  const provide = ownProvide(identity);
  return by.obsoletes.some((one) => provideSatisfies(provide, one));
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
