import { type LibraryIndex } from './libraryIndex.ts';
import { installedProviders, type NodeKind, type PresentPackage } from './nodeKinds.ts';
import type { LibraryPackage, PackageRelation } from './package.ts';
import { isInstalledBeside } from './packageIdentity.ts';
import { provideSatisfies } from './rpmVersion.ts';
import { cutBuildOf, isThere, type SelectionCase } from './selectionCase.ts';
import { obsoletes } from './selectionRules.ts';
import type { Slices } from './slices.ts';

/** What a selection comes to on a kind of nodes, by rpm's rules of upgrade and obsoletion. */
export interface Outlook {
  readonly kind: NodeKind;
  /** Selected packages that are new there, in the order of the selection. */
  readonly added: ReadonlySet<LibraryPackage>;
  /** Installed packages that go, with what takes their place. */
  readonly removed: ReadonlyMap<PresentPackage, LibraryPackage>;
  /** Those of `removed` that a package of another name takes away. */
  readonly obsoleted: readonly { readonly installed: PresentPackage; readonly by: LibraryPackage }[];
  /** Installed packages that stay and of which nothing is known but the name; 0: what nobody provides is not there. */
  readonly unknown: number;
}

/** Packages looked at between two places to pause. */
const PACKAGES_A_SLICE = 100;

/** @param chosen what `selectedFor` gave for the kind. */
export function* outlookOf(on: SelectionCase, kind: NodeKind, chosen: readonly LibraryPackage[]): Slices<Outlook> {
  const added: LibraryPackage[] = [];
  const removed = new Map<PresentPackage, LibraryPackage>();
  const obsoleted: { installed: PresentPackage; by: LibraryPackage }[] = [];
  for (const [i, pkg] of chosen.entries()) {
    if (i % PACKAGES_A_SLICE === 0) yield;
    if (isThere(pkg, kind) && cutBuildOf(pkg, kind) === undefined) continue;
    added.push(pkg);
    for (const installed of on.placeOf(pkg, kind)) removed.set(installed, pkg);
  }
  for (const [i, by] of added.entries()) {
    if (i % PACKAGES_A_SLICE === 0) yield;
    if (by.obsoletes.length === 0 || isInstalledBeside(by)) continue;
    for (const name of new Set(by.obsoletes.map((one) => one.name))) {
      for (const installed of kind.byName.get(name) ?? []) {
        if (removed.has(installed) || !obsoletes(by, installed.identity)) continue;
        removed.set(installed, by);
        obsoleted.push({ installed, by });
      }
    }
  }
  let unknown = kind.unknown;
  for (const one of removed.keys()) if (!one.relations) unknown -= 1;
  return { kind, added: new Set(added), removed, obsoleted, unknown };
}

/** Selected packages that are new on the kind and provide what the relation names. */
export function addedProviders(outlook: Outlook, index: LibraryIndex, relation: PackageRelation): LibraryPackage[] {
  return (index.offers.get(relation.name) ?? [])
    .filter(({ pkg, relation: provide }) => outlook.added.has(pkg) && provideSatisfies(provide, relation))
    .map(({ pkg }) => pkg);
}

/** Installed packages that stay and provide what the relation names. */
export function keptProviders(outlook: Outlook, relation: PackageRelation): PresentPackage[] {
  return installedProviders(outlook.kind, relation).filter((one) => !outlook.removed.has(one));
}
