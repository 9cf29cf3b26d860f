import { describe, expect, it } from 'vitest';
import type { JobView, PackageOutcome, StepInput } from '../../core/model/job.ts';
import { CELL_STATES } from '../../core/model/job.ts';
import type { NodeEntry, NodeFacts } from '../../core/model/node.ts';
import { servicesNotUp } from '../../core/model/servicesNotUp.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { installUpgradeSoftware as operation } from '../operations/installUpgradeSoftware.ts';
import { STEP_POLICIES } from '../operations/stepPolicies.ts';
import type { ActionOutcome, ProbeOutcome } from '../nodes/NodeDriver.ts';
import type { JobEvent, JobEventBody } from './events.ts';
import { backEvent, cancelEvent, continueEvent, ignoreEvent, retryEvent } from './requests.ts';
import { applyEvent, replay, step, type Command } from './sequencer.ts';
import {
  countCells,
  currentStep,
  initialState,
  isOver,
  lingeringNodes,
  type SequencerState,
} from './sequencerState.ts';
import { proposedInput } from './testing/jobHarness.ts';
import { sampleLibrary } from './testing/sampleLibrary.ts';

/** Random numbers of a seed (mulberry32), so that a failing job can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const library = sampleLibrary().view();

function factsOf(nodeId: string, upToDate: boolean): NodeFacts {
  const version = upToDate ? '2.0' : '1.0';
  return {
    nodeId,
    os: 'SLES 15',
    arch: 'x86_64',
    kernel: '5',
    memoryBytes: 1,
    groupingKey: 'byn0',
    fileSystems: [{ path: '/', totalBytes: 1e9, freeBytes: 1e9 }],
    service: { name: 'practice', state: 'up' },
    packages: ['base', 'gateway', 'tools'].map((name) => ({ name, epoch: 0, version, release: '1', arch: 'noarch' })),
  };
}

/** One job under random order, faults and people. Everything that the rules forbid is thrown as an error. */
class RandomJob {
  readonly random: () => number;
  readonly events: JobEvent[] = [];
  /** Work on nodes that was started and has not ended: the world outside. */
  readonly running = new Map<string, Command & { kind: 'run' | 'probe' }>();
  readonly #uncertain = new Set<string>();
  state: SequencerState;
  #atMs = 1;
  #peopleLeft: number;

  constructor(seed: number) {
    this.random = seeded(seed);
    const nodes = 1 + Math.floor(this.random() * 4);
    this.#peopleLeft = 3 + Math.floor(this.random() * 12);
    const inventory: NodeEntry[] = Array.from({ length: nodes }, (_, i) => ({
      nodeId: `n${i}`,
      address: '',
      type: 'TPA',
      system: 1,
    }));
    const started: JobEvent = {
      kind: 'job-started',
      jobId: 'j',
      jobNumber: 1,
      operationId: 'install-upgrade-software',
      title: 'Install/Upgrade Software',
      user: 'ada',
      inventory,
      concurrency: 1 + Math.floor(this.random() * 3),
      atMs: 0,
    };
    this.events.push(started);
    this.state = initialState(started);
    this.#follow(step(this.state, { kind: 'baton-taken', user: 'ada', reason: 'x', atMs: 0 }).commands);
  }

  /** One thing happens. False: the job is over. */
  happen(): boolean {
    if (isOver(this.state.view)) return false;
    const roll = this.random();
    if (roll < 0.02) this.#crash();
    else if (this.running.size > 0 && roll < 0.93) this.#nodeEnds();
    else this.#personActs();
    return true;
  }

  #take(body: JobEventBody): void {
    const event: JobEvent = { ...body, atMs: this.#atMs++ };
    const { state, commands } = step(this.state, event);
    this.events.push(event);
    this.state = state;
    checkState(state);
    this.#follow(commands);
  }

