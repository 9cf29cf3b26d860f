import type { JobNode, PackageChoice, PlannedPackage } from '../../core/model/job.ts';
import type { InstalledPackage, NodeRow, NodeType } from '../../core/model/node.ts';
import type { LibraryPackage, LibraryView } from '../../core/model/package.ts';
import type { PacketSizes } from '../../core/model/packetSizes.ts';
import { judgeWays, portsToProbe, sentenceForFirewall } from '../../core/model/pathTest.ts';
import type { PathTestResult, PortProbe } from '../../core/model/pathTest.ts';
import type { PortRow, PortsView } from '../../core/model/ports.ts';
import type { SavedSystem, SystemView, TransferView } from '../../electron/contract/bridge.ts';

/** Night of a made-up maintenance window, so that pictures are the same every time. */
export const MOCK_NOW_MS = new Date(2026, 2, 4, 2, 20, 12).getTime();

export const FINGERPRINT = Array.from({ length: 32 }, (_, i) =>
  ((i * 37 + 11) % 256).toString(16).toUpperCase().padStart(2, '0'),
).join(':');
export const OTHER_FINGERPRINT = Array.from({ length: 32 }, (_, i) =>
  ((i % 3 === 0 ? i * 53 + 7 : i * 37 + 11) % 256).toString(16).toUpperCase().padStart(2, '0'),
).join(':');

export const HOST_KEY = 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDm5rJFbxMnPGvvHq0';

