import type { JobPartName } from '../../core/model/jobParts.ts';
import { headOf, partOf } from '../../core/testing/splitJob.ts';
import { diffTrees } from '../../core/replica/patch.ts';
import type { JobView, StepScreen } from '../../core/model/job.ts';
import { OPERATIONS } from '../../core/model/operation.ts';
import type {
  Abilities,
  BridgeAnswer,
  BridgePush,
  SystemView,
  WorkbenchState,
  MethodResult,
} from '../../electron/contract/bridge.ts';
import { addressesOf } from '../../core/model/inventory/subnet.ts';
import type { Carrier } from '../bridge.ts';
import { knownScreen } from '../../core/steps/knownScreen.ts';
import {
  MOCK_NOW_MS,
  mockLibrary,
  mockNodes,
  mockPathTest,
  mockPorts,
  mockSystem,
  plannedPackages,
  rowOf,
  seededRandom,
} from './mockData.ts';
import * as mockJob from './mockJob.ts';

export interface MockOptions {
  readonly nodes: number;
  readonly faults?: mockJob.MockFaults;
  readonly app?: Partial<WorkbenchState['app']>;
  readonly system?: Partial<SystemView>;
  /** Answers a method otherwise than the mock would; undefined leaves it to the mock. */
  readonly override?: (method: string, params: Record<string, unknown>) => BridgeAnswer | undefined;
}

/** One ask that the window made. */
export interface MockCall {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** What `putctl console` can. */
export const CONSOLE_ABILITIES: Abilities = {
  ...{ systems: true, pathTest: true, practice: true, fileDialog: false, folders: true, samples: true, licences: true },
};

const good = (value: unknown = {}): BridgeAnswer => ({ ok: true, value });
const refuse = (code: 'bridge-refused' | 'package-requires', message: string): BridgeAnswer => ({
  ok: false,
  error: { code, message, details: {}, nextStep: 'Look at the mock.', retry: 'never' },
});

/** A workbench without a master: a system, a job that can be driven to its end, and every view's data. For tests and pictures. */
export class MockWorkbench {
  readonly calls: MockCall[] = [];
  nowMs = MOCK_NOW_MS;
  /** What questions about the inventory are answered with. */
  inventoryAnswers: {
    check: MethodResult<'inventory.check'>;
    shownKeys: MethodResult<'inventory.shownKeys'>;
    row: MethodResult<'inventory.row'>;
    probe: (subnet: string) => MethodResult<'inventory.probe'>['found'];
    authorize: MethodResult<'nodes.authorize'>;
  } = {
    check: {
      form: 'nodes',
      nodes: 8,
      problems: [],
      added: [],
      changed: [],
      same: 8,
      unpinned: [],
      publicLine: 'ssh-ed25519 AAAA put',
    },
    shownKeys: { shown: [], failed: [] },
    row: {
      address: '10.0.0.1',
      port: 22,
      user: 'root',
      become: 'none',
      type: 'TPA',
      system: 1,
      clique: 1,
      tags: [],
      keys: [],
    },
    probe: () => [],
    authorize: { authorized: [], failed: [] },
  };
  /** What `nodes.startServices` answers. */
  servicesOutcome: object = { started: [], failed: [], unfinished: [] };
  /** What a rollback would come to cannot be read. */
  rollbackUnread = false;
  #state: WorkbenchState;
  #number = 1;
  readonly #listeners = new Set<(push: BridgePush) => void>();
  readonly #options: MockOptions;
  readonly #random = seededRandom(7);
  #entry = 0;
  /** Whole jobs, of which windows see what they watch. */
  readonly #jobs = new Map<string, JobView>();
  readonly #parts = new Set<string>();

  constructor(options: MockOptions) {
    this.#options = options;
    const nodes = mockNodes(options.nodes);
    const system = mockSystem({
      nodes: Object.fromEntries(nodes.map((node) => [node.nodeId, rowOf(node)])),
      library: mockLibrary(),
      ...options.system,
    });
    this.#state = {
      app: {
        version: '0.1.0',
        platform: 'linux',
        carrier: 'console',
        can: CONSOLE_ABILITIES,
        passwordStore: 'none',
        ...options.app,
      },
      practice: { state: 'off' },
      systems: { [system.saved.systemId]: system },
    };
  }

