import type { LibraryIndex } from './libraryIndex.ts';
import type { InstalledPackage, NodeFacts, NodeType } from './node.ts';
import type { LibraryPackage, PackageIdentity, PackageRelation, PackageRelations } from './package.ts';
import { formatNevra, provideSatisfies } from './rpmVersion.ts';
import {
  fileOfInstalled,
  ownProvide,
  type SelectionContext,
  type SelectionNode,
  withOwnName,
} from './selectionRules.ts';
import type { Slices } from './slices.ts';

/** A package that is on a node. */
export interface PresentPackage {
  readonly identity: PackageIdentity;
  /** What its header says; undefined: not known, since neither the node nor the library told it. */
  readonly relations: PackageRelations | undefined;
  /** What is known of what it provides; its own name always. */
  readonly provides: readonly PackageRelation[];
}

interface Link {
  readonly relation: PackageRelation;
  readonly by: PresentPackage;
}
type Links = ReadonlyMap<string, readonly Link[]>;

/** Nodes on which every selection comes to the same: equal in type, machine, rpm, and installed packages that matter to the library. */
export interface NodeKind {
  readonly type: NodeType;
  readonly facts: Pick<NodeFacts, 'arch' | 'os' | 'rpm'>;
  /** In the order of the selection. */
  readonly nodeIds: readonly string[];
  /** Installed packages that matter to the library in any way. */
  readonly installed: readonly PresentPackage[];
  readonly byName: ReadonlyMap<string, readonly PresentPackage[]>;
  /** How many installed packages nothing is known of but the name; 0: what nobody provides is not there. */
  readonly unknown: number;
  /** By the name that a provide, requirement, conflict or obsoletion of an installed package names. */
  readonly provides: Links;
  readonly requires: Links;
  readonly conflicts: Links;
  readonly obsoletes: Links;
}

/** Installed packages of a kind that provide what the relation names, as far as it is known. */
export function installedProviders(kind: NodeKind, relation: PackageRelation): PresentPackage[] {
  return (kind.provides.get(relation.name) ?? [])
    .filter((link) => provideSatisfies(link.relation, relation))
    .map((link) => link.by);
}

/** Nodes with one list of packages, one table of relations and one machine. */
interface Group {
  readonly example: SelectionNode;
  readonly packages: readonly InstalledPackage[];
  readonly nodeIds: string[];
}

/** Nodes looked at, or packages of a list, between two places to pause. */
const NODES_A_SLICE = 200;
const PACKAGES_A_SLICE = 200;

/**
 * Sorts the nodes into kinds: 10,000 equal nodes are one case. Packages that the library names in no way, and that nothing hangs on
 * which the library could take away, do not make nodes differ.
 */
export function* nodeKinds(context: SelectionContext, index: LibraryIndex): Slices<NodeKind[]> {
  const groups = yield* groupEqual(context.nodes);
  const known = new KnownPackages(index);
  const entries = new Map<Group, Entry[]>();
  for (const group of groups) entries.set(group, yield* known.entriesOf(group));
  const kinds = new Map<string, { group: Group; installed: Entry[]; unknown: number; nodeIds: string[] }>();
  const ids = new Ids();
  for (const group of groups) {
    const all = entries.get(group) ?? [];
    const installed = all.filter((entry) => known.matters(entry));
    const { type, facts } = group.example;
    // No node is without packages: an empty list without headers was never read.
    const unread = all.length === 0 && facts.relations === undefined ? 1 : 0;
    const unknown = all.reduce((sum, entry) => sum + (entry.present.relations ? 0 : 1), unread);
    const key = [type, facts.arch, facts.os, ids.ofContent(facts.rpm), unknown > 0, ...installed.map((one) => one.id)];
    const text = key.join(' ');
    const kind = kinds.get(text);
    if (kind) kind.nodeIds.push(...group.nodeIds);
    else kinds.set(text, { group, installed, unknown, nodeIds: [...group.nodeIds] });
    yield;
  }
  const place = new Map(context.nodes.map((node, i) => [node.nodeId, i]));
  const result: NodeKind[] = [];
  for (const { group, installed, unknown, nodeIds } of kinds.values()) {
    nodeIds.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    result.push(
      yield* makeKind(
        group.example,
        nodeIds,
        installed.map((entry) => entry.present),
        unknown,
      ),
    );
  }
  return result.sort((a, b) => (place.get(a.nodeIds[0] ?? '') ?? 0) - (place.get(b.nodeIds[0] ?? '') ?? 0));
}

