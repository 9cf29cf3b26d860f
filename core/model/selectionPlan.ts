import { PutError } from '../protocol/errors.ts';
import type { JobPlan, PlannedChange, PlannedPackage } from './job.ts';
import { ableOf } from './libraryIndex.ts';
import type { NodeKind } from './nodeKinds.ts';
import type { LibraryPackage } from './package.ts';
import { isInstalledBeside } from './packageIdentity.ts';
import { compareEvr, formatEvr, formatNevra, SENSE } from './rpmVersion.ts';
import { cutBuildOf, isThere, newestOf, type SelectionCase, selectionCase } from './selectionCase.ts';
import { outlookOf } from './selectionOutlook.ts';
import type { PlanWarning } from './planWarnings.ts';
import { orderByRequirements } from './selectionOrder.ts';
import { fileOfInstalled, isCertified, type SelectionContext, someOf } from './selectionRules.ts';
import { runAtOnce, type Slices } from './slices.ts';

/** Packages planned between two places to pause. */
const PACKAGES_A_SLICE = 50;

/** What the selection comes to, node by node. */
export type PlannedNodes = Pick<JobPlan, 'packages' | 'nodes' | 'warnings'>;

/** `planInSlices` without a pause. @throws PutError package-unknown */
export function planNodeChanges(context: SelectionContext, fileNames: readonly string[]): PlannedNodes {
  return runAtOnce(planInSlices(context, fileNames));
}

/**
 * The packages of the plan in order of installation (required ones first), the changes on each node in the same order, and warnings in
 * words. A package is planned on the nodes of its types with a fitting architecture; where its version is there already the change is
 * `keep`, also where a newer one is (which `checkSelection` refuses before). A node with nothing to do has an empty list.
 * @throws PutError package-unknown for a file that the library does not have.
 */
export function* planInSlices(context: SelectionContext, fileNames: readonly string[]): Slices<PlannedNodes> {
  const on = yield* selectionCase(context);
  const selected = yield* inOrder(filesOf(on, fileNames), on);
  const place = new Map(selected.map((pkg, i) => [pkg, i]));
  const nodes = new Map<string, readonly PlannedChange[]>();
  const used = new Set<LibraryPackage>();
  const warnings = new WarningsCollected();
  for (const kind of on.kinds) {
    const chosen = yield* on.selectedFor(kind, selected);
    chosen.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    yield;
    for (const pkg of chosen) used.add(pkg);
    const changes = yield* changesOf(kind, chosen, on, warnings);
    for (const nodeId of kind.nodeIds) nodes.set(nodeId, changes);
  }
  const packages = selected.filter((pkg) => used.has(pkg));
  return {
    packages: packages.map((pkg) => plannedPackage(pkg, on)),
    // In the order of the selection, whatever the kinds were.
    nodes: Object.fromEntries(context.nodes.map((node) => [node.nodeId, nodes.get(node.nodeId) ?? []])),
    warnings: warnings.inWords(selected.filter((pkg) => !used.has(pkg))),
  };
}

function filesOf(on: SelectionCase, fileNames: readonly string[]): LibraryPackage[] {
  return [...new Set(fileNames)].map((fileName) => {
    const pkg = on.index.byFileName.get(fileName);
    if (!pkg) throw new PutError('package-unknown', `the library has no file ${fileName}`, { fileName });
    return pkg;
  });
}

function* inOrder(selected: readonly LibraryPackage[], on: SelectionCase): Slices<LibraryPackage[]> {
  const isSelected = new Set(selected);
  // Name first, so that equal packages come in the order of their names.
  const key = (pkg: LibraryPackage): string => `${pkg.name}\n${pkg.fileName}`;
  const strongBits = SENSE.prereq | SENSE.scriptPre | SENSE.scriptPost;
  const byKey = new Map(selected.map((pkg) => [key(pkg), pkg]));
  const nodes = [];
  for (const pkg of selected) {
    const edges = pkg.requires.flatMap((requirement) =>
      ableOf(on.index, requirement)
        .filter((other) => other !== pkg && isSelected.has(other))
        .map((other) => ({ to: key(other), strong: (requirement.flags & strongBits) !== 0 })),
    );
    nodes.push({
      key: key(pkg),
      before: edges.map((edge) => edge.to),
      strongBefore: edges.filter((edge) => edge.strong).map((edge) => edge.to),
    });
    yield;
  }
  return orderByRequirements(nodes).flatMap((one) => byKey.get(one) ?? []);
}