  get state(): WorkbenchState {
    return this.#state;
  }
  get systemId(): string {
    return Object.keys(this.#state.systems)[0] ?? '';
  }
  get system(): SystemView {
    const system = this.#state.systems[this.systemId];
    if (!system) throw new Error('the mock has no system');
    return system;
  }
  get job(): JobView {
    const job = [...this.#jobs.values()][0];
    if (!job) throw new Error('the mock has no job');
    return job;
  }

  /** Replaces the state and pushes what changed. */
  set(state: WorkbenchState): void {
    const patch = diffTrees(this.#state, state);
    this.#state = state;
    if (!patch) return;
    const push = { number: this.#number + 1, base: this.#number, patch };
    this.#number += 1;
    for (const listener of this.#listeners) listener(push);
  }
  setSystem(part: Partial<SystemView>): void {
    this.set({ ...this.#state, systems: { ...this.#state.systems, [this.systemId]: { ...this.system, ...part } } });
  }
  setJob(job: JobView): void {
    this.#jobs.set(job.jobId, job);
    this.setSystem({
      openJobs: { ...this.system.openJobs, [job.jobId]: headOf(job) },
      jobParts: { ...this.system.jobParts, ...this.#partsOf(job) },
      jobs: { ...this.system.jobs, [job.jobId]: mockJob.summaryOf(job) },
    });
  }
  /** Jobs that are over and not looked at. */
  forgetJobs(): void {
    this.#jobs.clear();
    this.setSystem({ openJobs: {}, jobParts: {} });
  }
  #partsOf(job: JobView): Record<string, object> {
    const parts = [...this.#parts].filter((key) => key.startsWith(`${job.jobId}/`));
    return Object.fromEntries(parts.map((key) => [key, partOf(job, key.slice(job.jobId.length + 1) as JobPartName)]));
  }
  say(kind: 'message' | 'event', text: string, user?: string): void {
    this.#entry += 1;
    const entry = { number: this.#entry, atMs: this.nowMs, kind, text, user };
    this.setSystem({ timeline: { ...this.system.timeline, [String(this.#entry)]: entry } });
  }

  startJob(jobId = 'job-1042', jobNumber = 1042): JobView {
    const job = mockJob.newJob(jobId, jobNumber, 'engineer', mockNodes(this.#options.nodes), this.nowMs);
    this.setJob(job);
    return job;
  }
  /** Goes on by one second of work. */
  tick(): void {
    this.nowMs += 1000;
    const parallel = Math.max(4, Math.ceil(this.#options.nodes / 4));
    for (const job of [...this.#jobs.values()]) {
      const next = mockJob.tick(job, this.nowMs, this.#random, this.#options.faults ?? {}, parallel);
      if (next !== job) this.setJob(next);
    }
  }
  /** Answers with the proposals and works until the step is the current one, then `ticks` more. */
  advanceTo(stepId: string, ticks = 0): void {
    if (this.#jobs.size === 0) this.startJob();
    for (let turn = 0; turn < 2000 && this.job.currentStep !== stepId; turn += 1) {
      const { job } = this;
      if (job.state === 'input' && job.screen)
        this.setJob(mockJob.answer(job, this.#proposal(job, job.screen), this.nowMs));
      else if (job.state === 'attention' && job.attention.length > 0) {
        for (const line of job.attention) {
          this.setJob(mockJob.retry(this.job, line.stepId, line.nodeIds, this.nowMs));
        }
      } else this.tick();
    }
    for (let turn = 0; turn < ticks; turn += 1) this.tick();
  }
  #proposal(job: JobView, screen: StepScreen): object {
    const known = knownScreen(screen);
    return (known?.shape.propose(known.content, job.inputs[screen.stepId]) as object | undefined) ?? { accept: true };
  }
  tellCarrier: Parameters<Carrier['watchCarrier']>[0] = () => undefined;
  readonly carrier: Carrier = {
    invoke: (method, params) => {
      const given = params as Record<string, unknown>;
      this.calls.push({ method, params: given });
      const answer = this.#options.override?.(method, given) ?? this.#answer(method, given);
      return Promise.resolve(answer) as never;
    },
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
    watchCarrier: (listener) => {
      this.tellCarrier = listener;
      listener({ kind: 'open' });
      return () => undefined;
    },
    saveText: (suggestedName, text) => this.carrier.invoke('files.saveText', { suggestedName, text }),
    isLine: false,
  };

  #answer(method: string, params: Record<string, unknown>): BridgeAnswer {
    switch (method) {
      case 'state.snapshot':
        return good({ number: this.#number, state: this.#state });
      case 'master.request':
        return this.#master(String(params['method']), params['params'] as Record<string, unknown>);
      case 'practice.start':
        this.set({ ...this.#state, practice: { state: 'up', systemId: this.systemId } });
        return good({ systemId: this.systemId });
      case 'job.open':
      case 'job.close': {
        const key = `${String(params['jobId'])}/${String(params['part'])}`;
        const job = this.#jobs.get(String(params['jobId']));
        if (params['part'] === undefined || !job) return good();
        if (method === 'job.open') this.#parts.add(key);
        this.setSystem({ jobParts: { ...this.system.jobParts, ...this.#partsOf(job) } });
        return good();
      }
      case 'topic.open':
        if (params['topic'] !== 'ports') return good();
        this.setSystem({ ports: this.system.ports ?? mockPorts() });
        return good();
      case 'path.test':
        return good(mockPathTest());
      case 'files.samples':
        return good({ handles: plannedPackages.map((item) => `/opt/samples/${item.fileName}`) });
      case 'files.listFolder':
        return good({
          folder: '/home/engineer/packages',
          parent: '/home/engineer',
          entries: [
            { name: 'older', path: '/home/engineer/packages/older', folder: true, sizeBytes: 0 },
            ...plannedPackages.map((item) => ({
              name: item.fileName,
              path: `/home/engineer/packages/${item.fileName}`,
              handle: `/home/engineer/packages/${item.fileName}`,
              folder: false,
              sizeBytes: item.fileBytes,
            })),
          ],
        });
      case 'files.inspect':
        return good({ files: (params['handles'] as string[]).map((path, i) => inspected(path, i)) });
      case 'upload.start':
        return good({ transferIds: [] });
      case 'files.saveText':
        return good({ path: `/home/engineer/Downloads/${String(params['suggestedName'])}` });
      case 'secret.answer':
      case 'secret.refuse':
      case 'session.retryNow':
      case 'session.signOut':
      case 'topic.close':
      case 'timeline.older':
      case 'upload.pause':
      case 'upload.resume':
      case 'upload.cancel':
      case 'upload.clear':
      case 'system.add':
      case 'system.update':
      case 'system.remove':
      case 'system.trustCertificate':
      case 'session.signIn':
      case 'practice.stop':
        return good({ systemId: this.systemId });
      default:
        return refuse('bridge-refused', `the mock does not know ${method}`);
    }
  }

  #master(method: string, params: Record<string, unknown>): BridgeAnswer {
    const at = this.nowMs;
    switch (method) {
      case 'operation.list':
        return good({
          operations: OPERATIONS.map(({ id, version, title, purpose, settings }) => ({
            ...{ id, version, title, purpose, settings },
          })),
          timeZone: 'Asia/Tokyo',
        });
      case 'job.start':
        this.startJob(String(params['jobId']));
        return good({ jobId: params['jobId'], jobNumber: 1042 });
      case 'job.answer':
        this.setJob(mockJob.answer(this.job, params['input'] as object, at));
        return good();
      case 'job.back':
        this.setJob(mockJob.back(this.job, at));
        return good();
      case 'job.continue':
        this.setJob(mockJob.proceed(this.job, at));
        return good();
      case 'job.approve': {
        const digest = String(params['digest']);
        const approved = { digest, user: 'ben', atMs: this.job.startedAtMs };
        this.setJob({ ...this.job, approval: { waits: false, digest, approved, notBy: [this.job.driver] } });
        return good();
      }
      case 'job.withdrawApproval': {
        const { approval = { waits: true, notBy: [] } } = this.job;
        this.setJob({ ...this.job, approval: { ...approval, waits: true, approved: undefined } });
        return good({ withdrawn: true });
      }
      case 'job.confirm':
        this.setJob({ ...this.job, goingBack: undefined });
        return good({ confirmed: [], failed: [], unfinished: [] });
      case 'job.beginNow':
        this.setJob({ ...this.job, runWindow: undefined });
        return good();
      case 'job.setWindow': {
        const { notBefore, notAfter } = params as { notBefore: string | null; notAfter: string | null };
        const waits = notBefore === null ? {} : { notBefore, waits: 'early' as const };
        this.setJob({ ...this.job, runWindow: { ...waits, notAfter: notAfter ?? undefined } });
        return good();
      }
      case 'job.pause':
        this.setJob({ ...this.job, paused: { user: this.job.driver, reason: 'no reason was given' } });
        return good();
      case 'job.resume':
        this.setJob({ ...this.job, paused: undefined });
        return good();
      case 'job.hold':
        return good({ held: (params['nodeIds'] as string[]).length });
      case 'job.release':
        return good({ released: (params['nodeIds'] as string[]).length });
      case 'job.rollbackPreview': {
        if (this.rollbackUnread) return refuse('package-requires', 'the library cannot be read');
        const packages = [
          { name: 'ppde', to: '17.10.04.02-1', wayBack: true },
          { name: 'plicense', wayBack: true },
          { name: 'pagent', to: '17.10.04.02-1', wayBack: false },
        ];
        const nodeIds = (params['nodeIds'] as string[] | undefined) ?? Object.keys(this.job.nodes);
        return good({ possible: true, nodes: nodeIds.length, groups: [{ nodes: nodeIds.length, nodeIds, packages }] });
      }
      case 'job.rollback': {
        const { driver: user } = this.job;
        const reason = String(params['reason']);
        const goesOn = params['nodeIds'] !== undefined;
        this.setJob({ ...this.job, canRollback: false, rollback: { user, reason, nodes: 1, goesOn, over: false } });
        return good({ nodes: 1 });
      }
      case 'job.cancel':
        this.setJob(params['choice'] === 'exit' ? mockJob.exit(this.job, at) : mockJob.restart(this.job, at));
        return good();
      case 'job.setAnswers':
        if (this.job.answers) this.setJob({ ...this.job, answers: { ...this.job.answers, active: true } });
        return good();
      case 'job.retry':
        this.setJob(mockJob.retry(this.job, params['stepId'] as string, params['nodeIds'] as string[], at));
        return good({ retried: (params['nodeIds'] as string[]).length });
      case 'job.accept': {
        const nodeIds = params['nodeIds'] as string[];
        this.setJob(mockJob.accept(this.job, String(params['stepId']), nodeIds, 'engineer'));
        return good({ accepted: nodeIds.length });
      }
      case 'job.undoIgnore':
        return good({ undone: (params['nodeIds'] as string[]).length });
      case 'job.ignore':
        this.setJob(
          mockJob.ignore(
            this.job,
            params['stepId'] as string,
            params['nodeIds'] as string[],
            String(params['reason']),
            at,
          ),
        );
        return good({ ignored: (params['nodeIds'] as string[]).length });
      case 'job.checkAnswer': {
        const names = (params['input'] as { fileNames: string[] }).fileNames;
        const missing = plannedPackages.filter((item) => item.mandatory && !names.includes(item.fileName));
        return good({
          problems: missing.map((item) => ({
            code: 'package-missing',
            message: `${item.name} is mandatory and not selected.`,
            packageName: item.name,
            offers: [item.fileName],
          })),
        });
      }
      case 'job.searchLog': {
        const { text, from } = params as { text: string; from: number };
        const ids = Object.keys(this.job.nodes);
        const line = { atMs: at, stepId: 'package-install', attempt: 1, text: `${text} on port 10700` };
        const found = ids.filter((_, i) => i >= from && i % 3 === 0).slice(0, 4);
        return good({
          nodes: found.map((nodeId, i) => ({ nodeId, matches: i + 1, lines: [line] })),
          searched: ids.length - from,
        });
      }
      case 'job.nodeLog': {
        const texts = [
          '%% 12.5 gsctools-17.20.01-1',
          '%% 40.0 tdbms-17.20.03-1',
          '%% 86.2 ppde-17.20.03-1',
          'register-service: cannot reach the node manager on port 10700',
          'warning: %post(ppde-17.20.03-1) scriptlet failed, exit status 1',
        ];
        const lines = texts.map((text, i) => ({
          atMs: at - (5 - i) * 1000,
          stepId: 'package-install',
          attempt: 1,
          text,
        }));
        return good({ total: lines.length, lines });
      }
      case 'job.table':
        return good({ rows: [], notes: [], total: 0 });
      case 'job.reportHtml':
        return good({ html: '<!doctype html><title>Report</title>' });
      case 'nodes.facts':
        return good({
          nodeId: params['nodeId'],
          readAtMs: { os: Date.now(), packages: Date.now() },
          facts: {
            ...{ os: 'SLES 15 SP4', kernel: '5.14.21', arch: 'x86_64', memoryBytes: 2 ** 38 },
            packages: [...this.#jobs.values()][0]?.nodes[String(params['nodeId'])]?.before ?? [],
          },
        });
      case 'inventory.row':
        return good(this.inventoryAnswers.row);
      case 'inventory.probe': {
        const found = this.inventoryAnswers.probe(String(params['subnet']));
        return good({ found, asked: addressesOf(String(params['subnet'])).length, unfinished: 0 });
      }
      case 'nodes.authorize':
        return good(this.inventoryAnswers.authorize);
      case 'inventory.check':
        return good(this.inventoryAnswers.check);
      case 'inventory.shownKeys':
        return good(this.inventoryAnswers.shownKeys);
      case 'inventory.add':
      case 'inventory.remove':
      case 'inventory.pin':
        return good({ added: [], changed: [], different: [], same: 0, notes: [], removed: [], pinned: [] });
      case 'nodes.startServices':
        return good(this.servicesOutcome);
      case 'chat.say':
        this.say('message', String(params['text']), 'engineer');
        return good({ number: this.#entry });
      default:
        return good();
    }
  }
}

function inspected(path: string, i: number): Record<string, unknown> {
  const name = path.split('/').at(-1) ?? path;
  if (i === 3) {
    const error = {
      code: 'rpm-invalid',
      message: `${name} ends at byte 2210 inside the header`,
      details: { offset: 2210 },
    };
    return { handle: path, path, name, sizeBytes: 2210, error };
  }
  return {
    handle: path,
    path,
    name,
    sizeBytes: plannedPackages[i]?.fileBytes ?? 0,
    identity: name.replace(/\.x86_64\.rpm$/, ''),
    arch: 'x86_64',
  };
}
