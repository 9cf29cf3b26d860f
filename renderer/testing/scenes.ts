import { contentOf } from '../../core/steps/knownScreen.ts';
import type { JobNode } from '../../core/model/job.ts';
import type { WayQuestion } from '../../core/model/ways.ts';
import type { SavedSystem } from '../../electron/contract/bridge.ts';
import type { AppState } from '../stores/store.ts';
import { inventoryScene } from './inventoryScenes.ts';
import { MockWorkbench, type MockOptions } from './mockBridge.ts';
import {
  FINGERPRINT,
  HOST_KEY,
  MOCK_NOW_MS,
  mockPathTest,
  mockPorts,
  mockSaved,
  mockSystem,
  mockTransfers,
  OTHER_FINGERPRINT,
} from './mockData.ts';
import type { MockFaults } from './mockJob.ts';
import { commandJob, outputsJob, previewJob, versionsJob } from './tableScenes.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

export interface Scene {
  readonly mock: MockWorkbench;
  readonly at: Partial<AppState>;
}

const script = {
  code: 'script-post-failed',
  message: 'script of ppde failed: %post exited 1',
  packageName: 'ppde',
} as const;
const silent = { code: 'node-unreachable', message: 'no answer on port 22 for 2 min' } as const;
const signature = { code: 'dependency-failed', message: 'bteq has no signature' } as const;

const faults128: MockFaults = {
  'tpa-009': { stepId: 'package-install', state: 'failed', cause: script },
  'tpa-037': { stepId: 'package-install', state: 'failed', cause: script },
  'tpa-041': { stepId: 'package-install', state: 'warned', cause: signature },
  'tpa-052': { stepId: 'package-install', state: 'failed', cause: script },
  'tpa-060': { stepId: 'package-install', state: 'unreachable', cause: silent },
};
const faults8: MockFaults = {
  'tpa-3': { stepId: 'package-install', state: 'failed', cause: script },
  'aws-1': { stepId: 'package-install', state: 'unreachable', cause: silent },
};

function job(options: MockOptions, stepId: StepId, ticks: number, at: Partial<AppState> = {}): Scene {
  const mock = new MockWorkbench(options);
  mock.nowMs = MOCK_NOW_MS - 2_472_000;
  mock.startJob();
  mock.nowMs = MOCK_NOW_MS - 120_000;
  mock.say('event', 'started Install/Upgrade Software, job 1042', 'miriam');
  mock.say('event', 'Package Install began');
  mock.advanceTo(stepId, ticks);
  mock.say('message', 'clique 4 switch is slow, give it time', 'sws-console');
  mock.say('event', 'tpa-037 failed: script of ppde');
  mock.say('event', 'Retry at Package Install: tpa-037', 'jonas');
  mock.say('message', 'looking at 037, carry on with the rest', 'engineer');
  return {
    mock,
    at: { place: { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId }, placeChosen: true, ...at },
  };
}

/** A node whose work runs and tells nothing. */
function silentNode(): Scene {
  const scene = job({ nodes: 8 }, 'package-install', 1);
  const { mock } = scene;
  const step = mock.job.steps['package-install'];
  const cells = step?.cells ?? {};
  const nodeId = Object.keys(cells).find((id) => cells[id]?.state === 'running');
  const cell = nodeId === undefined ? undefined : cells[nodeId];
  if (!step || nodeId === undefined || !cell) return scene;
  const silentCells = { ...cells, [nodeId]: { ...cell, silentSinceMs: mock.nowMs - 134_000 } };
  mock.setJob({ ...mock.job, steps: { ...mock.job.steps, 'package-install': { ...step, cells: silentCells } } });
  return scene;
}

/** A job in waves: one is through but for its held nodes, one runs, one is stopped before. */
function waves(): Scene {
  const scene = job(many, 'package-install', 14, { viewKind: 'waves' });
  const { mock } = scene;
  const nodes = Object.entries(mock.job.nodes).map(([nodeId, node], at): [string, JobNode] => [
    nodeId,
    { ...node, wave: at < 4 ? 1 : at < 60 ? 2 : 3 } as JobNode,
  ]);
  mock.setJob({
    ...mock.job,
    nodes: Object.fromEntries(nodes),
    canRollback: true,
    waves: [
      {
        ...{ title: 'canary', nodes: 4, leftOut: 1, state: 'done' },
        held: { nodes: 2, first: ['tpa-001', 'tpa-002'] },
      },
      { title: 'system 1, clique 1', nodes: 56, leftOut: 0, state: 'running' },
      { title: 'system 1, clique 2', nodes: 68, leftOut: 0, state: 'waiting', stopBefore: true },
    ],
  });
  return scene;
}