function* makeKind(
  { type, facts }: SelectionNode,
  nodeIds: readonly string[],
  installed: readonly PresentPackage[],
  unknown: number,
): Slices<NodeKind> {
  const table = (): Map<string, Link[]> => new Map();
  const links = { provides: table(), requires: table(), conflicts: table(), obsoletes: table() };
  const add = (map: Map<string, Link[]>, relations: readonly PackageRelation[], by: PresentPackage): void => {
    for (const relation of relations) {
      const list = map.get(relation.name);
      if (list) list.push({ relation, by });
      else map.set(relation.name, [{ relation, by }]);
    }
  };
  for (const [i, by] of installed.entries()) {
    add(links.provides, by.provides, by);
    add(links.requires, by.relations?.requires ?? [], by);
    add(links.conflicts, by.relations?.conflicts ?? [], by);
    add(links.obsoletes, by.relations?.obsoletes ?? [], by);
    if (i % PACKAGES_A_SLICE === 0) yield;
  }
  const byName = Map.groupBy(installed, (one) => one.identity.name);
  const { arch, os, rpm } = facts;
  return { type, facts: { arch, os, rpm }, nodeIds, installed, byName, unknown, ...links };
}

/** Gives equal things equal numbers. */
class Ids {
  readonly #ofObject = new Map<object, number>();
  readonly #ofText = new Map<string, number>();

  ofObject(object: object): number {
    return numberOf(this.#ofObject, object);
  }

  /** For small objects: by what is in them. */
  ofContent(value: object | undefined): number {
    if (value === undefined) return -1;
    const known = this.#ofObject.get(value);
    if (known !== undefined) return known;
    const id = numberOf(this.#ofText, JSON.stringify(value));
    this.#ofObject.set(value, id);
    return id;
  }
}

function numberOf<K>(map: Map<K, number>, key: K): number {
  const id = map.get(key) ?? map.size;
  map.set(key, id);
  return id;
}

/** Nodes whose lists are one object, or have the same content, together. */
function* groupEqual(nodes: readonly SelectionNode[]): Slices<Group[]> {
  const lists = new EqualLists();
  const ids = { lists: new Ids(), relations: new Ids(), rpm: new Ids() };
  const groups = new Map<string, Group>();
  for (const [i, node] of nodes.entries()) {
    const { facts, type } = node;
    const fresh = !lists.has(facts.packages);
    const packages = lists.same(facts.packages);
    const relations = facts.relations ? ids.relations.ofObject(lists.sameRelations(packages, facts.relations)) : -1;
    const rpm = ids.rpm.ofContent(facts.rpm);
    const key = `${type} ${facts.arch} ${facts.os} ${ids.lists.ofObject(packages)} ${relations} ${rpm}`;
    const group = groups.get(key);
    if (group) group.nodeIds.push(node.nodeId);
    else groups.set(key, { example: node, packages, nodeIds: [node.nodeId] });
    if (fresh || i % NODES_A_SLICE === 0) yield;
  }
  return [...groups.values()];
}

type Relations = NonNullable<NodeFacts['relations']>;

/** One list for all lists of equal content. Drivers share equal lists, so most are seen to be the same without a look inside. */
class EqualLists {
  readonly #same = new Map<readonly InstalledPackage[], readonly InstalledPackage[]>();
  readonly #byHash = new Map<number, (readonly InstalledPackage[])[]>();
  readonly #sameRelations = new Map<Relations, Relations>();
  readonly #relationsOfList = new Map<readonly InstalledPackage[], Relations[]>();

  has(list: readonly InstalledPackage[]): boolean {
    return this.#same.has(list);
  }

  same(list: readonly InstalledPackage[]): readonly InstalledPackage[] {
    const known = this.#same.get(list);
    if (known) return known;
    const hash = hashOf(list);
    const candidates = this.#byHash.get(hash) ?? [];
    const equal = candidates.find((one) => isEqualList(one, list));
    if (!equal) this.#byHash.set(hash, [...candidates, list]);
    this.#same.set(list, equal ?? list);
    return equal ?? list;
  }

  /** One table for all tables that say the same of the packages of `list`. */
  sameRelations(list: readonly InstalledPackage[], relations: Relations): Relations {
    const known = this.#sameRelations.get(relations);
    if (known) return known;
    const candidates = this.#relationsOfList.get(list) ?? [];
    const equal = candidates.find((one) =>
      list.every((installed) => isEqualRelations(one[formatNevra(installed)], relations[formatNevra(installed)])),
    );
    if (!equal) this.#relationsOfList.set(list, [...candidates, relations]);
    this.#sameRelations.set(relations, equal ?? relations);
    return equal ?? relations;
  }
}

function hashOf(list: readonly InstalledPackage[]): number {
  let hash = list.length;
  for (const { name, version, release } of list) {
    for (const text of [name, version, release]) {
      for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
    }
  }
  return hash;
}

function isEqualList(a: readonly InstalledPackage[], b: readonly InstalledPackage[]): boolean {
  return a.length === b.length && a.every((one, i) => isEqualIdentity(one, b[i]));
}

function isEqualIdentity(a: InstalledPackage, b: InstalledPackage | undefined): boolean {
  if (a === b) return true;
  if (!b) return false;
  return (
    a.name === b.name && a.version === b.version && a.release === b.release && a.epoch === b.epoch && a.arch === b.arch
  );
}

function isEqualRelations(a: PackageRelations | undefined, b: PackageRelations | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.color === b.color &&
    isEqualRelationList(a.provides, b.provides) &&
    isEqualRelationList(a.requires, b.requires) &&
    isEqualRelationList(a.conflicts, b.conflicts) &&
    isEqualRelationList(a.obsoletes, b.obsoletes)
  );
}

function isEqualRelationList(a: readonly PackageRelation[], b: readonly PackageRelation[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => isEqualRelation(one, b[i])));
}

