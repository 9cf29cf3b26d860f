import { loadavg } from 'node:os';
import { deflateCompression } from '../core/node/messageCompression.ts';
import { applyPatch, sameDeep } from '../core/replica/patch.ts';
import { createRandom } from '../core/testing/random.ts';
import { bareWorkbenchPorts } from '../core/testing/workbenchPorts.ts';
import type { BridgePush } from '../core/workbench/bridge.ts';
import type { WorkbenchState } from '../core/workbench/state.ts';
import { createWorkbench, type Workbench } from '../core/workbench/Workbench.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { StateTopic } from '../services/service.ts';
import { ANNA } from '../services/testing/clients.ts';
import { createMasterRig, type MasterRig } from '../services/testing/masterRig.ts';
import { type Benchmark, type BenchmarkRun, numberOption, rounded } from './benchmark.ts';

/** Share of one core for passing the changes on, from the topic to the pictures of all windows. */
const MOST_SHARE = 0.25;
/** Changes come in groups, this far apart. */
const TICK_MS = 20;
const JOB = 'j1';

interface ReplicaResult {
  readonly nodes: number;
  readonly changesPerSecond: number;
  readonly watchers: number;
  readonly seconds: number;
  /** Processor time of all threads by time of the clock, of a core: topic, sessions, clients and windows of all watchers together. */
  readonly replicaShare: number;
  /** Pushes that one window got. */
  readonly pushes: number;
  /** Every window had in the end what the job was. */
  readonly equal: boolean;
  readonly load: number;
}

/** A job of many nodes whose cells change; its view is made when somebody looks, and what did not change stays the same object. */
class ChangingJob {
  readonly #listeners = new Set<() => void>();
  readonly #nodeIds: readonly string[];
  #cells: Record<string, object>;
  #number = 1;
  #seen = 0;
  #view: Readonly<Record<string, unknown>>;

