import { archFit } from './architectures.ts';
import { type LibraryIndex, libraryIndexOf } from './libraryIndex.ts';
import { type NodeKind, nodeKinds, type PresentPackage } from './nodeKinds.ts';
import type { CertListEntry, LibraryPackage, PackageIdentity } from './package.ts';
import { type Coloured, isInstalledBeside, isMultilibPair } from './packageIdentity.ts';
import { compareEvr } from './rpmVersion.ts';
import { runsOn, type SelectionContext } from './selectionRules.ts';
import type { Slices } from './slices.ts';

/** Packages sorted by name between two places to pause. */
const PACKAGES_A_SLICE = 200;

const memory = new WeakMap<SelectionContext, SelectionCase>();

/** A context made ready for questions; the same context, which must not be changed, is made ready once. */
export function* selectionCase(context: SelectionContext): Slices<SelectionCase> {
  const known = memory.get(context);
  if (known) return known;
  const index = yield* libraryIndexOf(context.library);
  const made = new SelectionCase(context, index, yield* nodeKinds(context, index));
  memory.set(context, made);
  return made;
}

/** An installed package as far as its identity goes. */
export function colouredOf({ identity, relations }: PresentPackage): Coloured {
  return { name: identity.name, arch: identity.arch, color: relations?.color };
}

/** The newest of some packages; undefined of none. */
export function newestOf(packages: readonly PresentPackage[]): PackageIdentity | undefined {
  let newest: PackageIdentity | undefined;
  for (const { identity } of packages) if (!newest || compareEvr(identity, newest) > 0) newest = identity;
  return newest;
}

/** A context with its library indexed and its nodes sorted into kinds: every question costs by kinds, not by nodes. */
export class SelectionCase {
  readonly context: SelectionContext;
  readonly index: LibraryIndex;
  readonly kinds: readonly NodeKind[];
  readonly #rows: ReadonlyMap<string, readonly CertListEntry[]>;
  readonly #types = new Map<LibraryPackage, readonly string[]>();
  readonly #targets = new Map<LibraryPackage, ReadonlySet<NodeKind>>();

  constructor(context: SelectionContext, index: LibraryIndex, kinds: readonly NodeKind[]) {
    this.context = context;
    this.index = index;
    this.kinds = kinds;
    this.#rows = Map.groupBy(context.certList?.entries ?? [], (row) => row.name);
  }

  /** Rows of a name on the cert list. */
  rows(name: string): readonly CertListEntry[] {
    return this.#rows.get(name) ?? [];
  }

  /** Rows of the cert list by name, in its order. */
  rowsByName(): ReadonlyMap<string, readonly CertListEntry[]> {
    return this.#rows;
  }

  /**
   * Node types that a package is meant for; empty: every type. The cert list says it by name. A package that no row names goes to the
   * types where the name is installed now, and to every type where it is installed nowhere.
   */
  intendedTypes(pkg: LibraryPackage): readonly string[] {
    const known = this.#types.get(pkg) ?? this.#findTypes(pkg);
    this.#types.set(pkg, known);
    return known;
  }

  #findTypes(pkg: LibraryPackage): readonly string[] {
    const named = this.rows(pkg.name);
    const rows = named.some((row) => row.arch === pkg.arch) ? named.filter((row) => row.arch === pkg.arch) : named;
    if (rows.length > 0) {
      return rows.some((row) => row.nodeTypes.length === 0) ? [] : [...new Set(rows.flatMap((row) => row.nodeTypes))];
    }
    const found = new Set<string>(this.kinds.filter((kind) => kind.byName.has(pkg.name)).map((kind) => kind.type));
    return this.kinds.every((kind) => found.has(kind.type)) ? [] : [...found];
  }

  /** Kinds of nodes that the package is meant for, whether or not it can run there. */
  intendedKinds(pkg: LibraryPackage): NodeKind[] {
    const types = this.intendedTypes(pkg);
    return this.kinds.filter((kind) => types.length === 0 || types.includes(kind.type));
  }

  /** Whether the package goes to nodes of the kind: its type is meant, architecture and operating system fit. */
  goesTo(pkg: LibraryPackage, kind: NodeKind): boolean {
    let targets = this.#targets.get(pkg);
    if (!targets) {
      targets = new Set(this.intendedKinds(pkg).filter((one) => runsOn(pkg, one)));
      this.#targets.set(pkg, targets);
    }
    return targets.has(kind);
  }

  /** Installed packages whose place the package would take: of its name, and not for the other word size. A kernel takes none. */
  placeOf(pkg: LibraryPackage, kind: NodeKind): PresentPackage[] {
    if (isInstalledBeside(pkg)) return [];
    return this.versionsOf(pkg, kind);
  }

  /** What is there of a package or a certified row: of its name, and not for the other word size. */
  versionsOf(asked: Coloured, kind: NodeKind): PresentPackage[] {
    return (kind.byName.get(asked.name) ?? []).filter((one) => !isMultilibPair(asked, colouredOf(one)));
  }

  /**
   * The selected packages that go to a kind. Of several builds of one name the one that suits the architecture best; one for the other
   * word size as well where such a one is installed. Several versions of one build all go, for the caller to refuse.
   */
  *selectedFor(kind: NodeKind, selected: readonly LibraryPackage[]): Slices<LibraryPackage[]> {
    const byName = new Map<string, LibraryPackage[]>();
    for (const [i, pkg] of selected.entries()) {
      if (i % PACKAGES_A_SLICE === 0) yield;
      if (!this.goesTo(pkg, kind)) continue;
      const builds = byName.get(pkg.name);
      if (builds) builds.push(pkg);
      else byName.set(pkg.name, [pkg]);
    }
    yield;
    return [...byName.values()].flatMap((builds) => (builds.length === 1 ? builds : this.#bestOf(builds, kind)));
  }

  #bestOf(builds: readonly LibraryPackage[], kind: NodeKind): LibraryPackage[] {
    const fit = (pkg: LibraryPackage): number => archFit(pkg.arch, kind.facts.arch) ?? Infinity;
    const [first, ...others] = [...builds].sort((a, b) => fit(a) - fit(b));
    if (first === undefined) return [];
    return [
      first,
      ...others.filter((pkg) =>
        isMultilibPair(pkg, first)
          ? (kind.byName.get(pkg.name) ?? []).some((one) => isMultilibPair(colouredOf(one), first))
          : compareEvr(pkg, first) !== 0,
      ),
    ];
  }
}

/** Whether exactly this build is there already. */
export function isThere(pkg: LibraryPackage, kind: NodeKind): boolean {
  return (kind.byName.get(pkg.name) ?? []).some(
    ({ identity }) => identity.arch === pkg.arch && compareEvr(identity, pkg) === 0,
  );
}

/** The older build of a package that is there, too: a transaction that was cut leaves both, and is gone through once more. */
export function cutBuildOf(pkg: LibraryPackage, kind: NodeKind): PackageIdentity | undefined {
  if (isInstalledBeside(pkg) || !isThere(pkg, kind)) return undefined;
  const builds = (kind.byName.get(pkg.name) ?? []).map((one) => one.identity);
  return builds.find((one) => one.arch === pkg.arch && compareEvr(one, pkg) < 0);
}
