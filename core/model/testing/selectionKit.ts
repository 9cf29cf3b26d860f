import type { InstalledPackage, NodeFacts, NodeType } from '../node.ts';
import type { CertList, LibraryPackage, PackageRelation } from '../package.ts';
import { formatEvr, formatNevra, parseEvr } from '../rpmVersion.ts';
import type { SelectionNode } from '../selection.ts';

/** `name` or `name >= 1.2` as a relation. */
export function relation(words: string, flags = 0): PackageRelation {
  const [name = '', sense = '', version = ''] = words.split(' ');
  return { name, sense: sense as PackageRelation['sense'], version, flags };
}

export interface PackageWords {
  readonly arch?: string;
  readonly os?: string;
  readonly requires?: readonly (string | PackageRelation)[];
  readonly provides?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly obsoletes?: readonly string[];
  readonly fileName?: string;
  readonly color?: number;
}

/** A library package from `name [epoch:]version-release` and what matters for a test. */
export function pkg(identity: string, words: PackageWords = {}): LibraryPackage {
  const [name = '', evr = '1-1'] = identity.split(' ');
  const { epoch = 0, version, release } = parseEvr(evr);
  const arch = words.arch ?? 'noarch';
  const base = { name, epoch, version, release, arch };
  return {
    ...base,
    fileName: words.fileName ?? `${formatNevra({ ...base, epoch: 0 })}.rpm`,
    sha256: `digest of ${name}`,
    fileBytes: 100,
    installedBytes: 10,
    os: words.os ?? 'linux',
    summary: name,
    requires: (words.requires ?? []).map((one) => (typeof one === 'string' ? relation(one) : one)),
    provides: [relation(`${name} = ${formatEvr(base)}`), ...(words.provides ?? []).map((one) => relation(one))],
    conflicts: (words.conflicts ?? []).map((one) => relation(one)),
    obsoletes: (words.obsoletes ?? []).map((one) => relation(one)),
    ...(words.color === undefined ? {} : { color: words.color }),
    scriptlets: [],
    signed: false,
    uploadedBy: 'test',
    uploadedAtMs: 0,
  };
}

/** An installed package from `name [epoch:]version-release`. */
export function installed(identity: string, arch = 'noarch'): InstalledPackage {
  const { name, epoch, version, release } = pkg(identity);
  return { name, epoch, version, release, arch };
}

/** What the headers of packages say, as facts hold it; a test's node then knows everything of what it has. */
export function relationsOf(...packages: readonly LibraryPackage[]): NonNullable<NodeFacts['relations']> {
  return Object.fromEntries(
    packages.map(({ requires, provides, conflicts, obsoletes, color, ...identity }) => [
      formatNevra(identity),
      { requires, provides, conflicts, obsoletes, ...(color === undefined ? {} : { color }) },
    ]),
  );
}

/** A node of which everything is known: these packages and what their headers say. */
export function knownNode(
  nodeId: string,
  type: NodeType,
  packages: readonly LibraryPackage[],
  machine: Machine = {},
): SelectionNode {
  const identities = packages.map(({ name, epoch, version, release, arch }) => ({
    name,
    epoch,
    version,
    release,
    arch,
  }));
  return selectionNode(nodeId, type, identities, { relations: relationsOf(...packages), ...machine });
}

type Machine = Partial<Pick<NodeFacts, 'arch' | 'os' | 'relations' | 'rpm'>>;

export function selectionNode(
  nodeId: string,
  type: NodeType,
  packages: readonly InstalledPackage[] = [],
  machine: Machine = {},
): SelectionNode {
  return {
    nodeId,
    type,
    facts: {
      nodeId,
      os: machine.os ?? 'SLES 15 SP5',
      arch: machine.arch ?? 'x86_64',
      kernel: '5.14.21',
      memoryBytes: 2 ** 36,
      groupingKey: 'system-1',
      fileSystems: [{ path: '/', totalBytes: 2 ** 40, freeBytes: 2 ** 39 }],
      service: { name: 'practice', state: 'up' },
      packages,
      ...(machine.relations ? { relations: machine.relations } : {}),
      ...(machine.rpm ? { rpm: machine.rpm } : {}),
    },
  };
}

/** A cert list from rows `name version arch mandatory|optional types`. */
export function certList(...rows: readonly string[]): CertList {
  return {
    release: '2.0',
    title: 'test',
    entries: rows.map((row) => {
      const [name = '', version = '', arch = '', need = '', types = '*'] = row.split(' ');
      return { name, version, arch, mandatory: need === 'mandatory', nodeTypes: types === '*' ? [] : types.split(',') };
    }),
  };
}