  constructor(nodes: number) {
    this.#nodeIds = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(4, '0')}`);
    const cells = (): Record<string, object> =>
      Object.fromEntries(
        this.#nodeIds.map((id) => [id, { state: 'succeeded', attempt: 1, startedAtMs: 1, endedAtMs: 2 }]),
      );
    const packages = Array.from({ length: 30 }, (_, index) => ({
      name: `package-${index}`,
      version: '1.0',
      release: '1',
    }));
    this.#cells = cells();
    this.#view = {
      ...{ jobId: JOB, title: 'Install/Upgrade Software', eventNumber: 1, currentStep: 'step-12' },
      steps: Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [`step-${index}`, { stepId: `step-${index}`, cells: cells() }]),
      ),
      nodes: Object.fromEntries(
        this.#nodeIds.map((id) => [id, { nodeId: id, type: 'APP', before: packages, outcomes: {} }]),
      ),
    };
  }

  readonly topic: StateTopic = {
    kind: 'state',
    state: () => this.view,
    number: () => this.#number,
    onChange: (listener) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };

  get view(): object {
    if (this.#seen !== this.#number) {
      this.#seen = this.#number;
      const steps = this.#view['steps'] as Readonly<Record<string, object>>;
      const step = { stepId: 'step-12', cells: { ...this.#cells } };
      this.#view = { ...this.#view, eventNumber: this.#number, steps: { ...steps, 'step-12': step } };
    }
    return this.#view;
  }

  change(at: number): void {
    const nodeId = this.#nodeIds[at % this.#nodeIds.length] ?? '';
    this.#cells[nodeId] = { state: 'running', attempt: 1, startedAtMs: 1_000_000, percent: this.#number % 100 };
    this.#number++;
    for (const listener of [...this.#listeners]) listener();
  }
}

interface Watcher {
  readonly workbench: Workbench;
  job(): object | undefined;
  readonly pushes: () => number;
}

/** A window that watches the job through a workbench of its own, its pushes carried as texts, as to a browser. */
async function watch(rig: MasterRig, name: string): Promise<Watcher> {
  const workbench = await createWorkbench({
    ...bareWorkbenchPorts(),
    clock: rig.clock,
    clientSystem: name,
    random: createRandom(name.length),
    compression: deflateCompression,
    dial: () => Promise.resolve(rig.dial('negotiation', 9000, { latencyMs: 5 }).transport),
  });
  const window = workbench.openWindow();
  const ask = async <T>(method: string, params: object): Promise<T> => {
    const answer = window.invoke(method, params);
    await rig.clock.advance(2_000);
    const result = await answer;
    if (!result.ok) throw new PutError('internal', `${method}: ${result.error.message}`);
    return result.value as T;
  };
  const system = { name, host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 };
  const { systemId } = await ask<{ systemId: string }>('system.add', { ...system, pathOrder: ['single-port'] });
  await ask('session.signIn', { systemId, ...ANNA, remember: false });
  await ask('job.open', { systemId, jobId: JOB });
  const first = await window.invoke('state.snapshot', {});
  if (!first.ok) throw new PutError('internal', first.error.message);
  let picture = first.value as { number: number; state: WorkbenchState };
  let pushes = 0;
  window.subscribe((made) => {
    const push = JSON.parse(JSON.stringify(made)) as BridgePush;
    if (push.base !== picture.number) throw new PutError('internal', `a gap after ${picture.number}: ${push.base}`);
    picture = { number: push.number, state: applyPatch(picture.state, push.patch) };
    pushes++;
  });
  return { workbench, job: () => picture.state.systems[systemId]?.openJobs[JOB], pushes: () => pushes };
}

async function run(options: BenchmarkRun): Promise<ReplicaResult> {
  const nodes = numberOption(options, 'nodes', 1000);
  const changesPerSecond = numberOption(options, 'changes', 500);
  const count = numberOption(options, 'watchers', 2);
  const seconds = numberOption(options, 'seconds', 20);
  const rig = createMasterRig();
  const job = new ChangingJob(nodes);
  const others = rig.service.topic.bind(rig.service);
  rig.service.change({ nodes: {} });
  rig.service.topic = (name) => (name === `job:${JOB}` ? job.topic : others(name));
  const watchers: Watcher[] = [];
  for (let index = 0; index < count; index++) watchers.push(await watch(rig, `client-${'x'.repeat(index + 1)}`));
  const before = process.cpuUsage();
  let made = 0;
  for (let ms = TICK_MS; ms <= seconds * 1000; ms += TICK_MS) {
    while (made < (changesPerSecond * ms) / 1000) job.change(made++ * 7);
    await rig.clock.advance(TICK_MS);
  }
  const used = process.cpuUsage(before);
  await rig.clock.advance(5_000);
  const equal = watchers.every((watcher) => sameDeep(watcher.job(), job.view));
  for (const { workbench } of watchers) await workbench.close();
  return {
    ...{ nodes, changesPerSecond, watchers: count, seconds },
    replicaShare: rounded((used.user + used.system) / 1e6 / seconds),
    pushes: watchers[0]?.pushes() ?? 0,
    equal,
    load: rounded(loadavg()[0] ?? 0, 1),
  };
}

export const benchmark: Benchmark<ReplicaResult> = {
  about: 'share of a core for passing the changes of a large job on to the windows of several watchers',
  options: {
    nodes: 'nodes of the job, 1000 without it',
    changes: 'changes of cells a second, 500 without it',
    watchers: 'client systems that watch, 2 without it',
    seconds: 'for this long, of a clock that is moved, 20 without it',
  },
  run,
  lines: (result) => [
    `${result.changesPerSecond} changes a second of ${result.nodes} nodes to ${result.watchers} watchers: ${result.replicaShare} of a core (bar ${MOST_SHARE})`,
    `${result.pushes} pushes to a window in ${result.seconds} s; pictures equal: ${result.equal ? 'yes' : 'NO'}`,
  ],
  passed: (result) => result.replicaShare < MOST_SHARE && result.equal,
};
