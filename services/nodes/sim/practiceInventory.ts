import { createHash } from 'node:crypto';
import type { InstalledPackage, NodeEntry, NodeFacts, NodeType, RpmFacts } from '../../../core/model/node.ts';
import { compareEvr, SENSE } from '../../../core/model/rpmVersion.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import { between, seededRandom } from './seededRandom.ts';

/** Most practice nodes of one system; a larger number makes several systems. */
const NODES_OF_A_SYSTEM = 512;
/** Most practice nodes at all. */
export const MOST_PRACTICE_NODES = 10_000;
/** Operating system, architecture and service that every practice node has. */
export const PRACTICE_OS = 'SLES 15 SP4';
export const PRACTICE_ARCH = 'x86_64';
export const PRACTICE_SERVICE = 'practice-db';
/** The kernel that runs, of those that are installed beside each other. */
export const PRACTICE_KERNEL = '5.14.21-150400.24.100-default';
/** Where it listens while it is up. */
export const PRACTICE_PORT = 1025;

const RPM_FEATURES = {
  ...{
    BuiltinLuaScripts: '4.2.2',
    CompressedFileNames: '3.0.4',
    ConcurrentAccess: '4.1',
    ExplicitPackageProvide: '4.0',
  },
  ...{ FileCaps: '4.6.1', FileDigests: '4.6.0', HeaderLoadSortsTags: '4.0.1', LargeFiles: '4.12.0' },
  ...{ PartialHardlinkSets: '4.0.4', PayloadFilesHavePrefix: '4.0', PayloadIsBzip2: '3.0.5', PayloadIsLzma: '4.4.2' },
  ...{ PayloadIsXz: '5.2', PayloadIsZstd: '5.4.18', RichDependencies: '4.12.0', ScriptletExpansion: '4.9.0' },
  ...{ ScriptletInterpreterArgs: '4.0.3', TildeInVersions: '4.10.0', VersionedDependencies: '3.0.3' },
};

/** rpm of every practice node: that of SLES 15 SP4, with what `rpm --showrc` lists there. */
export const PRACTICE_RPM: RpmFacts = {
  version: '4.14.3',
  features: Object.entries(RPM_FEATURES).map(([feature, since]) => ({
    ...{ name: `rpmlib(${feature})`, sense: '=' as const },
    ...{ version: `${since}-1`, flags: SENSE.equal | SENSE.rpmlib },
  })),
};

const GIB = 1024 ** 3;

/** A package that a fresh practice node has; an empty list of node types means every type. */
export interface InstalledSeed extends InstalledPackage {
  readonly nodeTypes: readonly string[];
}

/** How many nodes of each kind one system of `nodes` nodes has, workstations not counted. */
function shapeOfSystem(nodes: number): { tpa: number; hsn: number; nontpa: number } {
  const hsn = nodes >= 3 ? Math.max(1, Math.floor(nodes / 16)) : 0;
  const nontpa = nodes >= 4 ? Math.max(1, Math.floor(nodes / 20)) : 0;
  return { tpa: nodes - hsn - nontpa, hsn, nontpa };
}

