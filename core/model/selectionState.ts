import type { InstalledPackage } from './node.ts';
import type { LibraryPackage, PackageRelation } from './package.ts';
import { compareEvr, provideSatisfies } from './rpmVersion.ts';
import { archFit } from './architectures.ts';
import {
  fileOfInstalled,
  implicitProvide,
  installedVersion,
  type LibraryByName,
  obsoletes,
  providesOf,
  type SelectionContext,
  type SelectionNode,
  targetNodes,
} from './selectionRules.ts';

/** Nodes on which a selection comes to the same: same type, architecture, operating system and installed packages that matter. */
export interface NodeGroup {
  readonly example: SelectionNode;
  readonly nodeIds: readonly string[];
}

/**
 * The same context with only those installed packages that the library or the cert list name in any way; all others change nothing,
 * and a node may have thousands of them.
 */
export function narrowContext(context: SelectionContext): SelectionContext {
  const names = new Set(context.certList?.entries.map((row) => row.name));
  for (const pkg of context.library) {
    names.add(pkg.name);
    for (const list of [pkg.requires, pkg.conflicts, pkg.obsoletes])
      for (const relation of list) names.add(relation.name);
  }
  const narrow = (node: SelectionNode): SelectionNode => ({
    ...node,
    facts: { ...node.facts, packages: node.facts.packages.filter((one) => names.has(one.name)) },
  });
  return { ...context, nodes: context.nodes.map(narrow) };
}

/** Groups nodes of a narrowed context, so that a system of thousands of equal nodes costs as much as one node of each kind. */
export function groupNodes(nodes: readonly SelectionNode[]): NodeGroup[] {
  const groups = new Map<string, { example: SelectionNode; nodeIds: string[] }>();
  for (const node of nodes) {
    const installed = node.facts.packages
      .map((one) => `${one.name} ${one.epoch}:${one.version}-${one.release} ${one.arch}`)
      .sort();
    const key = [node.type, node.facts.arch, node.facts.os, ...installed].join('\n');
    const group = groups.get(key);
    if (group) group.nodeIds.push(node.nodeId);
    else groups.set(key, { example: node, nodeIds: [node.nodeId] });
  }
  return [...groups.values()];
}

/** For each package the nodes it goes to, asked once. */
export class TargetIndex {
  readonly #context: SelectionContext;
  readonly #targets = new Map<LibraryPackage, ReadonlySet<string>>();

  constructor(context: SelectionContext) {
    this.#context = context;
  }

  /** Whether the package goes to the node: its type is meant, architecture and operating system fit. */
  goesTo(pkg: LibraryPackage, nodeId: string): boolean {
    let targets = this.#targets.get(pkg);
    if (!targets) {
      targets = new Set(targetNodes(pkg, this.#context).map((node) => node.nodeId));
      this.#targets.set(pkg, targets);
    }
    return targets.has(nodeId);
  }
}

/**
 * The selected packages that go to a node, one a name: of several builds of one version the one that suits the node's architecture best,
 * of several versions all, for the caller to refuse.
 */
export function selectedFor(
  node: SelectionNode,
  selected: readonly LibraryPackage[],
  targets: TargetIndex,
): LibraryPackage[] {
  const byName = Map.groupBy(
    selected.filter((pkg) => targets.goesTo(pkg, node.nodeId)),
    (pkg) => pkg.name,
  );
  const fit = (pkg: LibraryPackage): number => archFit(pkg.arch, node.facts.arch) ?? Infinity;
  return [...byName.values()].flatMap((builds) => {
    const [first, ...others] = [...builds].sort((a, b) => fit(a) - fit(b));
    if (first === undefined) return [];
    return [first, ...others.filter((pkg) => compareEvr(pkg, first) !== 0)];
  });
}

/** Whether the node has exactly this version already. */
export function isThere(pkg: LibraryPackage, installed: InstalledPackage | undefined): boolean {
  return installed !== undefined && installed.arch === pkg.arch && compareEvr(installed, pkg) === 0;
}

/** A package as it will be on a node; `file` tells what it requires where the library knows it. */
export interface PresentPackage {
  readonly name: string;
  readonly file?: LibraryPackage | undefined;
  /** Newly installed or upgraded by the selection. */
  readonly isNew: boolean;
  readonly provides: readonly PackageRelation[];
}

function presentInstalled(installed: InstalledPackage, library: LibraryByName): PresentPackage {
  const file = fileOfInstalled(installed, library);
  return { name: installed.name, file, isNew: false, provides: file ? providesOf(file) : [implicitProvide(installed)] };
}

/** What is on a node before and after the selected packages went there, by rpm's rules of upgrade and obsoletion. */
export interface NodeOutlook {
  readonly before: readonly PresentPackage[];
  readonly after: readonly PresentPackage[];
  /** Installed packages that a selected one takes away. */
  readonly obsoleted: readonly { readonly installed: InstalledPackage; readonly by: LibraryPackage }[];
}

/** @param chosen what `selectedFor` gave for the node. */
export function outlookOf(node: SelectionNode, chosen: readonly LibraryPackage[], library: LibraryByName): NodeOutlook {
  const changes = chosen.filter((pkg) => !isThere(pkg, installedVersion(node, pkg.name)));
  const changedNames = new Set(changes.map((pkg) => pkg.name));
  const before = node.facts.packages.map((installed) => presentInstalled(installed, library));
  const obsoleted: { installed: InstalledPackage; by: LibraryPackage }[] = [];
  const kept = before.filter((_, i) => {
    const installed = node.facts.packages[i];
    if (installed === undefined || changedNames.has(installed.name)) return false;
    const by = changes.find((pkg) => obsoletes(pkg, installed));
    if (by) obsoleted.push({ installed, by });
    return by === undefined;
  });
  const added = changes.map((pkg) => ({ name: pkg.name, file: pkg, isNew: true, provides: providesOf(pkg) }));
  return { before, after: [...kept, ...added], obsoleted };
}

/** Looks relations up among everything that is provided. */
export class ProvideIndex {
  readonly #byName = new Map<string, { readonly relation: PackageRelation; readonly by: PresentPackage }[]>();

  constructor(present: readonly PresentPackage[]) {
    for (const by of present) {
      for (const relation of by.provides) {
        const list = this.#byName.get(relation.name);
        if (list) list.push({ relation, by });
        else this.#byName.set(relation.name, [{ relation, by }]);
      }
    }
  }

  /** Packages that provide what the relation names. */
  providers(relation: PackageRelation): PresentPackage[] {
    return (this.#byName.get(relation.name) ?? [])
      .filter((one) => provideSatisfies(one.relation, relation))
      .map((one) => one.by);
  }
}