function isEqualRelation(a: PackageRelation, b: PackageRelation | undefined): boolean {
  if (a === b) return true;
  return b !== undefined && a.name === b.name && a.version === b.version && a.flags === b.flags && a.sense === b.sense;
}

/** An installed build as it occurs on nodes. */
interface Entry {
  readonly id: number;
  readonly present: PresentPackage;
}

/** Every installed build once, however many nodes have it, and whether it matters to the library. */
class KnownPackages {
  readonly #index: LibraryIndex;
  readonly #byBuild = new Map<string, Entry[]>();
  readonly #matters = new Map<Entry, boolean>();
  /** What installed packages provide that the library could take away. */
  readonly #takenNames = new Set<string>();
  #count = 0;

  constructor(index: LibraryIndex) {
    this.#index = index;
  }

  *entriesOf(group: Group): Slices<Entry[]> {
    const entries: Entry[] = [];
    for (const [i, installed] of group.packages.entries()) {
      const build = formatNevra(installed);
      entries.push(this.#entry(build, installed, group.example.facts.relations?.[build]));
      if (i % PACKAGES_A_SLICE === 0) yield;
    }
    return entries;
  }

  /** Whether a selection of the library's packages could have to do with it. Asked when the entries of all nodes are known. */
  matters(entry: Entry): boolean {
    const known = this.#matters.get(entry);
    if (known !== undefined) return known;
    const { names } = this.#index;
    const { identity, relations, provides } = entry.present;
    const touches = (name: string): boolean => names.has(name) || this.#takenNames.has(name);
    const found =
      names.has(identity.name) ||
      provides.some((one) => touches(one.name)) ||
      (relations !== undefined &&
        [relations.requires, relations.conflicts, relations.obsoletes].some((list) =>
          list.some((one) => touches(one.name)),
        ));
    this.#matters.set(entry, found);
    return found;
  }

  #entry(build: string, installed: InstalledPackage, told: PackageRelations | undefined): Entry {
    const same = this.#byBuild.get(build) ?? [];
    const relations = told ?? fileOfInstalled(installed, this.#index.byName);
    const known = same.find(({ present }) => isEqualRelations(present.relations, relations));
    if (known) return known;
    const entry = { id: this.#count, present: presentOf(installed, relations) };
    this.#count += 1;
    this.#byBuild.set(build, [...same, entry]);
    if (this.#index.byName.has(installed.name) || this.#index.obsoletedNames.has(installed.name)) {
      for (const { name } of entry.present.provides) this.#takenNames.add(name);
    }
    return entry;
  }
}

function presentOf(
  { name, epoch, version, release, arch }: InstalledPackage,
  relations: PackageRelations | LibraryPackage | undefined,
): PresentPackage {
  const identity = { name, epoch, version, release, arch };
  return {
    identity,
    relations,
    provides: relations ? withOwnName(identity, relations.provides) : [ownProvide(identity)],
  };
}
