import type { InstalledPackage, NodeEntry, NodeFacts } from '../../core/model/node.ts';
import { operationSpecSchema, type OperationSpec } from '../../core/model/operationSpec.ts';
import type { Clock } from '../../core/session/ports.ts';
import { BusyNodes } from '../../services/jobs/BusyNodes.ts';
import { JobRunner } from '../../services/jobs/JobRunner.ts';
import type { RunnerPorts } from '../../services/jobs/runnerPorts.ts';
import type { Journal } from '../../services/jobs/Journal.ts';
import { WORK_DEADLINES, type NodeWorker } from '../../services/jobs/ports.ts';
import type { JobEvent, WorkOutcome } from '../../services/sequencer/events.ts';

/* A job of any size for measurements: the real runner and journal over nodes whose work ends when they are told. */

const MACHINE = { os: 'SLES 15 SP4', arch: 'x86_64', kernel: '5.14.21', memoryBytes: 2 ** 36, groupingKey: 'one' };

/** Nodes of one system. */
export function engineNodes(nodes: number): NodeEntry[] {
  return Array.from({ length: nodes }, (_, i) => ({
    nodeId: `node-${String(i + 1).padStart(5, '0')}`,
    address: `10.${Math.floor(i / 65_536)}.${Math.floor(i / 256) % 256}.${i % 256}`,
    type: 'TPA',
    system: 1,
    clique: Math.floor(i / 8),
  }));
}

/** A selection, so many steps of work, a report. */
export function engineSpec(steps: number): OperationSpec {
  const work = Array.from({ length: steps }, (_, i) => ({
    ...{ id: `work-${i + 1}`, title: `Work ${i + 1}`, help: 'Work on each node.', use: 'facts' },
    policy: { readOnly: true },
  }));
  return operationSpecSchema.parse({
    ...{ id: 'measured', version: 1, title: 'Measured', purpose: 'To be measured.' },
    settings: { nodesAtOnce: { type: 'integer', default: 64, least: 1, most: 1024, help: 'Nodes at once.' } },
    phases: [
      {
        id: 'all',
        title: 'All',
        steps: [
          { id: 'select-nodes', title: 'Select nodes', help: 'Which.', use: 'select-nodes' },
          ...work,
          { id: 'finished', title: 'Finished', help: 'Ends.', use: 'report' },
        ],
      },
    ],
  });
}

/** Installed packages of one kind of node; kinds share two thirds of them. */
export function enginePackages(kind: number, packages: number): InstalledPackage[] {
  return Array.from({ length: packages }, (_, i) => ({
    name: `package-${i}-of-the-system`,
    epoch: 0,
    version: `${1 + (i % 9)}.${i % 3 === 0 ? kind : 4}.1`,
    release: `150400.${i % 17}.1`,
    arch: i % 3 === 0 ? 'noarch' : 'x86_64',
  }));
}

/** Facts of a node with a list of its own, as it comes from the node. */
export function engineFacts(nodeId: string, packages: readonly InstalledPackage[]): NodeFacts {
  return {
    ...{ nodeId, ...MACHINE, fileSystems: [{ path: '/var', totalBytes: 2 ** 40, freeBytes: 2 ** 39 }] },
    service: { name: 'tpa', state: 'up' },
    packages: packages.map((one) => ({ ...one })),
  };
}

/** A clock whose timers run when they are told. */
class ManualClock implements Clock {
  #timers: (() => void)[] = [];
  #now = 1_700_000_000_000;

