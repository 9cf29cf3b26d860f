import { archFit } from './architectures.ts';
import type { PackageChoice } from './job.ts';
import { ableOf } from './libraryIndex.ts';
import { installedProviders, type NodeKind } from './nodeKinds.ts';
import type { CertListEntry, LibraryPackage, PackageRelation } from './package.ts';
import { compareEvr, formatEvr, formatNevra } from './rpmVersion.ts';
import { newestOf, type SelectionCase, selectionCase } from './selectionCase.ts';
import { refusalOf } from './selectionRefusal.ts';
import { isCertified, requirementKind, runsOn, type SelectionContext } from './selectionRules.ts';
import { runAtOnce, type Slices } from './slices.ts';

export { checkSelection, judgeInSlices, type SelectionVerdict } from './selectionCheck.ts';
export { planInSlices, planNodeChanges, type PlannedNodes } from './selectionPlan.ts';
export type { SelectionContext, SelectionNode } from './selectionRules.ts';

/** `recommendInSlices` without a pause. */
export function recommendPackages(context: SelectionContext): PackageChoice[] {
  return runAtOnce(recommendInSlices(context));
}

/**
 * The packages that Select Packages offers: every file of the library, by name and newest first, with what is on the nodes, whether it
 * belongs to the recommended set, and why it is refused (`package-wrong-arch`, `package-wrong-os`, `package-older`).
 *
 * Recommended with a cert list: the certified build of every mandatory row; of an optional row where an earlier version is on a node.
 * Without one: the newest build of every package that is on a node in an earlier version. In both cases also what these require and no
 * node has. `selected` is the proposal: recommended and not refused.
 */
export function* recommendInSlices(context: SelectionContext): Slices<PackageChoice[]> {
  const on = yield* selectionCase(context);
  const files = on.index.sorted;
  const usable: LibraryPackage[] = [];
  for (const [i, pkg] of files.entries()) {
    if (refusalOf(pkg, on) === undefined && !isSameBuild(pkg, files[i - 1])) usable.push(pkg);
    yield;
  }
  const wanted = new Set(on.context.certList ? yield* certified(on) : yield* newestOfInstalled(usable, on));
  yield* addRequired(wanted, new Set(usable), on);
  const choices: PackageChoice[] = [];
  for (const pkg of files) {
    const refused = refusalOf(pkg, on);
    choices.push({
      name: pkg.name,
      epoch: pkg.epoch,
      version: pkg.version,
      release: pkg.release,
      arch: pkg.arch,
      fileName: pkg.fileName,
      recommended: wanted.has(pkg),
      mandatory: on.rows(pkg.name).some((row) => row.mandatory && isCertified(pkg, row)),
      selected: wanted.has(pkg) && refused === undefined,
      onNodes: versionsOn(pkg, on),
      nodeTypes: on.intendedTypes(pkg),
      ...(refused ? { refused } : {}),
    });
    yield;
  }
  return choices;
}

function isSameBuild(a: LibraryPackage, b: LibraryPackage | undefined): boolean {
  return b !== undefined && formatNevra(a) === formatNevra(b);
}

function versionsOn(pkg: LibraryPackage, on: SelectionCase): PackageChoice['onNodes'] {
  const counts = new Map<string, number>();
  for (const kind of on.intendedKinds(pkg)) {
    const installed = newestOf(on.versionsOf(pkg, kind));
    const version = installed ? formatEvr(installed) : 'none';
    counts.set(version, (counts.get(version) ?? 0) + kind.nodeIds.length);
  }
  return [...counts]
    .map(([version, count]) => ({ version, nodes: count }))
    .sort((a, b) => b.nodes - a.nodes || (a.version < b.version ? -1 : 1));
}

/** Kinds of nodes for which this row is the one among the rows of its name, by architecture. */
function kindsOfRow(row: CertListEntry, pkg: LibraryPackage, on: SelectionCase): NodeKind[] {
  const fit = (one: CertListEntry, kind: NodeKind): number => archFit(one.arch, kind.facts.arch) ?? Infinity;
  return on
    .intendedKinds(pkg)
    .filter((kind) => runsOn(pkg, kind) && on.rows(row.name).every((other) => fit(row, kind) <= fit(other, kind)));
}

function* certified(on: SelectionCase): Slices<LibraryPackage[]> {
  const wanted: LibraryPackage[] = [];
  for (const row of on.context.certList?.entries ?? []) {
    yield;
    const pkg = on.index.byName.get(row.name)?.find((one) => isCertified(one, row));
    if (!pkg) continue;
    const kinds = kindsOfRow(row, pkg, on);
    if (kinds.length === 0) continue;
    if (row.mandatory || kinds.some((kind) => on.versionsOf(row, kind).length > 0)) wanted.push(pkg);
  }
  return wanted;
}

function* newestOfInstalled(usable: readonly LibraryPackage[], on: SelectionCase): Slices<Set<LibraryPackage>> {
  const wanted = new Set<LibraryPackage>();
  for (const [name, builds] of Map.groupBy(usable, (pkg) => pkg.name)) {
    for (const kind of on.kinds) {
      if (!kind.byName.has(name)) continue;
      const fit = (pkg: LibraryPackage): number => archFit(pkg.arch, kind.facts.arch) ?? 0;
      const fitting = builds.filter((pkg) => runsOn(pkg, kind));
      fitting.sort((a, b) => compareEvr(b, a) || fit(a) - fit(b));
      // One for each installed package: 32-bit and 64-bit ones of a name stand side by side.
      for (const installed of kind.byName.get(name) ?? []) {
        const best = fitting.find((pkg) => on.versionsOf(pkg, kind).includes(installed));
        if (best && compareEvr(best, installed.identity) > 0) wanted.add(best);
      }
    }
    yield;
  }
  return wanted;
}

/** Adds packages of the library that the wanted ones require and that neither a wanted one nor every node provides; certified builds first. */
function* addRequired(
  wanted: Set<LibraryPackage>,
  usable: ReadonlySet<LibraryPackage>,
  on: SelectionCase,
): Slices<undefined> {
  const isRow = (pkg: LibraryPackage): boolean => on.rows(pkg.name).some((row) => isCertified(pkg, row));
  const ableTo = (requirement: PackageRelation): LibraryPackage[] =>
    ableOf(on.index, requirement).filter((pkg) => usable.has(pkg));
  // A set that grows while it is walked: what is added is looked at, too.
  for (const pkg of wanted) {
    const intended = on.intendedKinds(pkg);
    for (const requirement of pkg.requires) {
      if (requirementKind(requirement) !== 'package' || !on.index.offers.has(requirement.name)) continue;
      const able = ableTo(requirement);
      if (able.length === 0 || able.some((one) => wanted.has(one))) continue;
      if (intended.every((kind) => installedProviders(kind, requirement).length > 0)) continue;
      const best = able.find(isRow) ?? (on.context.certList ? undefined : able[0]);
      if (best) wanted.add(best);
    }
    yield;
  }
  return undefined;
}
