import type { InstalledPackage, NodeFacts } from './node.ts';

/** Parts of what is known of a node, each read at its own time. */
export const KNOWN_SECTIONS = [
  'os',
  'boot',
  'clock',
  'services',
  'filesystems',
  'rpm',
  'packages',
  'active-versions',
] as const;
export type KnownSection = (typeof KNOWN_SECTIONS)[number];

/** What was last read of a node since the start of putservices. */
export interface KnownFacts {
  readonly nodeId: string;
  /** When each part was read, by the master's clock; a part that is not there was not read. */
  readonly readAtMs: Readonly<Partial<Record<KnownSection, number>>>;
  readonly facts: Partial<Omit<NodeFacts, 'relations' | 'groupingKey' | 'nodeId'>>;
}

/** The parts that an answer of a node tells something of. */
export function sectionsIn(facts: NodeFacts, asked: readonly string[]): KnownSection[] {
  const there: Readonly<Record<KnownSection, boolean>> = {
    os: facts.os !== '',
    boot: facts.boot !== undefined,
    clock: facts.clockOffsetMs !== undefined,
    services: asked.includes('services'),
    filesystems: asked.includes('filesystems'),
    rpm: facts.rpm !== undefined,
    packages: asked.includes('packages') || asked.includes('relations'),
    'active-versions': facts.activeVersions !== undefined,
  };
  return KNOWN_SECTIONS.filter((section) => there[section]);
}

/** What was known with what an answer tells anew. */
export function withAnswer(
  before: KnownFacts | undefined,
  facts: NodeFacts,
  asked: readonly string[],
  atMs: number,
): KnownFacts {
  const { os, arch, kernel, memoryBytes, fileSystems, service, packages } = facts;
  const parts: Readonly<Record<KnownSection, KnownFacts['facts']>> = {
    os: { os, arch, kernel, memoryBytes },
    boot: { boot: facts.boot },
    clock: { clockOffsetMs: facts.clockOffsetMs },
    services: { service },
    filesystems: { fileSystems },
    rpm: { rpm: facts.rpm },
    packages: { packages },
    'active-versions': { activeVersions: facts.activeVersions },
  };
  const read = sectionsIn(facts, asked);
  return {
    nodeId: facts.nodeId,
    readAtMs: { ...before?.readAtMs, ...Object.fromEntries(read.map((section) => [section, atMs])) },
    facts: Object.assign({}, before?.facts, ...read.map((section) => parts[section])) as KnownFacts['facts'],
  };
}

/** What is to be known of the node that putservices runs on. */
const MASTER_TEXTS = {
  'comes-back': 'putservices runs here, and starts again when the node boots',
  'by-hand': 'putservices runs here, and a person has to start it after a boot',
} as const;

const GIB = 1024 ** 3;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

function spanText(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}

/** Names of packages that are there more than once for one architecture: kernels by intent, others where an installation was cut. */
function inSeveralVersions(packages: readonly InstalledPackage[]): string[] {
  const builds = Map.groupBy(packages, ({ name, arch }) => `${name} ${arch}`);
  return [...new Set([...builds.values()].flatMap(([one, another]) => (one && another ? [one.name] : [])))].sort();
}

/** The parts as labels and texts for people; packages are counted, since they have a list of their own. Only what was read is there. */
export function factRows({ facts, readAtMs }: KnownFacts): {
  readonly section: KnownSection;
  readonly readAtMs: number;
  readonly rows: readonly (readonly [string, string])[];
}[] {
  const { service, boot, clockOffsetMs: offset = 0 } = facts;
  const rows: Readonly<Record<KnownSection, () => (readonly [string, string])[]>> = {
    os: () => [
      ['Operating system', facts.os ?? ''],
      ['Kernel', facts.kernel ?? ''],
      ['Architecture', facts.arch ?? ''],
      ['Memory', gib(facts.memoryBytes ?? 0)],
    ],
    boot: () => [
      ['Up for', spanText(boot?.uptimeSeconds ?? 0)],
      ['Boot id', boot?.id ?? ''],
      ...(boot?.alsoNamed ? [['The same machine as', boot.alsoNamed.join(', ')] as const] : []),
      ...(boot?.ofMaster ? [['Master', MASTER_TEXTS[boot.ofMaster]] as const] : []),
    ],
    clock: () => [['Clock', Math.abs(offset) < 1000 ? 'as the master' : `${spanOfClock(offset)}`]],
    services: () => [
      ['Service', !service || service.state === 'none' ? 'none is named for it' : `${service.name} ${service.state}`],
    ],
    filesystems: () =>
      (facts.fileSystems ?? []).map(
        (one) => [one.path, `${gib(one.freeBytes)} free of ${gib(one.totalBytes)}`] as const,
      ),
    rpm: () => [['rpm', facts.rpm?.version ?? '']],
    packages: () => {
      const several = inSeveralVersions(facts.packages ?? []);
      return [
        ['Packages', String(facts.packages?.length ?? 0)],
        ...(several.length > 0 ? [['In several versions', several.join(', ')] as const] : []),
      ];
    },
    'active-versions': () =>
      Object.entries(facts.activeVersions ?? {}).map(([name, version]) => [name, version] as const),
  };
  return KNOWN_SECTIONS.flatMap((section) => {
    const atMs = readAtMs[section];
    return atMs === undefined ? [] : [{ section, readAtMs: atMs, rows: rows[section]() }];
  });
}

function spanOfClock(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const span = seconds < 120 ? `${seconds} s` : spanText(seconds);
  return `${span} ${offsetMs > 0 ? 'ahead of' : 'behind'} the master`;
}
