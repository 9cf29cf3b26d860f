import { PutError } from '../protocol/errors.ts';
import type { JobPlan, PlannedChange, PlannedPackage } from './job.ts';
import type { LibraryPackage } from './package.ts';
import type { PlanWarning } from './planWarnings.ts';
import { compareEvr, formatEvr, formatNevra, provideSatisfies, SENSE } from './rpmVersion.ts';
import {
  fileOfInstalled,
  installedVersion,
  isCertified,
  type LibraryByName,
  providesOf,
  rowsOf,
  type SelectionContext,
  someOf,
} from './selectionRules.ts';
import { orderByRequirements } from './selectionOrder.ts';
import {
  groupNodes,
  isThere,
  narrowContext,
  type NodeGroup,
  outlookOf,
  selectedFor,
  TargetIndex,
} from './selectionState.ts';

/**
 * The packages of the plan in order of installation (required ones first), the changes on each node in the same order, and warnings in
 * words. A package is planned on the nodes of its types with a fitting architecture; where its version is there already the change is
 * `keep`, also where a newer one is (which `checkSelection` refuses before). A node with nothing to do has an empty list.
 * @throws PutError package-unknown for a file that the library does not have.
 */
export function planNodeChanges(
  whole: SelectionContext,
  fileNames: readonly string[],
): Pick<JobPlan, 'packages' | 'nodes' | 'warnings'> {
  const context = narrowContext(whole);
  const selected = inOrder(filesOf(context, fileNames));
  const byName = Map.groupBy(context.library, (pkg) => pkg.name);
  const targets = new TargetIndex(context);
  const nodes: Record<string, readonly PlannedChange[]> = {};
  const used = new Set<LibraryPackage>();
  const warnings = new WarningsCollected();
  for (const group of groupNodes(context.nodes)) {
    const chosen = selectedFor(group.example, selected, targets).sort(
      (a, b) => selected.indexOf(a) - selected.indexOf(b),
    );
    for (const pkg of chosen) used.add(pkg);
    const changes = changesOf(group, chosen, byName, warnings);
    for (const nodeId of group.nodeIds) nodes[nodeId] = changes;
  }
  const packages = selected.filter((pkg) => used.has(pkg));
  return {
    packages: packages.map((pkg) => plannedPackage(pkg, context)),
    // In the order of the selection, whatever the groups were.
    nodes: Object.fromEntries(context.nodes.map((node) => [node.nodeId, nodes[node.nodeId] ?? []])),
    warnings: warnings.inWords(selected.filter((pkg) => !used.has(pkg))),
  };
}

function filesOf(context: SelectionContext, fileNames: readonly string[]): LibraryPackage[] {
  const files = new Map(context.library.map((pkg) => [pkg.fileName, pkg]));
  return [...new Set(fileNames)].map((fileName) => {
    const pkg = files.get(fileName);
    if (!pkg) throw new PutError('package-unknown', `the library has no file ${fileName}`, { fileName });
    return pkg;
  });
}

function inOrder(selected: readonly LibraryPackage[]): LibraryPackage[] {
  const providers = new Map<string, LibraryPackage[]>();
  for (const pkg of selected) {
    for (const provide of providesOf(pkg)) {
      const list = providers.get(provide.name);
      if (list) list.push(pkg);
      else providers.set(provide.name, [pkg]);
    }
  }
  // Name first, so that equal packages come in the order of their names.
  const key = (pkg: LibraryPackage): string => `${pkg.name}\n${pkg.fileName}`;
  const strongBits = SENSE.prereq | SENSE.scriptPre | SENSE.scriptPost;
  const byKey = new Map(selected.map((pkg) => [key(pkg), pkg]));
  const nodes = selected.map((pkg) => {
    const edges = pkg.requires.flatMap((requirement) =>
      (providers.get(requirement.name) ?? [])
        .filter((other) => other !== pkg && providesOf(other).some((provide) => provideSatisfies(provide, requirement)))
        .map((other) => ({ to: key(other), strong: (requirement.flags & strongBits) !== 0 })),
    );
    return {
      key: key(pkg),
      before: edges.map((edge) => edge.to),
      strongBefore: edges.filter((edge) => edge.strong).map((edge) => edge.to),
    };
  });
  return orderByRequirements(nodes).flatMap((one) => byKey.get(one) ?? []);
}

function changesOf(
  group: NodeGroup,
  chosen: readonly LibraryPackage[],
  byName: LibraryByName,
  warnings: WarningsCollected,
): PlannedChange[] {
  const node = group.example;
  const { obsoleted } = outlookOf(node, chosen, byName);
  return chosen.map((pkg): PlannedChange => {
    const newest = installedVersion(node, pkg.name);
    // A transaction that was cut leaves the old version beside the new one: it is gone through once more.
    const cut =
      newest && isThere(pkg, newest)
        ? node.facts.packages.find((one) => one.name === pkg.name && one.arch === pkg.arch && compareEvr(one, pkg) < 0)
        : undefined;
    const installed = cut ?? newest;
    const common = {
      packageName: pkg.name,
      ...(installed ? { from: formatEvr(installed) } : {}),
      fileName: pkg.fileName,
    };
    if (installed && !cut && (isThere(pkg, installed) || compareEvr(installed, pkg) > 0)) {
      return { ...common, action: 'keep', to: formatEvr(installed), wayBack: true };
    }
    const taken = obsoleted.filter((one) => one.by === pkg).map((one) => one.installed);
    const gone = [...(installed ? [installed] : []), ...taken];
    const wayBack = gone.every((one) => fileOfInstalled(one, byName) !== undefined);
    if (!wayBack) warnings.noWayBack(pkg, group.nodeIds);
    for (const one of taken) warnings.replaced(pkg, one.name, group.nodeIds);
    return {
      ...common,
      action: installed ? 'upgrade' : 'install',
      to: formatEvr(pkg),
      wayBack,
      ...(taken.length > 0 ? { replaces: [...new Set(taken.map((one) => one.name))].sort() } : {}),
    };
  });
}

function plannedPackage(pkg: LibraryPackage, context: SelectionContext): PlannedPackage {
  const { name, epoch, version, release, arch, fileName, sha256, fileBytes } = pkg;
  const mandatory = rowsOf(context.certList, name).some((row) => row.mandatory && isCertified(pkg, row));
  return { name, epoch, version, release, arch, fileName, sha256, fileBytes, mandatory };
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
              `No rollback for ${someOf(names)}: the library does not have the versions that are on the nodes now.`,
            ),
          ]
        : []),
      ...nowhere.map((pkg) => warn('goes-nowhere', `${formatNevra(pkg)} goes to none of the selected nodes.`)),
    ];
  }
}