function* changesOf(
  kind: NodeKind,
  chosen: readonly LibraryPackage[],
  on: SelectionCase,
  warnings: WarningsCollected,
): Slices<PlannedChange[]> {
  const { obsoleted } = yield* outlookOf(on, kind, chosen);
  const obsoletedBy = Map.groupBy(obsoleted, (one) => one.by);
  const { byName } = on.index;
  // Two builds of one name on a node are told apart by their architectures.
  const builds = Map.groupBy(chosen, (pkg) => pkg.name);
  const changeOf = (pkg: LibraryPackage): PlannedChange => {
    const there = on.versionsOf(pkg, kind);
    const beside = isInstalledBeside(pkg);
    const cut = cutBuildOf(pkg, kind);
    const newest = newestOf(there.filter(({ identity }) => !beside || compareEvr(identity, pkg) === 0));
    const installed = cut ?? newest;
    const common = {
      packageName: (builds.get(pkg.name)?.length ?? 1) > 1 ? `${pkg.name}.${pkg.arch}` : pkg.name,
      ...(installed ? { from: formatEvr(installed) } : {}),
      fileName: pkg.fileName,
    };
    if (installed && !cut && (isThere(pkg, kind) || compareEvr(installed, pkg) > 0)) {
      return { ...common, action: 'keep', to: formatEvr(installed), wayBack: true };
    }
    const taken = (obsoletedBy.get(pkg) ?? []).map((one) => one.installed.identity);
    const gone = [...on.placeOf(pkg, kind).map((one) => one.identity), ...taken];
    const wayBack = gone.every((one) => fileOfInstalled(one, byName) !== undefined);
    if (!wayBack) warnings.noWayBack(pkg, kind.nodeIds);
    for (const one of taken) warnings.replaced(pkg, one.name, kind.nodeIds);
    return {
      ...common,
      action: installed ? 'upgrade' : 'install',
      to: formatEvr(pkg),
      wayBack,
      ...(beside ? { beside } : {}),
      ...(taken.length > 0 ? { replaces: [...new Set(taken.map((one) => one.name))].sort() } : {}),
    };
  };
  const changes: PlannedChange[] = [];
  for (const [i, pkg] of chosen.entries()) {
    if (i % PACKAGES_A_SLICE === 0) yield;
    changes.push(changeOf(pkg));
  }
  return changes;
}

function plannedPackage(pkg: LibraryPackage, on: SelectionCase): PlannedPackage {
  const { name, epoch, version, release, arch, fileName, sha256, fileBytes } = pkg;
  const mandatory = on.rows(name).some((row) => row.mandatory && isCertified(pkg, row));
  const beside = isInstalledBeside(pkg) ? { beside: true } : {};
  return { name, epoch, version, release, arch, fileName, sha256, fileBytes, mandatory, ...beside };
}

const warn = (name: PlanWarning['name'], message: string): PlanWarning => ({ name, message });

/** Collects what the engineer should know before accepting, over all groups of nodes. */
class WarningsCollected {
  readonly #noWayBack = new Map<string, number>();
  readonly #replaced = new Map<string, number>();

  noWayBack(pkg: LibraryPackage, nodeIds: readonly string[]): void {
    this.#noWayBack.set(pkg.name, (this.#noWayBack.get(pkg.name) ?? 0) + nodeIds.length);
  }

  replaced(pkg: LibraryPackage, name: string, nodeIds: readonly string[]): void {
    const key = `${formatNevra(pkg)} replaces ${name}`;
    this.#replaced.set(key, (this.#replaced.get(key) ?? 0) + nodeIds.length);
  }

  inWords(nowhere: readonly LibraryPackage[]): PlanWarning[] {
    const names = [...this.#noWayBack.keys()].sort();
    return [
      ...[...this.#replaced].map(([what, nodes]) =>
        warn('replaces-package', `${what} on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}.`),
      ),
      ...(names.length > 0
        ? [
            warn(
              'no-way-back',
              `Without a way back: ${someOf(names)}. The library does not have the versions that are on the nodes now.`,
            ),
          ]
        : []),
      ...nowhere.map((pkg) => warn('goes-nowhere', `${formatNevra(pkg)} goes to none of the selected nodes.`)),
    ];
  }
}
