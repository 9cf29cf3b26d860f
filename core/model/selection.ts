import type { PackageChoice } from './job.ts';
import type { CertListEntry, LibraryPackage } from './package.ts';
import { compareEvr, formatEvr, formatNevra, provideSatisfies } from './rpmVersion.ts';
import { archFit } from './architectures.ts';
import {
  installedVersion,
  intendedNodes,
  intendedTypes,
  isCertified,
  metBySystem,
  providesOf,
  rowsOf,
  runsOn,
  type SelectionContext,
  type SelectionNode,
} from './selectionRules.ts';
import { refusalOf } from './selectionRefusal.ts';
import { narrowContext } from './selectionState.ts';

export { checkSelection } from './selectionCheck.ts';
export { planNodeChanges } from './selectionPlan.ts';
export type { SelectionContext, SelectionNode } from './selectionRules.ts';

/**
 * The packages that Select Packages offers: every file of the library, by name and newest first, with what is on the nodes, whether it
 * belongs to the recommended set, and why it is refused (`package-wrong-arch`, `package-wrong-os`, `package-older`).
 *
 * Recommended with a cert list: the certified build of every mandatory row; of an optional row where an earlier version is on a node.
 * Without one: the newest build of every package that is on a node in an earlier version. In both cases also what these require and no
 * node has. `selected` is the proposal: recommended and not refused.
 */
export function recommendPackages(whole: SelectionContext): PackageChoice[] {
  const context = narrowContext(whole);
  const files = [...context.library].sort(byNameNewestFirst);
  const refusals = new Map(files.map((pkg) => [pkg, refusalOf(pkg, context)]));
  const usable = files.filter((pkg, i) => refusals.get(pkg) === undefined && !isSameBuild(pkg, files[i - 1]));
  const wanted = new Set(context.certList ? certified(files, context) : newestOfInstalled(usable, context));
  addRequired(wanted, usable, context);
  return files.map((pkg) => {
    const refused = refusals.get(pkg);
    return {
      name: pkg.name,
      epoch: pkg.epoch,
      version: pkg.version,
      release: pkg.release,
      arch: pkg.arch,
      fileName: pkg.fileName,
      recommended: wanted.has(pkg),
      mandatory: rowsOf(context.certList, pkg.name).some((row) => row.mandatory && isCertified(pkg, row)),
      selected: wanted.has(pkg) && refused === undefined,
      onNodes: versionsOn(intendedNodes(pkg, context), pkg.name),
      nodeTypes: intendedTypes(pkg, context),
      ...(refused ? { refused } : {}),
    };
  });
}

function byNameNewestFirst(a: LibraryPackage, b: LibraryPackage): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareEvr(b, a) || (a.arch < b.arch ? -1 : a.arch > b.arch ? 1 : 0) || (a.fileName < b.fileName ? -1 : 1);
}

function isSameBuild(a: LibraryPackage, b: LibraryPackage | undefined): boolean {
  return b !== undefined && formatNevra(a) === formatNevra(b);
}

function versionsOn(nodes: readonly SelectionNode[], name: string): PackageChoice['onNodes'] {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const installed = installedVersion(node, name);
    const version = installed ? formatEvr(installed) : 'none';
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts]
    .map(([version, count]) => ({ version, nodes: count }))
    .sort((a, b) => b.nodes - a.nodes || (a.version < b.version ? -1 : 1));
}

/** Nodes for which this row is the one among the rows of its name, by architecture. */
function nodesOfRow(row: CertListEntry, pkg: LibraryPackage, context: SelectionContext): SelectionNode[] {
  const rows = rowsOf(context.certList, row.name);
  const fit = (one: CertListEntry, node: SelectionNode): number => archFit(one.arch, node.facts.arch) ?? Infinity;
  return intendedNodes(pkg, context).filter(
    (node) => runsOn(pkg, node) && rows.every((other) => fit(row, node) <= fit(other, node)),
  );
}

function certified(files: readonly LibraryPackage[], context: SelectionContext): LibraryPackage[] {
  const wanted: LibraryPackage[] = [];
  for (const row of context.certList?.entries ?? []) {
    const pkg = files.find((one) => isCertified(one, row));
    if (!pkg) continue;
    const nodes = nodesOfRow(row, pkg, context);
    if (nodes.length === 0) continue;
    if (row.mandatory || nodes.some((node) => installedVersion(node, row.name) !== undefined)) wanted.push(pkg);
  }
  return wanted;
}

function newestOfInstalled(usable: readonly LibraryPackage[], context: SelectionContext): LibraryPackage[] {
  const wanted: LibraryPackage[] = [];
  for (const [name, builds] of Map.groupBy(usable, (pkg) => pkg.name)) {
    for (const node of context.nodes) {
      const installed = installedVersion(node, name);
      if (!installed) continue;
      const fitting = builds.filter((pkg) => runsOn(pkg, node));
      const [best] = fitting.sort(
        (a, b) => compareEvr(b, a) || (archFit(a.arch, node.facts.arch) ?? 0) - (archFit(b.arch, node.facts.arch) ?? 0),
      );
      if (best && compareEvr(best, installed) > 0 && !wanted.includes(best)) wanted.push(best);
    }
  }
  return wanted;
}

/** Adds packages of the library that the wanted ones require and that neither a wanted one nor every node provides; certified builds first. */
function addRequired(wanted: Set<LibraryPackage>, usable: readonly LibraryPackage[], context: SelectionContext): void {
  const providers = new Map<string, LibraryPackage[]>();
  for (const pkg of usable) {
    for (const provide of providesOf(pkg)) providers.set(provide.name, [...(providers.get(provide.name) ?? []), pkg]);
  }
  const isRow = (pkg: LibraryPackage): boolean =>
    rowsOf(context.certList, pkg.name).some((row) => isCertified(pkg, row));
  // A set that grows while it is walked: what is added is looked at, too.
  for (const pkg of wanted) {
    for (const requirement of pkg.requires) {
      if (metBySystem(requirement, (name) => providers.has(name))) continue;
      const able = (providers.get(requirement.name) ?? []).filter((one) =>
        providesOf(one).some((provide) => provideSatisfies(provide, requirement)),
      );
      if (able.some((one) => wanted.has(one))) continue;
      const everywhere = intendedNodes(pkg, context).every((node) => {
        const installed = installedVersion(node, requirement.name);
        return (
          installed !== undefined &&
          provideSatisfies({ name: installed.name, sense: '=', version: formatEvr(installed) }, requirement)
        );
      });
      if (everywhere) continue;
      const best = able.find(isRow) ?? (context.certList ? undefined : able[0]);
      if (best) wanted.add(best);
    }
  }
}