  nowMs = (): number => (this.#now += 1);
  steadyMs = (): number => this.#now;

  setTimer(delayMs: number, callback: () => void): () => void {
    // Deadlines never come here, only what is gathered for a moment.
    if (delayMs > 100) return () => undefined;
    this.#timers.push(callback);
    return () => void (this.#timers = this.#timers.filter((one) => one !== callback));
  }

  runTimers(): void {
    const due = this.#timers;
    this.#timers = [];
    for (const callback of due) callback();
  }
}

/** A running job whose nodes end their work one at a time. */
export class EngineJob {
  readonly runner: JobRunner;
  readonly #clock = new ManualClock();
  readonly #ends: ((outcome: WorkOutcome) => void)[] = [];

  constructor(journal: Journal, figures: { nodes: number; steps: number; nodesAtOnce: number; part: number }) {
    const worker: NodeWorker = {
      run: () => new Promise<WorkOutcome>((resolve) => void this.#ends.push(resolve)),
      probe: () => Promise.resolve({ done: 'no' }),
    };
    const ports: RunnerPorts = {
      ...{ clock: this.#clock, journal, worker, deadlines: WORK_DEADLINES, busy: new BusyNodes() },
      library: () => ({ packages: {}, certLists: {} }) as never,
      tell: () => undefined,
      paces: () => ({}),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onTold: () => undefined,
      // The job list asks for the row after every change.
      onChange: () => void this.runner?.summary,
    };
    const inventory = engineNodes(figures.nodes);
    this.runner = JobRunner.start(ports, {
      ...{ kind: 'job-started', jobId: `measured-${figures.part}`, jobNumber: figures.part + 1, user: 'ada' },
      ...{ spec: engineSpec(figures.steps), settings: { nodesAtOnce: figures.nodesAtOnce }, inventory },
    });
    this.runner.request(() => ({
      ...{ kind: 'answered', stepId: 'select-nodes', user: 'ada' },
      answer: { stepId: 'select-nodes', nodeIds: inventory.map(({ nodeId }) => nodeId) },
      effects: { select: inventory.map(({ nodeId }) => nodeId) },
    }));
  }

  /** Until work goes on on the first nodes. */
  async begun(): Promise<void> {
    await settled();
  }

  /** The work of one node ends well, is committed, and that of the next one begins. */
  async endOne(): Promise<void> {
    this.#ends.shift()?.({ state: 'ok' });
    await settled();
    this.#clock.runTimers();
    await settled();
  }
}

/** Lets everything happen that waits for promises only. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

/** How large a measured job is; `together` of its nodes work at once. */
export interface EngineFigures {
  readonly nodes: number;
  readonly steps: number;
  readonly together: number;
  /** Its nodes where they are not to be those of `engineNodes`. */
  readonly inventory?: readonly NodeEntry[];
  /** Steps of work that come after the one that it stands in; 1 where it is not given. */
  readonly stepsAfter?: number;
  /** Nodes that are done in the step that it stands in; half of them where it is not given. */
  readonly nodesDone?: number;
}

/** The events of a job of such a size, half through its last step but one unless told otherwise, in the batches that a runner makes of them. */
export function* engineEvents(figures: EngineFigures): Generator<JobEvent[]> {
  const spec = engineSpec(figures.steps);
  const inventory = [...(figures.inventory ?? engineNodes(figures.nodes))];
  const ids = inventory.map(({ nodeId }) => nodeId);
  let atMs = 1_700_000_000_000;
  yield [
    {
      ...{ kind: 'job-started', atMs, jobId: 'measured', jobNumber: 1, user: 'ada', spec, inventory },
      settings: { nodesAtOnce: figures.together },
    },
    { kind: 'step-opened', atMs, stepId: 'select-nodes', screen: { stepId: 'select-nodes' } },
    {
      ...{ kind: 'answered', atMs, stepId: 'select-nodes', user: 'ada', effects: { select: ids } },
      answer: { stepId: 'select-nodes', nodeIds: ids },
    },
  ];
  const current = figures.steps - (figures.stepsAfter ?? 1);
  for (let step = 1; step <= current; step += 1) {
    const stepId = `work-${step}`;
    yield [{ kind: 'step-opened', atMs, stepId, skips: [] }];
    const until = step === current ? (figures.nodesDone ?? ids.length / 2) : ids.length;
    for (let from = 0; from < until; from += figures.together) {
      const here = ids.slice(from, from + figures.together);
      atMs += 1000;
      yield [{ kind: 'cells-started', atMs, stepId, cells: here.map((nodeId) => ({ nodeId, mode: 'run' })) }];
      yield here.map((nodeId) => ({
        ...{ kind: 'cell-ended', atMs: atMs + 900, stepId, nodeId, attempt: 1, outcome: { state: 'ok' } },
      }));
    }
    if (step < current) yield [{ kind: 'step-ended', atMs: atMs + 950, stepId }];
  }
}