/** 192.0.2.0/24 is kept for documentation (RFC 5737); beyond it 198.18.0.0/15, kept for tests (RFC 2544). */
function addressOf(index: number, count: number): string {
  if (count <= 254) return `192.0.2.${index + 1}`;
  return `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/**
 * The inventory of a practice system. Eight nodes are four TPA in two cliques, a hot standby, a non-TPA, an AWS and an SWS;
 * other numbers keep the proportions. Throws `usage` beyond 1 to MOST_PRACTICE_NODES.
 */
export function practiceEntries(count: number): NodeEntry[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST_PRACTICE_NODES) {
    throw new PutError('usage', `a practice system has 1 to ${MOST_PRACTICE_NODES} nodes, not ${count}`, { count });
  }
  const workstations: NodeType[] = count >= 6 ? ['AWS', 'SWS'] : [];
  const inSystems = count - workstations.length;
  const systems = Math.ceil(inSystems / NODES_OF_A_SYSTEM);
  const digits = Math.max(3, String(count).length);
  const used: Record<string, number> = {};
  const entries: NodeEntry[] = [];
  const add = (type: NodeType, system: number, clique?: number): void => {
    const number = (used[type] = (used[type] ?? 0) + 1);
    const nodeId = `${type.toLowerCase()}-${String(number).padStart(digits, '0')}`;
    entries.push({
      nodeId,
      address: addressOf(entries.length, count),
      type,
      system,
      ...(clique === undefined ? {} : { clique }),
    });
  };
  let clique = 0;
  for (let system = 1; system <= systems; system++) {
    const share = Math.floor(inSystems / systems) + (system <= inSystems % systems ? 1 : 0);
    const { tpa, hsn, nontpa } = shapeOfSystem(share);
    const nodesOfAClique = tpa <= 8 ? 2 : 4;
    const firstClique = clique + 1;
    for (let i = 0; i < tpa; i++) {
      if (i % nodesOfAClique === 0) clique++;
      add('TPA', system, clique);
    }
    for (let i = 0; i < hsn; i++) add('HSN', system, Math.min(firstClique + i, clique));
    for (let i = 0; i < nontpa; i++) add('NONTPA', system);
  }
  // Each is found as a system of its own, by its grouping key.
  workstations.forEach((type, at) => add(type, systems + 1 + at));
  return entries;
}

/** What is read from a practice node; sizes are drawn from the seed and stay the same. */
export function practiceFacts(
  seed: number,
  entry: NodeEntry,
  packages: readonly InstalledPackage[],
  service: 'up' | 'down' | 'unknown',
): NodeFacts {
  const random = seededRandom(seed, 'facts', entry.nodeId);
  const workstation = entry.type === 'AWS' || entry.type === 'SWS';
  const fileSystem = (path: string, totalGib: number): { path: string; totalBytes: number; freeBytes: number } => ({
    path,
    totalBytes: totalGib * GIB,
    freeBytes: Math.floor(totalGib * GIB * (0.35 + random() * 0.4)),
  });
  return {
    nodeId: entry.nodeId,
    os: PRACTICE_OS,
    arch: PRACTICE_ARCH,
    kernel: PRACTICE_KERNEL,
    memoryBytes: (workstation ? 16 : 256 * between(random, 1, 3)) * GIB,
    groupingKey: workstation ? `workstation-${entry.nodeId}` : `interconnect-${entry.system}`,
    fileSystems: [
      fileSystem('/var/opt', workstation ? 40 : 120),
      fileSystem('/tmp', 8),
      fileSystem('/', workstation ? 30 : 60),
    ],
    service: { name: PRACTICE_SERVICE, state: service },
    packages,
    rpm: PRACTICE_RPM,
  };
}

/** Names the boot of a node, as Linux does. */
export function bootIdOf({ nodeId }: NodeEntry, { boots }: Pick<PracticeNodeState, 'boots'>): string {
  const hex = createHash('sha256').update(`${nodeId} boot ${boots}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** Release of the kernel that a node boots: the newest that is installed. As on SLES, the number of the rebuild is not part of it. */
export function bootedKernel(packages: readonly InstalledPackage[]): string {
  const [newest] = packages.filter(({ name }) => name === 'kernel-default').sort((a, b) => compareEvr(b, a));
  return newest ? `${newest.version}-${newest.release.replace(/\.\d+$/, '')}-default` : PRACTICE_KERNEL;
}

/** The boot of a node and how long ago it was; one from before the practice system began is some days old. */
export function bootOf(
  entry: NodeEntry,
  state: Pick<PracticeNodeState, 'boots' | 'bootedAtMs'>,
  startedAtMs: number,
  nowMs: number,
): NonNullable<NodeFacts['boot']> {
  const daysBefore = between(seededRandom(1, 'boot', entry.nodeId), 3, 60);
  const bootedAtMs = state.bootedAtMs ?? startedAtMs - daysBefore * 86_400_000;
  return { id: bootIdOf(entry, state), uptimeSeconds: Math.max(0, Math.floor((nowMs - bootedAtMs) / 1000)) };
}

/** The seeds that a node of this type has, as installed packages. */
export function packagesForType(seeds: readonly InstalledSeed[], type: NodeType): InstalledPackage[] {
  return seeds
    .filter((seed) => seed.nodeTypes.length === 0 || seed.nodeTypes.includes(type))
    .map(({ name, epoch, version, release, arch }) => ({ name, epoch, version, release, arch }));
}