function view(tab: 'operations' | 'nodes' | 'packages' | 'ports', options: Partial<MockOptions> = {}): Scene {
  const mock = new MockWorkbench({ nodes: 8, ...options });
  return { mock, at: { place: { kind: 'system', systemId: mock.systemId, tab }, placeChosen: true } };
}

/** Of many nodes every third fails, and every seventh of the others comes through with a warning. */
function faultsOfMany(nodes: number): NonNullable<MockOptions['faults']> {
  const names = Array.from({ length: nodes }, (_, i) => `tpa-${String(i + 1).padStart(String(nodes).length, '0')}`);
  return Object.fromEntries(
    names.flatMap((nodeId, i) => {
      const state = i % 3 === 0 ? ('failed' as const) : i % 7 === 0 ? ('warned' as const) : undefined;
      return state ? [[nodeId, { stepId: 'package-install', state, cause: signature }]] : [];
    }),
  );
}

const eight: MockOptions = { nodes: 8, faults: faults8 };
const many: MockOptions = { nodes: 128, faults: faults128 };

function operations(): Scene {
  const scene = view('operations');
  scene.mock.startJob('job-old', 1041);
  scene.mock.advanceTo('finished');
  const ended = scene.mock.system.jobs;
  scene.mock.forgetJobs();
  scene.mock.advanceTo('package-install', 3);
  scene.mock.setSystem({ jobs: { ...ended, ...scene.mock.system.jobs } });
  return scene;
}

/** Two runs of one operation; the second took longer, some of its nodes failed, and it was answered otherwise. */
function compare(): Scene {
  const mock = new MockWorkbench({ nodes: 128 });
  mock.startJob('job-1', 1041);
  mock.advanceTo('finished');
  const first = mock.job;
  const install = first.steps['package-install'];
  const cells = Object.fromEntries(
    Object.entries(install?.cells ?? {}).map(([nodeId, cell], i) => [
      nodeId,
      i % 9 === 0 ? { ...cell, state: 'failed' as const } : cell,
    ]),
  );
  const [mode] = first.stepOrder;
  mock.setJob({
    ...{ ...first, jobId: 'job-2', jobNumber: 1042, state: 'warned' },
    endedAtMs: (first.endedAtMs ?? 0) + 95_000,
    inputs: { ...first.inputs, ...(mode === undefined ? {} : { [mode]: { mode: 'custom' } }) },
    steps: {
      ...first.steps,
      ...(install && {
        'package-install': { ...install, attempt: 2, endedAtMs: (install.endedAtMs ?? 0) + 70_000, cells },
      }),
    },
    ...(first.plan && {
      plan: {
        ...first.plan,
        packages: first.plan.packages.map((one, i) => (i === 0 ? { ...one, release: '9' } : one)),
      },
    }),
  });
  return {
    mock,
    at: { place: { kind: 'compare', systemId: mock.systemId, jobIds: ['job-1', 'job-2'] }, placeChosen: true },
  };
}

/** Two jobs that are over, found and marked. */
function history(): Scene {
  const { mock } = compare();
  return { mock, at: { place: { kind: 'system', systemId: mock.systemId, tab: 'operations' }, placeChosen: true } };
}

function settings(): Scene {
  const { mock } = view('operations', { app: { own: { notifications: true, updatesFrom: '/mnt/stick/put' } } });
  return { mock, at: { place: { kind: 'settings' }, placeChosen: true } };
}

function systems(): Scene {
  const mock = new MockWorkbench({ nodes: 8 });
  const other = mockSystem({
    saved: mockSaved({ systemId: 'lab', name: 'lab-west', host: 'lab-west.site.example', lastUsedAtMs: undefined }),
    session: { kind: 'signed-out' },
  });
  mock.set({ ...mock.state, systems: { ...mock.state.systems, lab: other } });
  return { mock, at: { place: { kind: 'systems' }, placeChosen: true } };
}

function signIn(code?: 'certificate-unknown' | 'certificate-changed' | 'sign-in-refused'): Scene {
  const mock = new MockWorkbench({
    nodes: 8,
    app: { passwordStore: 'keyring' },
    system: { session: { kind: 'signed-out' }, ...(code === undefined ? { paths: [] } : {}) },
  });
  const details: Record<string, string> = code?.startsWith('certificate')
    ? { fingerprint: FINGERPRINT, ...(code === 'certificate-changed' ? { pinned: OTHER_FINGERPRINT } : {}) }
    : {};
  const error = code && {
    code,
    message: code === 'sign-in-refused' ? 'prod-east refused user engineer' : '10.4.0.1:9000 shows another certificate',
    details,
    nextStep:
      code === 'sign-in-refused' ? 'Check both; after several failures the master node answers more slowly.' : '',
    retry: 'never' as const,
  };
  return {
    mock,
    at: {
      place: { kind: 'sign-in', systemId: mock.systemId },
      placeChosen: true,
      errors: error ? { [`sign-in:${mock.systemId}`]: error } : {},
    },
  };
}