  #follow(commands: readonly Command[]): void {
    for (const command of commands) {
      switch (command.kind) {
        case 'commit':
          this.#take(command.event);
          break;
        case 'open-step':
          this.#take(operation.openStep(this.state, command.stepId, library, this.#atMs));
          break;
        case 'end-job':
          this.#take({ kind: 'job-ended', report: operation.report(this.state, this.#atMs) });
          break;
        case 'open-exit-work':
          this.#take(
            operation.exitWork(this.state) ?? {
              kind: 'job-ended',
              report: operation.report(this.state, this.#atMs),
            },
          );
          break;
        case 'abort':
        case 'answer-step':
          break;
        default:
          this.#start(command);
      }
    }
  }

  #start(command: Command & { kind: 'run' | 'probe' }): void {
    const { nodeId, stepId, kind } = command;
    if (this.running.has(nodeId)) throw new Error(`two pieces of work at once on ${nodeId}`);
    if (this.running.size - lingeringNodes(this.state).length >= this.state.concurrency)
      throw new Error('more work at once than the limit');
    operation.actionOf(this.state, stepId, nodeId);
    const key = `${stepId} ${nodeId}`;
    if (kind === 'run' && !STEP_POLICIES[stepId].readOnly) {
      if (this.#uncertain.has(key)) throw new Error(`${key} runs again without a probe`);
      this.#uncertain.add(key);
    }
    this.running.set(nodeId, command);
  }

  #nodeEnds(): void {
    const nodeIds = [...this.running.keys()];
    const nodeId = nodeIds[Math.floor(this.random() * nodeIds.length)] as string;
    const work = this.running.get(nodeId) as Command & { kind: 'run' | 'probe' };
    const { stepId, attempt } = work;
    if (this.random() < 0.04 && this.state.inFlight[nodeId]?.lingers === undefined) {
      const cause = { code: 'node-busy', message: 'it does not stop' };
      this.#take({ kind: 'work-lingers', stepId, nodeId, attempt, mode: work.kind, cause });
      return;
    }
    if (work.kind === 'run' && stepId === 'package-install' && this.random() < 0.5) {
      this.#take({
        kind: 'package-changed',
        stepId,
        nodeId,
        attempt,
        packageName: this.#pick(['base', 'gateway', 'tools', 'stranger']),
        outcome: this.#pick<PackageOutcome>(['running', 'successful', 'fail']),
      });
      if (this.random() < 0.5) return;
    }
    this.running.delete(nodeId);
    if (work.kind === 'probe') {
      const done = this.#pick<ProbeOutcome['done'] | 'error'>([
        'yes',
        'no',
        'partly',
        'unreachable',
        'yes',
        'no',
        'error',
      ]);
      if (done !== 'unreachable' && done !== 'error') this.#uncertain.delete(`${stepId} ${nodeId}`);
      const packages: ProbeOutcome['packages'] = done === 'partly' ? { base: 'successful' } : {};
      const outcome = done === 'error' ? { done, cause: { code: 'internal', message: 'x' } } : { done, packages };
      this.#take({ kind: 'cell-probed', stepId, nodeId, attempt, outcome });
      return;
    }
    const outcome = this.#outcome(stepId, nodeId);
    if (outcome.state !== 'unknown' && outcome.state !== 'unreachable') this.#uncertain.delete(`${stepId} ${nodeId}`);
    this.#take({ kind: 'cell-ended', stepId, nodeId, attempt, outcome });
    // The same end once more (a late echo) must change nothing.
    if (this.random() < 0.1) {
      const before = this.state.view;
      const after = applyEvent(this.state, { kind: 'cell-ended', stepId, nodeId, attempt, outcome, atMs: this.#atMs });
      if (JSON.stringify({ ...after.view, eventNumber: 0 }) !== JSON.stringify({ ...before, eventNumber: 0 })) {
        throw new Error('an echo of an end changed the state');
      }
    }
  }

  #outcome(stepId: string, nodeId: string): ActionOutcome {
    const facts = stepId === 'find-systems' ? factsOf(nodeId, this.random() < 0.1) : undefined;
    const found = stepId === 'package-install' ? factsOf(nodeId, true).packages : undefined;
    const service = stepId === 'shutdown' ? 'down' : stepId === 'start' ? 'up' : undefined;
    if (this.random() < 0.75) return { state: 'ok', facts, found, service };
    const state = this.#pick<ActionOutcome['state']>(['warned', 'failed', 'failed', 'unreachable', 'unknown']);
    if (state === 'warned') return { state, facts, found, service, cause: { code: 'internal', message: 'careful' } };
    const packageName = this.random() < 0.5 ? this.#pick(['base', 'tools']) : undefined;
    return { state, cause: this.random() < 0.9 ? { code: 'node-unreachable', message: 'x', packageName } : undefined };
  }

  /** putservices dies and comes back: work goes on or stops outside, nobody hears of it. */
  #crash(): void {
    this.running.clear();
    checkReplay(this.events, this.state);
    this.#take({ kind: 'service-restarted' });
  }

  #personActs(): void {
    const { view } = this.state;
    const { stepId, state: stepState } = currentStep(this.state);
    const impatient = this.#peopleLeft-- > 0;
    const tries: (() => JobEventBody | undefined)[] = [];
    if (stepState === 'input') tries.push(() => operation.answer(this.state, this.#input(view), 'ada', library));
    else if (stepState === 'attention') {
      tries.push(
        () => retryEvent(this.state, stepId, undefined, 'ada'),
        () => continueEvent(this.state, 'ada'),
        () => this.#ignore(),
        // The way on where every node was ignored.
        () => (this.random() < 0.1 ? cancelEvent(this.state, 'restart-step', 'ada') : undefined),
      );
    }
    if (impatient && this.random() < 0.4) {
      tries.push(
        () => backEvent(this.state, 'ada'),
        () => cancelEvent(this.state, 'restart-step', 'ada'),
        () => this.#ignore(),
        () => (this.random() < 0.1 ? cancelEvent(this.state, 'exit', 'ada', this.random() < 0.5) : undefined),
      );
    }
    if (tries.length === 0) return;
    let body: JobEventBody | undefined;
    try {
      body = this.#pick(tries)();
    } catch (error) {
      // Refused, as it should be now and then; anything but a clear refusal is a fault.
      if (!(error instanceof PutError) || error.code === 'internal') throw error;
    }
    if (body) this.#take(body);
  }

  #input(view: JobView): StepInput {
    const proposed = proposedInput(view);
    if (proposed.stepId === 'configuration-mode') return { ...proposed, mode: this.#pick(['typical', 'custom']) };
    if (proposed.stepId === 'select-nodes' && this.random() < 0.3) {
      return { ...proposed, nodeIds: [this.#pick(proposed.nodeIds)] };
    }
    return proposed;
  }

  #ignore(): JobEventBody | undefined {
    const { stepId, cells } = currentStep(this.state);
    const nodeIds = Object.keys(cells ?? {});
    if (nodeIds.length === 0) return undefined;
    const packageName = this.random() < 0.3 ? this.#pick(['base', 'tools']) : undefined;
    return ignoreEvent(
      this.state,
      { stepId, nodeIds: [this.#pick(nodeIds)], packageName, reason: 'so decided' },
      'ada',
    );
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }
}

/** What must be true at every moment. */
function checkState(state: SequencerState): void {
  const { view } = state;
  const selection = Object.keys(view.nodes).length;
  for (const one of Object.values(view.steps)) {
    if (!one.cells) continue;
    const counts = countCells(one.cells);
    const sum = CELL_STATES.reduce((total, name) => total + counts[name], 0);
    if (sum !== selection) throw new Error(`${one.stepId}: ${sum} cells for ${selection} nodes`);
  }
  for (const row of view.packages) {
    const sum = row.successful + row.fail + row.ignored + row.running + row.waiting;
    if (sum !== row.nodes) throw new Error(`${row.packageName}: ${sum} results for ${row.nodes} nodes`);
    for (const name of ['successful', 'fail', 'ignored', 'running', 'waiting'] as const) {
      const real = Object.values(view.nodes).filter((node) => node.outcomes[row.packageName] === name).length;
      if (real !== row[name]) throw new Error(`${row.packageName}: ${row[name]} ${name} counted, ${real} found`);
    }
  }
  // A job never says that all is well while it knows of a service that is not up.
  if (view.report?.outcome === 'succeeded') {
    const { down, unknown } = servicesNotUp(Object.values(view.nodes));
    if (down.length + unknown.length > 0)
      throw new Error(`succeeded with services not up: ${[...down, ...unknown].join()}`);
  }
  if (view.state === 'attention' && view.attention.length === 0 && view.nextOffBecause !== undefined) {
    if (!view.nextOffBecause.includes('no node is left'))
      throw new Error(`attention for nothing: ${view.nextOffBecause}`);
  }
  if ((view.state === 'input') !== (view.screen !== undefined))
    throw new Error(`${view.state} and screen ${view.screen?.stepId}`);
  for (const [nodeId, flight] of Object.entries(state.inFlight)) {
    const cell = view.steps[flight.stepId]?.cells?.[nodeId];
    if (!flight.aborted && cell?.state !== (flight.mode === 'run' ? 'running' : 'unknown')) {
      throw new Error(`${nodeId} is ${cell?.state} while a ${flight.mode} is under way`);
    }
  }
}

/** The journal, read back as text, makes the same state. */
function checkReplay(events: readonly JobEvent[], state: SequencerState): void {
  const replayed = replay(JSON.parse(JSON.stringify(events)) as JobEvent[]);
  if (JSON.stringify(replayed) !== JSON.stringify(state)) expect(replayed).toEqual(state);
}

function runJob(seed: number): RandomJob {
  const job = new RandomJob(seed);
  let steps = 0;
  try {
    while (job.happen()) {
      steps += 1;
      if (steps > 5_000)
        throw new Error(`the job does not end: ${job.state.view.state} at ${job.state.view.currentStep}`);
    }
    expect([...job.running.keys()].sort()).toEqual(lingeringNodes(job.state).sort());
    checkReplay(job.events, job.state);
  } catch (error) {
    throw new Error(`seed ${seed}, event ${job.events.length}: ${(error as Error).message}`, { cause: error });
  }
  return job;
}

describe('the sequencer under random order, faults and people', () => {
  const jobs = Number(process.env['PUT_RANDOM_JOBS'] ?? 400);

  it(
    `keeps its rules over ${jobs} jobs (seeds from 1; PUT_RANDOM_JOBS sets the number)`,
    { timeout: 3_600_000 },
    () => {
      const outcomes: Record<string, number> = {};
      for (let seed = 1; seed <= jobs; seed++) {
        const { outcome } = runJob(seed).state.view.report ?? { outcome: 'none' };
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
      expect(Object.keys(outcomes).sort()).toEqual(['exited', 'failed', 'succeeded', 'warned']);
    },
  );
});

describe('structural sharing', () => {
  it('shares the objects of nodes that an event does not touch', () => {
    const installing = (job: RandomJob): boolean =>
      job.state.view.currentStep === 'package-install' &&
      job.running.size > 0 &&
      Object.keys(job.state.view.nodes).length > 1;
    let job = new RandomJob(1);
    for (let seed = 2; seed < 200 && !installing(job);) if (!job.happen()) job = new RandomJob(seed++);
    expect(installing(job)).toBe(true);
    const before = job.state;
    const [nodeId, work] = [...job.running][0] as [string, Command & { kind: 'run' }];
    const after = applyEvent(before, {
      kind: 'cell-ended',
      stepId: work.stepId,
      nodeId,
      attempt: work.attempt,
      outcome: { state: 'unreachable' },
      atMs: 1,
    });
    const cells = after.view.steps['package-install']?.cells ?? {};
    for (const other of Object.keys(cells)) {
      if (other !== nodeId) expect(cells[other]).toBe(before.view.steps['package-install']?.cells?.[other]);
    }
    expect(after.view.steps['spooling']).toBe(before.view.steps['spooling']);
    expect(after.view.plan).toBe(before.view.plan);
    expect(after.facts).toBe(before.facts);
  });
});