/** A repeatable source of chance from 0 to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface MockPackage {
  readonly name: string;
  readonly old: string;
  readonly to: string;
  readonly bytes: number;
  readonly mandatory?: boolean;
  readonly types?: readonly NodeType[];
}

export const MOCK_PACKAGES: readonly MockPackage[] = [
  { name: 'ppde', old: '17.10.01-4', to: '17.20.03-1', bytes: 48_000_000, mandatory: true },
  { name: 'tdbms', old: '17.10.01-4', to: '17.20.03-1', bytes: 310_000_000, mandatory: true, types: ['TPA', 'HSN'] },
  { name: 'gsctools', old: '17.00.08-2', to: '17.20.01-1', bytes: 22_000_000, mandatory: true },
  { name: 'bteq', old: '17.10.00-9', to: '17.20.00-3', bytes: 6_400_000 },
  { name: 'tdodbc', old: '17.10.00-2', to: '17.20.00-1', bytes: 9_800_000, types: ['NONTPA', 'AWS', 'SWS'] },
];

const identityOf = (name: string, text: string, arch = 'x86_64'): InstalledPackage => {
  const [version = '', release = ''] = text.split('-');
  return { name, epoch: 0, version, release, arch };
};

export function mockNodes(count: number): JobNode[] {
  const node = (nodeId: string, type: NodeType, i: number, clique?: number): JobNode => ({
    nodeId,
    address: `10.4.${Math.floor(i / 250)}.${(i % 250) + 1}`,
    type,
    system: 1,
    clique,
    os: 'SLES 15.5',
    before: MOCK_PACKAGES.filter(({ types }) => !types || types.includes(type)).map(({ name, old }) =>
      identityOf(name, old),
    ),
    outcomes: {},
  });
  if (count === 8) {
    return [
      node('tpa-1', 'TPA', 1, 1),
      node('tpa-2', 'TPA', 2, 1),
      node('tpa-3', 'TPA', 3, 2),
      node('tpa-4', 'TPA', 4, 2),
      node('hsn-1', 'HSN', 5, 2),
      node('nontpa-1', 'NONTPA', 6),
      node('aws-1', 'AWS', 7),
      node('sws-1', 'SWS', 8),
    ];
  }
  const digits = String(count).length;
  return Array.from({ length: count }, (_, i) =>
    node(`tpa-${String(i + 1).padStart(digits, '0')}`, 'TPA', i + 1, Math.floor(i / 16) + 1),
  );
}

export const rowOf = (node: JobNode): NodeRow => ({
  nodeId: node.nodeId,
  address: node.address,
  type: node.type,
  system: node.system,
  clique: node.clique,
  reachable: 'yes',
  seenAtMs: MOCK_NOW_MS,
  os: node.os,
  arch: 'x86_64',
  service: { name: 'practice-db', state: 'up' },
  packageCount: node.before.length,
  packagesDigest: 'mock',
  faults:
    node.nodeId === 'tpa-3' ? [{ nodeId: 'tpa-3', stepId: 'package-install', kind: 'post-script', times: 1 }] : [],
});

export const plannedPackages: readonly PlannedPackage[] = MOCK_PACKAGES.map((item) => ({
  ...identityOf(item.name, item.to),
  fileName: `${item.name}-${item.to}.x86_64.rpm`,
  sha256: 'a'.repeat(64),
  fileBytes: item.bytes,
  mandatory: item.mandatory ?? false,
}));

export function mockChoices(nodeCount: number): PackageChoice[] {
  const choices: PackageChoice[] = plannedPackages.map((item, i) => ({
    ...item,
    recommended: true,
    selected: true,
    onNodes: [{ version: MOCK_PACKAGES[i]?.old ?? 'none', nodes: nodeCount }],
    nodeTypes: MOCK_PACKAGES[i]?.types ?? [],
  }));
  choices.push(
    {
      ...identityOf('tdicu', '17.20.00-2'),
      fileName: 'tdicu-17.20.00-2.x86_64.rpm',
      recommended: false,
      mandatory: false,
      selected: false,
      onNodes: [{ version: 'none', nodes: nodeCount }],
      nodeTypes: [],
    },
    {
      ...identityOf('ppde', '17.20.03-1', 'aarch64'),
      fileName: 'ppde-17.20.03-1.aarch64.rpm',
      recommended: false,
      mandatory: false,
      selected: false,
      onNodes: [{ version: '17.10.01-4', nodes: nodeCount }],
      nodeTypes: [],
      refused: { code: 'package-wrong-arch', message: 'built for aarch64, the nodes are x86_64', packageName: 'ppde' },
    },
  );
  return choices;
}

export function mockLibrary(): LibraryView {
  const packages: Record<string, LibraryPackage> = {};
  for (const item of plannedPackages) {
    packages[item.fileName] = {
      ...item,
      installedBytes: item.fileBytes * 3,
      os: 'linux',
      summary: `Made-up package ${item.name}`,
      requires: [],
      provides: [],
      conflicts: [],
      obsoletes: [],
      scriptlets: ['post'],
      signed: item.name !== 'bteq',
      uploadedBy: 'engineer',
      uploadedAtMs: MOCK_NOW_MS - 3_600_000,
    };
  }
  const entries = plannedPackages.map((item) => ({
    name: item.name,
    version: `${item.version}-${item.release}`,
    arch: 'x86_64',
    mandatory: item.mandatory,
    nodeTypes: [],
  }));
  return {
    packages,
    certLists: {
      '17.20.03.certlist': {
        release: '17.20.03',
        title: 'Release 17.20.03',
        fileName: '17.20.03.certlist',
        entries,
        missing: [],
      },
      '17.20.05.certlist': {
        release: '17.20.05',
        title: 'Release 17.20.05, candidate',
        fileName: '17.20.05.certlist',
        entries,
        missing: ['tdbms', 'gsctools'],
      },
    },
    freeBytes: 84_000_000_000,
  };
}

export function mockPorts(): PortsView {
  const row = (port: number, role: PortRow['role'], state: PortRow['state'], connections = 0): PortRow => ({
    port,
    role,
    state,
    connections,
  });
  const lease = (user: string, clientSystem: string, agoMs: number, leftMs?: number): PortRow['lease'] => ({
    user,
    clientSystem,
    sessionId: `s-${clientSystem}`,
    sinceMs: MOCK_NOW_MS - agoMs,
    endsAtMs: leftMs === undefined ? undefined : MOCK_NOW_MS + leftMs,
  });
  const rows: PortRow[] = [
    row(8443, 'web', 'listening', 2),
    row(8992, 'service', 'listening'),
    row(9000, 'negotiation', 'listening', 5),
    row(9001, 'watch', 'listening', 1),
    { ...row(9002, 'gui', 'attached', 1), lease: lease('miriam', 'aws-1', 3_130_000) },
    { ...row(9003, 'gui', 'detached'), lease: lease('jonas', 'laptop-7', 5_400_000, 10_696_000) },
    { ...row(9004, 'gui', 'offered'), lease: lease('lena', 'office-3', 4000, 6000) },
    ...[9005, 9006, 9007, 9008, 9009].map((port) => row(port, 'gui', 'free')),
    row(9010, 'outside', 'never-offered'),
    row(11_111, 'chat', 'listening'),
  ];
  return {
    ports: Object.fromEntries(rows.map((item) => [String(item.port), item])),
    sessions: {
      a: {
        sessionId: 'a',
        user: 'engineer',
        clientSystem: 'laptop-2',
        path: 'single-port',
        state: 'online',
        port: 9000,
        sinceMs: MOCK_NOW_MS - 2_472_000,
      },
      b: {
        sessionId: 'b',
        user: 'miriam',
        clientSystem: 'aws-1',
        path: 'hand-off',
        state: 'online',
        port: 9002,
        sinceMs: MOCK_NOW_MS - 3_130_000,
      },
      c: {
        sessionId: 'c',
        user: 'jonas',
        clientSystem: 'laptop-7',
        path: 'hand-off',
        state: 'detached',
        port: 9003,
        sinceMs: MOCK_NOW_MS - 5_400_000,
        lostAtMs: MOCK_NOW_MS - 1_260_000,
        endsAtMs: MOCK_NOW_MS + 9_540_000,
      },
    },
    rangeFrom: 9002,
    rangeTo: 9009,
  };
}

const MOCK_PACKETS: PacketSizes = {
  port: 9000,
  headBytes: 40,
  toMaster: { kind: 'full-size' },
  toClient: { kind: 'full-size' },
};

/** A site that opened 9000 and 9001, rejects one GUI port, drops the others, and has another program on SSLPORT. */
export function mockPathTest(nothingAnswers = false): PathTestResult {
  const host = '10.4.0.1';
  const plan = { ccPort: 9000, ccPortCount: 10, servicePort: 8992, chatPort: 11_111, sslPort: 8443, sshPort: 22 };
  const open = { finding: 'speaks-put', tlsVersion: 'TLSv1.3', fingerprint: FINGERPRINT } as const;
  const found: Readonly<Record<number, Omit<PortProbe, 'port' | 'role'>>> = nothingAnswers
    ? {}
    : {
        22: { finding: 'speaks-put', roundTripMs: 309, note: 'SSH-2.0-OpenSSH_9.6' },
        8443: { finding: 'speaks-other', roundTripMs: 311, tlsVersion: 'TLSv1.2', note: 'TLS, but not putservices' },
        9000: { ...open, roundTripMs: 312 },
        9001: { ...open, roundTripMs: 318 },
        9002: { finding: 'refused', note: 'ECONNREFUSED' },
      };
  const ports = portsToProbe(plan).map(({ port, role }): PortProbe => {
    const probe = found[port] ?? { finding: 'filtered', note: 'no answer within 3 s' };
    return { port, role, ...probe };
  });
  const ways = judgeWays(ports);
  const result = { host, address: host, startedAtMs: MOCK_NOW_MS, seconds: 3.4, ports, ways };
  const askFor = sentenceForFirewall(host, ways, plan);
  return nothingAnswers
    ? { ...result, askFor }
    : { ...result, askFor, roundTripMs: 312, bytesPerSecond: 6400, packets: MOCK_PACKETS, certificateKnown: true };
}

