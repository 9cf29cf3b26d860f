import type { LibraryPackage, PackageRelation } from './package.ts';
import { compareEvr, provideSatisfies } from './rpmVersion.ts';
import { providesOf } from './selectionRules.ts';
import type { Slices } from './slices.ts';

/** Something that a package of the library provides. */
export interface Offer {
  readonly relation: PackageRelation;
  readonly pkg: LibraryPackage;
}

/** The library's packages by what is asked for; made once for each list of packages. */
export interface LibraryIndex {
  /** By name, of a name newest first. */
  readonly sorted: readonly LibraryPackage[];
  readonly byFileName: ReadonlyMap<string, LibraryPackage>;
  readonly byName: ReadonlyMap<string, readonly LibraryPackage[]>;
  /** By the name of what is provided, the package's own name among it. */
  readonly offers: ReadonlyMap<string, readonly Offer[]>;
  /** Every name that a package of the library has, provides, requires, conflicts with or obsoletes. */
  readonly names: ReadonlySet<string>;
  /** Names that a package of the library obsoletes. */
  readonly obsoletedNames: ReadonlySet<string>;
}

const memory = new WeakMap<readonly LibraryPackage[], LibraryIndex>();

/** The index of a list of packages; the same list, which must not be changed, gives the same index. */
export function* libraryIndexOf(library: readonly LibraryPackage[]): Slices<LibraryIndex> {
  const known = memory.get(library);
  if (known) return known;
  const index = yield* makeIndex(library);
  memory.set(library, index);
  return index;
}

/** Packages taken into the index between two places to pause. */
const PACKAGES_A_SLICE = 50;

function* makeIndex(library: readonly LibraryPackage[]): Slices<LibraryIndex> {
  const sorted = [...library].sort(byNameNewestFirst);
  yield;
  const offers = new Map<string, Offer[]>();
  const names = new Set<string>();
  const obsoletedNames = new Set<string>();
  for (const [i, pkg] of sorted.entries()) {
    if (i % PACKAGES_A_SLICE === 0) yield;
    names.add(pkg.name);
    for (const relation of providesOf(pkg)) {
      names.add(relation.name);
      const list = offers.get(relation.name);
      if (list) list.push({ relation, pkg });
      else offers.set(relation.name, [{ relation, pkg }]);
    }
    for (const list of [pkg.requires, pkg.conflicts]) for (const { name } of list) names.add(name);
    for (const { name } of pkg.obsoletes) {
      names.add(name);
      obsoletedNames.add(name);
    }
  }
  return {
    ...{ sorted, offers, names, obsoletedNames },
    byFileName: new Map(library.map((pkg) => [pkg.fileName, pkg])),
    byName: Map.groupBy(sorted, (pkg) => pkg.name),
  };
}

function byNameNewestFirst(a: LibraryPackage, b: LibraryPackage): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareEvr(b, a) || (a.arch < b.arch ? -1 : a.arch > b.arch ? 1 : 0) || (a.fileName < b.fileName ? -1 : 1);
}

/** Packages of the library that provide what the relation names, each once, in the order of the index. */
export function ableOf(index: LibraryIndex, relation: PackageRelation): LibraryPackage[] {
  const able = (index.offers.get(relation.name) ?? []).filter((offer) => provideSatisfies(offer.relation, relation));
  return [...new Set(able.map((offer) => offer.pkg))];
}