function offline(): Scene {
  const scene = job(many, 'package-install', 7);
  scene.mock.setSystem({
    session: {
      kind: 'waiting',
      user: 'engineer',
      lostSinceMs: scene.mock.nowMs - 42_000,
      attempt: 4,
      nextTryAtMs: scene.mock.nowMs + 8000,
      cause: { code: 'peer-silent', message: 'nothing heard for 20 s', details: {} },
    },
    heardAtMs: scene.mock.nowMs - 62_000,
  });
  return scene;
}

function problems(): Scene {
  const scene = job(eight, 'select-packages', 0);
  const { screen } = scene.mock.job;
  const content = contentOf(screen, 'select-packages');
  if (!screen || !content) return scene;
  scene.mock.setJob({
    ...scene.mock.job,
    screen: {
      ...screen,
      content: {
        choices: content.choices.map((choice) => (choice.name === 'tdbms' ? { ...choice, selected: false } : choice)),
        problems: [
          {
            code: 'package-missing',
            message: 'tdbms is mandatory and not selected.',
            packageName: 'tdbms',
            offers: ['tdbms-17.20.03-1.x86_64.rpm'],
          },
          {
            code: 'package-requires',
            message: 'bteq requires libtdicu.so, which is neither selected nor on the nodes.',
            packageName: 'bteq',
            offers: ['tdicu-17.20.00-2.x86_64.rpm'],
          },
        ],
      },
    },
  });
  return scene;
}

function custom(): Scene {
  const scene = job(eight, 'configuration-mode', 0);
  const { mock } = scene;
  void mock.carrier.invoke('master.request', {
    systemId: mock.systemId,
    method: 'job.answer',
    params: { jobId: mock.job.jobId, attempt: 1, input: { mode: 'custom' } },
  });
  mock.advanceTo('switch-versions');
  return scene;
}

function observer(): Scene {
  const scene = job(eight, 'package-install', 30);
  scene.mock.setJob({ ...scene.mock.job, driver: 'miriam' });
  return scene;
}

function systemForm(saved?: Partial<SavedSystem>): Scene {
  const scene = systems();
  const { mock } = scene;
  if (saved) mock.setSystem({ saved: mockSaved(saved) });
  return { mock, at: { ...scene.at, systemForm: saved ? mock.systemId : '' } };
}

const everyWay: Partial<SavedSystem> = {
  pathOrder: ['ssh', 'websocket', 'single-port', 'hand-off'],
  ssh: {
    host: 'master-east',
    port: 2222,
    user: 'ops',
    keyFile: '~/.ssh/put-east',
    jump: ['ops@gate.site.example:22'],
    hostKey: HOST_KEY,
    jumpHostKeys: { 'gate.site.example:22': HOST_KEY },
  },
  proxy: { host: 'proxy.office.example', port: 3128, user: 'engineer' },
  trust: { authorityFile: '/etc/put/site-ca.pem', certificateFile: '/home/engineer/put/me.pem' },
};
const faultyWays: Partial<SavedSystem> = {
  ...everyWay,
  ssh: { host: 'gate office', keyFile: 'id_ed25519', jump: ['gate', 'ops@'] },
  trust: { keyFile: 'key.pem' },
};

function secret(question: WayQuestion, wrong = false, keyring = true): Scene {
  const mock = new MockWorkbench({
    nodes: 8,
    app: { passwordStore: keyring ? 'keyring' : 'none' },
    system: {
      session: { kind: 'connecting', path: 'ssh', attempt: 1, sinceMs: MOCK_NOW_MS - 3000 },
      paths: [],
      secretsAsked: { q1: { questionId: 'q1', question, wrong, untilMs: MOCK_NOW_MS + 287_000 } },
    },
  });
  return { mock, at: { place: { kind: 'sign-in', systemId: mock.systemId }, placeChosen: true } };
}

function pathTest(): Scene {
  const scene = view('ports', { system: { ports: mockPorts() } });
  return { ...scene, at: { ...scene.at, pathTests: { [scene.mock.systemId]: mockPathTest() } } };
}

function noWay(): Scene {
  const scene = signIn();
  const { mock } = scene;
  const paths = (['single-port', 'hand-off'] as const).map((path) => ({
    path,
    outcome: 'failed' as const,
    cause: { code: 'dial-timeout' as const, message: '10.4.0.1:9000 did not answer within 10 s', details: {} },
  }));
  mock.setSystem({ paths });
  return { mock, at: { ...scene.at, pathTests: { [mock.systemId]: mockPathTest(true) } } };
}

function atJob(mock: MockWorkbench): Scene {
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  return { mock, at: { place, placeChosen: true } };
}

