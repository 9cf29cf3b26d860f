import { deflateCompression } from '../core/node/messageCompression.ts';
import { applyPatch, sameDeep } from '../core/replica/patch.ts';
import { createRandom } from '../core/testing/random.ts';
import { bareWorkbenchPorts } from '../core/testing/workbenchPorts.ts';
import type { BridgePush } from '../core/workbench/bridge.ts';
import type { WorkbenchState } from '../core/workbench/state.ts';
import { createWorkbench, type Workbench } from '../core/workbench/Workbench.ts';
import { countCells, type Cell } from '../core/model/job.ts';
import type { JobNodeRow, Sharded } from '../core/model/jobParts.ts';
import { SHARD_NODES } from '../services/sequencer/column.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { StateTopic } from '../services/service.ts';
import { ANNA } from '../services/testing/clients.ts';
import { createMasterRig, type MasterRig } from '../services/testing/masterRig.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, rounded } from './benchmark.ts';

/** Share of one core for passing the changes on, from the topic to the pictures of all windows. */
const MOST_SHARE = 0.25;
/** Changes come in groups, this far apart. */
const TICK_MS = 20;
const JOB = 'j1';
const STEP = 'step-12';

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

/** What a window that shows the running step watches: the head, and the nodes and cells in shards. */
const PARTS = ['', 'nodes', `cells:${STEP}`] as const;

/** A job of many nodes whose cells change; its parts are made when somebody looks, and what did not change stays the same object. */
class ChangingJob {
  readonly #listeners = new Set<() => void>();
  readonly #ids: readonly string[];
  readonly #cells: Record<string, Cell>;
  readonly #changed = new Set<number>();
  readonly #nodes: Sharded<JobNodeRow>;
  #shards: Record<string, Readonly<Record<string, Cell>>> = {};
  #head: object;
  #seen = 0;
  #number = 1;

  constructor(nodes: number) {
    this.#ids = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(4, '0')}`);
    this.#cells = Object.fromEntries(
      this.#ids.map((nodeId): [string, Cell] => [nodeId, { state: 'ok', attempt: 1, startedAtMs: 1, endedAtMs: 2 }]),
    );
    for (let at = 0; at * SHARD_NODES < nodes; at += 1) this.#changed.add(at);
    const row = (nodeId: string): JobNodeRow => ({ nodeId, address: nodeId, type: 'TPA', system: 1 });
    this.#nodes = {
      shards: Object.fromEntries(
        [...this.#changed].map((at) => [
          at,
          Object.fromEntries(this.#idsOf(at).map((nodeId) => [nodeId, row(nodeId)])),
        ]),
      ),
    };
    const counts = countCells(this.#cells);
    this.#head = {
      ...{ jobId: JOB, title: 'Install/Upgrade Software', eventNumber: 1, currentStep: STEP, nodes },
      steps: Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [`step-${index + 1}`, { stepId: `step-${index + 1}`, counts }]),
      ),
    };
  }

  topic(part: string): StateTopic {
    return {
      kind: 'state',
      state: () => this.part(part),
      number: () => this.#number,
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  part(part: string): object {
    this.#look();
    return part === '' ? this.#head : part === 'nodes' ? this.#nodes : { shards: this.#shards };
  }

  change(at: number): void {
    const index = at % this.#ids.length;
    this.#cells[this.#ids[index] ?? ''] = {
      state: 'running',
      attempt: 1,
      startedAtMs: 1_000_000,
      percent: this.#number % 100,
    };
    this.#changed.add(Math.floor(index / SHARD_NODES));
    this.#number++;
    for (const listener of [...this.#listeners]) listener();
  }

  #idsOf(shard: number): readonly string[] {
    return this.#ids.slice(shard * SHARD_NODES, (shard + 1) * SHARD_NODES);
  }

  #look(): void {
    if (this.#seen === this.#number) return;
    this.#seen = this.#number;
    const steps = (this.#head as { steps: Readonly<Record<string, object>> }).steps;
    const step = { stepId: STEP, counts: countCells(this.#cells), percent: this.#number % 100 };
    this.#head = { ...this.#head, eventNumber: this.#number, steps: { ...steps, [STEP]: step } };
    const shards = { ...this.#shards };
    for (const at of this.#changed) {
      const ids = this.#idsOf(at);
      shards[at] = Object.fromEntries(ids.map((nodeId) => [nodeId, this.#cells[nodeId] as Cell]));
    }
    this.#changed.clear();
    this.#shards = shards;
  }
}

interface Watcher {
  readonly workbench: Workbench;
  part(name: string): object | undefined;
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
  for (const part of PARTS) await ask('job.open', { systemId, jobId: JOB, ...(part === '' ? {} : { part }) });
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
  const part = (name: string): object | undefined => {
    const system = picture.state.systems[systemId];
    return name === '' ? system?.openJobs[JOB] : system?.jobParts[`${JOB}/${name}`];
  };
  return { workbench, part, pushes: () => pushes };
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
  const topics = new Map(PARTS.map((part) => [part === '' ? `job:${JOB}` : `job:${JOB}/${part}`, job.topic(part)]));
  rig.service.topic = (name) => topics.get(name) ?? others(name);
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
  const equal = watchers.every((watcher) => PARTS.every((part) => sameDeep(watcher.part(part), job.part(part))));
  for (const { workbench } of watchers) await workbench.close();
  return {
    ...{ nodes, changesPerSecond, watchers: count, seconds },
    replicaShare: rounded((used.user + used.system) / 1e6 / seconds),
    pushes: watchers[0]?.pushes() ?? 0,
    equal,
    load: loadNow(),
  };
}

export const benchmark: Benchmark<ReplicaResult> = {
  about:
    'share of a core for passing the changes of a large job, its head and the cells of its step, on to the windows of several watchers',
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
