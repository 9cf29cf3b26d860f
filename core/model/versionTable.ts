import { z } from 'zod';
import type { CsvValue } from './csv.ts';
import { NODE_TYPES, type InstalledPackage, type NodeType } from './node.ts';
import { foldNames } from './nodeNames.ts';
import { compareEvr, formatEvr } from './rpmVersion.ts';

/** A package on the nodes of one type: which of its versions are where. The nodes of its versions add up to `of`. */
export const versionRowSchema = z.object({
  packageName: z.string(),
  arch: z.string(),
  type: z.enum(NODE_TYPES),
  /** Nodes of the type whose packages are known. */
  of: z.number().int(),
  /** Most nodes first; a node that has several at once is under all of them together, one that has none under `none`. */
  versions: z.array(z.object({ version: z.string(), nodes: z.number().int(), names: z.string() })),
  /** Not all nodes of the type have the same. */
  differs: z.boolean(),
});
export type VersionRow = z.output<typeof versionRowSchema>;

/** A node with what is on it; undefined: nobody read it. */
export interface NodeVersions {
  readonly nodeId: string;
  readonly type: NodeType;
  readonly packages: readonly InstalledPackage[] | undefined;
}

/** What a row says where the package is not on a node. */
export const NO_VERSION = 'none';
/** Characters of names at a version. */
const MOST_NAMES = 4_000;

/** Nodes of one type that have one list of packages; large systems have few of them. */
interface Alike {
  readonly nodeIds: string[];
  /** By package and architecture: its versions, newest first, as one text. */
  readonly versions: ReadonlyMap<string, string>;
}

const keyOf = ({ name, arch }: InstalledPackage): string => `${name} ${arch}`;

function versionsOf(packages: readonly InstalledPackage[]): Map<string, string> {
  const made = new Map<string, string>();
  for (const [key, builds] of Map.groupBy(packages, keyOf)) {
    const newestFirst = builds.length === 1 ? builds : [...builds].sort((a, b) => compareEvr(b, a));
    made.set(key, [...new Set(newestFirst.map(formatEvr))].join(' and '));
  }
  return made;
}

/** Every package with its versions by node type: what differs between nodes of one type first, then by name. */
export function versionRows(nodes: readonly NodeVersions[]): VersionRow[] {
  const rows: VersionRow[] = [];
  for (const type of NODE_TYPES) {
    // Equal lists are one object, as drivers and the journal give them; others are looked into one by one.
    const byList = new Map<readonly InstalledPackage[], Alike>();
    for (const { nodeId, packages, type: own } of nodes) {
      if (own !== type || !packages) continue;
      const alike = byList.get(packages);
      if (alike) alike.nodeIds.push(nodeId);
      else byList.set(packages, { nodeIds: [nodeId], versions: versionsOf(packages) });
    }
    const kinds = [...byList.values()];
    const of = kinds.reduce((sum, { nodeIds }) => sum + nodeIds.length, 0);
    for (const key of new Set(kinds.flatMap(({ versions }) => [...versions.keys()]))) {
      const byVersion = new Map<string, string[]>();
      for (const { versions, nodeIds } of kinds) {
        const version = versions.get(key) ?? NO_VERSION;
        const there = byVersion.get(version);
        if (there) there.push(...nodeIds);
        else byVersion.set(version, [...nodeIds]);
      }
      const at = key.indexOf(' ');
      const versions = [...byVersion]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([version, nodeIds]) => ({ version, nodes: nodeIds.length, names: namesText(nodeIds) }));
      const place = { packageName: key.slice(0, at), arch: key.slice(at + 1), type, of };
      rows.push({ ...place, versions, differs: versions.length > 1 });
    }
  }
  return rows.sort(
    (a, b) =>
      Number(b.differs) - Number(a.differs) ||
      compareText(a.packageName, b.packageName) ||
      compareText(a.arch, b.arch) ||
      NODE_TYPES.indexOf(a.type) - NODE_TYPES.indexOf(b.type),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function namesText(nodeIds: readonly string[]): string {
  const names = foldNames(nodeIds);
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES)}...` : names;
}

/** Heads of the columns of `versionCells`. */
export const VERSION_COLUMNS = ['package', 'arch', 'type', 'version', 'nodes', 'of', 'differs', 'names'] as const;

/** The rows of a package in a table that leaves the program: one a version. */
export function versionCells({ packageName, arch, type, of, versions, differs }: VersionRow): CsvValue[][] {
  return versions.map(({ version, nodes, names }) => [
    ...[packageName, arch, type, version, nodes, of],
    ...[differs ? 'yes' : 'no', names],
  ]);
}