/** Every view with data in it, by name. */
export const SCENES: Readonly<Record<string, () => Scene>> = {
  systems,
  'sign-in': () => signIn(),
  'sign-in-refused': () => signIn('sign-in-refused'),
  'system-form': () => systemForm(),
  'system-form-ways': () => systemForm(everyWay),
  'system-form-faults': () => systemForm(faultyWays),
  'secret-passphrase': () => secret({ kind: 'ssh-key-passphrase', keyFile: '/home/engineer/.ssh/put-east' }),
  'secret-wrong': () =>
    secret({ kind: 'proxy-password', user: 'engineer', host: 'proxy.office.example', port: 3128 }, true, false),
  'secret-host-key': () =>
    secret({ kind: 'ssh-host-key', host: 'master-east', port: 2222, fingerprint: HOST_KEY, jump: false }),
  'secret-code': () =>
    secret({
      ...{ kind: 'ssh-prompt', user: 'ops', host: 'gate.site.example', prompt: 'Verification code:', echo: true },
      instructions: 'Second factor of the site',
    }),
  'first-contact': () => signIn('certificate-unknown'),
  'certificate-changed': () => signIn('certificate-changed'),
  operations,
  compare,
  history,
  settings,
  'operations-empty': () => view('operations'),
  nodes: () => view('nodes', { system: { saved: mockSaved({ practice: true, name: 'practice' }) } }),
  packages: () => view('packages', { system: { transfers: mockTransfers() } }),
  inventory: () => inventoryScene(),
  'inventory-add': () => inventoryScene({ kind: 'add', names: [] }),
  'inventory-probe': () => inventoryScene({ kind: 'probe', names: [] }),
  'inventory-import': () => inventoryScene({ kind: 'import', names: [] }),
  'inventory-host-keys': () => inventoryScene({ kind: 'hostKeys', names: ['tpa-001'] }),
  'inventory-authorize': () => inventoryScene({ kind: 'authorize', names: [] }),
  'inventory-sudo': () => inventoryScene({ kind: 'sudo', names: [] }),
  ports: () => view('ports', { system: { ports: mockPorts() } }),
  'path-test': () => pathTest(),
  'sign-in-no-way': () => noWay(),
  'configuration-mode': () => job(eight, 'configuration-mode', 0),
  'select-nodes': () => job(eight, 'select-nodes', 0),
  'select-nodes-128': () => job(many, 'select-nodes', 0),
  'group-nodes': () => job(eight, 'group-nodes', 0),
  'package-source': () => job(eight, 'package-source', 0),
  'select-packages': () => job(eight, 'select-packages', 0),
  'select-packages-problems': problems,
  'spool-area': () => job(eight, 'spool-area', 0),
  plan: () => job(eight, 'plan', 0),
  'switch-versions': custom,
  'install-silent': silentNode,
  'install-8': () => job(eight, 'package-install', 30, { openNode: 'tpa-3' }),
  'install-128': () => job(many, 'package-install', 14, { openNode: 'tpa-037' }),
  'install-table': () => job(many, 'package-install', 14, { viewKind: 'table', grouping: 'state' }),
  'install-packages': () => job(eight, 'package-install', 30, { viewKind: 'packages' }),
  'install-10000': () => job({ nodes: 10_000 }, 'package-install', 9, { grouping: 'clique' }),
  'install-timeline': () => job(many, 'package-install', 14, { viewKind: 'timeline' }),
  'install-waves': waves,
  'install-logs': () => job(many, 'package-install', 14, { viewKind: 'logs' }),
  'drawer-320': () => job(eight, 'package-install', 30, { openNode: 'tpa-3', sideWidthPx: 320 }),
  'drawer-640': () => job(eight, 'package-install', 30, { openNode: 'tpa-3', sideWidthPx: 640 }),
  'install-5000': () => job({ nodes: 5_000, faults: faultsOfMany(5_000) }, 'package-install', 9, { viewKind: 'table' }),
  'nodes-5000': () =>
    view('nodes', { nodes: 5_000, system: { saved: mockSaved({ practice: true, name: 'practice' }) } }),
  'plan-1000': () => job({ nodes: 1_000 }, 'plan', 0),
  'group-nodes-1000': () => job({ nodes: 1_000 }, 'group-nodes', 0),
  'install-600': () => job({ nodes: 600 }, 'package-install', 9),
  command: () => atJob(commandJob()),
  preview: () => atJob(previewJob()),
  outputs: () => atJob(outputsJob()),
  versions: () => atJob(versionsJob()),
  observer,
  offline,
  finished: () => job(eight, 'finished', 0),
  help: () => job(eight, 'package-install', 30, { helpOpen: true }),
  palette: () => job(eight, 'package-install', 30, { overlay: 'palette' }),
  shortcuts: () => job(eight, 'package-install', 30, { overlay: 'shortcuts' }),
};