export function mockTransfers(): Record<string, TransferView> {
  const transfer = (id: number, part: Partial<TransferView>): TransferView => ({
    transferId: `t${id}`,
    fileName: plannedPackages[id]?.fileName ?? `file-${id}.rpm`,
    localPath: `/home/engineer/packages/${plannedPackages[id]?.fileName ?? ''}`,
    state: 'sending',
    sizeBytes: plannedPackages[id]?.fileBytes ?? 1,
    sentBytes: 0,
    bytesPerSecond: 0,
    startedAtMs: MOCK_NOW_MS - 600_000 + id,
    ...part,
  });
  return {
    t0: transfer(0, { state: 'sending', sentBytes: 31_000_000, bytesPerSecond: 212_000 }),
    t1: transfer(1, { state: 'paused', sentBytes: 102_000_000 }),
    t2: transfer(2, { state: 'line-lost', sentBytes: 8_000_000 }),
    t3: transfer(3, { state: 'done', sentBytes: 6_400_000, endedAtMs: MOCK_NOW_MS }),
    t4: transfer(4, {
      state: 'failed',
      sentBytes: 9_000_000,
      cause: { code: 'library-full', message: 'the disk of the library has 2.1 MiB left', details: {} },
    }),
  };
}

export function mockSaved(part: Partial<SavedSystem> = {}): SavedSystem {
  return {
    systemId: 'prod-east',
    name: 'prod-east',
    host: '10.4.0.1',
    ccPort: 9000,
    sslPort: 8443,
    servicePort: 8992,
    chatPort: 11_111,
    pathOrder: ['single-port', 'hand-off', 'websocket'],
    fingerprint: FINGERPRINT,
    user: 'engineer',
    practice: false,
    lastUsedAtMs: MOCK_NOW_MS - 7_200_000,
    ...part,
  };
}

export function mockSystem(part: Partial<SystemView> = {}): SystemView {
  return {
    saved: mockSaved(),
    session: {
      kind: 'online',
      software: 'putservices 0.1.0',
      sessionId: 'a',
      path: 'single-port',
      port: 9000,
      user: 'engineer',
      role: 'admin',
      sinceMs: MOCK_NOW_MS - 2_472_000,
      roundTripMs: 312,
      bytesPerSecond: 6400,
      slow: false,
    },
    clockOffsetMs: 0,
    paths: [
      { path: 'single-port', outcome: 'works', roundTripMs: 312 },
      {
        path: 'hand-off',
        outcome: 'failed',
        cause: { code: 'dial-timeout', message: '10.4.0.1:9001 did not answer within 10 s', details: { port: 9001 } },
      },
      { path: 'websocket', outcome: 'works', roundTripMs: 655 },
      { path: 'ssh', outcome: 'not-tried' },
    ],
    jobs: {},
    openJobs: {},
    jobParts: {},
    nodes: {},
    untold: {},
    timeline: {},
    transfers: {},
    secretsAsked: {},
    ...part,
  };
}
