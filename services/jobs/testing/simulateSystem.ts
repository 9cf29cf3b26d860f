import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsDecision } from '../../../core/model/jobParts.ts';
import { FAULT_KINDS } from '../../../core/model/node.ts';
import type { AnswerOf } from '../../../core/steps/registry.ts';
import { stepsOf, type StepSpec } from '../../../core/model/operationSpec.ts';
import type { LibraryView } from '../../../core/model/package.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import { PutError, reportOf } from '../../../core/protocol/errors.ts';
import type { MethodName } from '../../../core/protocol/methods.ts';
import { createFakeClock } from '../../../core/testing/fakeClock.ts';
import type { SimPackageSource } from '../../nodes/sim/packageSource.ts';
import { practiceEntries } from '../../nodes/sim/practiceInventory.ts';
import { seededRandom } from '../../nodes/sim/seededRandom.ts';
import { entriesOf } from '../../sequencer/column.ts';
import { changedNodes } from '../../sequencer/requests.ts';
import { currentStep, statusOf, type SequencerState } from '../../sequencer/state.ts';
import { chance, from, pick, type Random } from '../../sequencer/testing/randomSpec.ts';
import { stepKind } from '../../steps/registry.ts';
import { requestKey } from '../requestKey.ts';
import { proposedInput } from './jobHarness.ts';
import { JobWatch } from './JobWatch.ts';
import { MemoryNodeFiles } from './memoryNodeFiles.ts';
import { randomOperation } from './randomOperation.ts';
import { SampleLibrary, sampleLibrary, samplePackage } from './sampleLibrary.ts';
import { SimulatedPutservices, type SimulatedWorld } from './SimulatedPutservices.ts';

/** What a simulated system came to. */
export interface SimulatedSystem {
  readonly jobs: number;
  readonly events: number;
  /** What did not hold, in words. */
  readonly broken?: string | undefined;
  /** The acts that chance chose, in order, in words; up to the one after which it did not hold. */
  readonly acts: readonly { readonly act: number; readonly text: string }[];
}

export interface SimulateOptions {
  /** Acts of chance before everything calms down. */
  readonly acts?: number | undefined;
  /** Acts that are left out. */
  readonly without?: ReadonlySet<number> | undefined;
}

const ACTS = 90;
/** After so much quiet a job that waits for nobody is stuck. */
const QUIET_MS = 6 * 3_600_000;
const NAMES = ['base', 'gateway', 'tools'];
const USERS = ['anna', 'bert'];

/** All promises come to rest: nothing in the simulation waits for anything but the clock. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Call {
  readonly method: MethodName;
  readonly params: { readonly jobId: string };
  readonly user: string;
  answer?: string | undefined;
}

/**
 * A practice system from its start to the end of its jobs, in virtual time: putservices as it is (requests, journal, runner, sequencer, step kinds, practice nodes)
 * with people, faults and kills that chance drives. Each act has chances of its own, so that any of them can be left out.
 */
export async function simulateSystem(seed: number, options: SimulateOptions = {}): Promise<SimulatedSystem> {
  const system = new System(seed);
  try {
    return await system.live(options);
  } finally {
    system.end();
  }
}

class System {
  readonly #seed: number;
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'put-simulated-'));
  readonly #clock = createFakeClock(1_700_000_000_000, settle);
  readonly #files = new MemoryNodeFiles();
  readonly #world: SimulatedWorld;
  readonly #nodeIds: readonly string[];
  readonly #watches = new Map<string, JobWatch>();
  readonly #calls: Call[] = [];
  readonly #acts: { act: number; text: string }[] = [];
  #life: SimulatedPutservices | undefined;
  #broken: string | undefined;
  #text = '';
  #lastEventAtMs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const random = seededRandom(seed, 'system');
    const nodes = from(random, 1, 8);
    this.#nodeIds = practiceEntries(nodes).map(({ nodeId }) => nodeId);
    const operation = randomOperation(random);
    const library = libraryOf(chance(random, 0.7));
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (text: string, more?: object) => {
        // Faults of the software are told as such.
        if (JSON.stringify(more ?? {}).includes('"internal"')) this.#fail(`${text}: ${JSON.stringify(more)}`);
      },
    };
    this.#world = {
      ...{ folder: this.#folder, clock: this.#clock, files: this.#files, library, seed, nodes, log },
      packages: sourceOf(library.view().packages),
      installed: NAMES.map((name) => ({
        ...{ name, epoch: 0, version: '1.0', release: '1', arch: 'noarch', nodeTypes: [] },
      })),
      snapshotEvery: pick(random, [5, 20, 60, 1000]),
      operationOf: () => operation,
      told: new Set(),
      kill: undefined,
      failing: 0,
      onBatch: (batch) => {
        let watch = this.#watches.get(batch.jobId);
        if (!watch) this.#watches.set(batch.jobId, (watch = new JobWatch(batch.jobId, this.#files, NAMES)));
        watch.take(batch);
        this.#lastEventAtMs = this.#clock.steadyMs();
      },
      onOpened: (journal) => {
        for (const watch of this.#watches.values()) watch.compare(journal);
      },
    };
  }

  end(): void {
    this.#life?.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async live({ acts = ACTS, without }: SimulateOptions): Promise<SimulatedSystem> {
    try {
      for (let act = 0; act < acts && this.#looks(); act += 1) {
        if (without?.has(act)) continue;
        const random = seededRandom(this.#seed, 'act', act);
        this.#text = '';
        await this.#alive();
        const running = this.#act(random);
        await running;
        await settle();
        this.#acts.push({ act, text: this.#text });
      }
      if (this.#looks()) await this.#calmDown();
    } catch (error) {
      this.#fail(`it threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    this.#looks();
    const events = [...this.#watches.values()].reduce((sum, watch) => sum + watch.events.length, 0);
    return { jobs: this.#watches.size, events, broken: this.#broken, acts: this.#acts };
  }

  #fail(what: string): void {
    this.#broken ??= what;
  }

  /** Whether everything holds. */
  #looks(): boolean {
    this.#broken ??= this.#files.broken;
    for (const watch of this.#watches.values()) this.#broken ??= watch.broken;
    return this.#broken === undefined;
  }

  /** The job that is not over, or the last one. */
  get #watch(): JobWatch | undefined {
    return [...this.#watches.values()].at(-1);
  }

  async #alive(): Promise<SimulatedPutservices> {
    for (let lives = 0; !this.#life?.alive; lives += 1) {
      if (lives > 50) throw new Error('putservices cannot be started');
      this.#life = await SimulatedPutservices.begin(this.#world);
    }
    return this.#life;
  }

  async #pass(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  async #act(random: Random): Promise<void> {
    const life = await this.#alive();
    const watch = this.#watch;
    const say = (text: string): void => void (this.#text = text);
    if (!watch?.state || (watch.over && chance(random, 0.3))) {
      say('starts a job');
      return this.#start(random);
    }
    const dice = random();
    if (dice < 0.4) {
      const ms = Math.ceil(10 ** (2 + random() * 3));
      say(`${ms} ms pass`);
      return this.#pass(ms);
    }
    if (dice < 0.72) return this.#person(random, watch.state);
    if (dice < 0.82) {
      const nodeId = pick(random, this.#nodeIds);
      const stepId = pick(random, stepsOf(watch.state.spec).filter(worksOnNodes)).id;
      const kind = pick(random, FAULT_KINDS);
      say(`${nodeId} will have ${kind} at ${stepId}`);
      await Promise.race([life.port?.practice.setFault(nodeId, stepId, kind, from(random, 1, 2)), settle()]);
    } else if (dice < 0.9) {
      const when = pick(random, ['before', 'within', 'after'] as const);
      const writesLeft = from(random, 0, chance(random, 0.5) ? 5 : 40);
      say(`putservices will be killed ${when} its write ${writesLeft + 1}`);
      this.#world.kill = { writesLeft, when };
    } else if (dice < 0.92) {
      say('putservices is killed, and down for a while');
      life.kill();
      await this.#pass(Math.ceil(10 ** (1 + random() * 5.5)));
    } else if (dice < 0.935) {
      say('putservices is stopped');
      await life.stop();
      await this.#pass(Math.ceil(10 ** (1 + random() * 5)));
    } else if (dice < 0.98) {
      const byMs = from(random, -2 * 3_600_000, 2 * 3_600_000);
      say(`the clock is set by ${byMs} ms`);
      this.#clock.setWall(byMs);
    } else {
      this.#world.failing = from(random, 1, 4);
      say(`${this.#world.failing} writes of the journal fail`);
    }
  }

  async #start(random: Random): Promise<void> {
    const mode = pick(random, ['typical', 'custom']);
    const given = chance(random, 0.75) ? { answers: { mode }, acceptPlan: chance(random, 0.85) } : {};
    const stopAt = chance(random, 0.3) ? { stopAt: pick(random, ['10 %', '50 %', 'job 3, wave 1', '1']) } : {};
    const by = (): unknown => pick(random, ['all', 'type', 'clique', { nodes: from(random, 1, 3) }, { percent: 40 }]);
    const waves = chance(random, 0.5)
      ? {
          waves: {
            by: by(),
            ...(chance(random, 0.5) ? { canary: from(random, 1, 2) } : {}),
            ...(chance(random, 0.2) ? { stopBefore: [2] } : {}),
          },
          ...(chance(random, 0.4) ? { gateWait: `${from(random, 1, 90)} min` } : {}),
        }
      : {};
    const settings = { nodesAtOnce: from(random, 1, 6), ...stopAt, ...waves };
    const params = { jobId: `j${this.#watches.size + 1}`, operationId: 'simulated', ...given, settings };
    await this.#ask('job.start', params, 'anna');
  }

  #seen({ eventNumber, steps, ...state }: SequencerState): object {
    const { id } = currentStep({ eventNumber, steps, ...state });
    return { stepId: id, attempt: steps[id]?.attempt ?? 0, eventNumber };
  }

  /** A person does something that may be refused, but never with a fault of ours. */
  async #person(random: Random, state: SequencerState): Promise<void> {
    const { jobId } = state;
    const at = currentStep(state);
    const stepId = at.id;
    const seen = this.#seen(state);
    const user = chance(random, 0.95) ? state.driver : pick(random, USERS);
    const table = state.cells[stepId];
    const open = table ? [...entriesOf(table.column)].filter(([, cell]) => needsDecision(cell)) : [];
    const nodeIds = open.map(([index]) => state.nodes.ids[index] ?? '');
    const some = nodeIds.filter(() => chance(random, 0.6));
    const reason = 'by chance';
    const repeated = this.#calls.length > 0 && chance(random, 0.12) ? pick(random, this.#calls) : undefined;
    if (repeated) return this.#repeat(repeated);
    if (statusOf(state, stepId).state === 'input' && chance(random, 0.75)) {
      const input = inputOf(state, random);
      if (!input) return;
      const params = { jobId, seen, input };
      return this.#ask('job.answer', params, user);
    }
    const changed = chance(random, 0.12) ? changedNodes(state, {}) : [];
    if (changed.length > 0) {
      const which = chance(random, 0.5) ? { nodeIds: [pick(random, changed)] } : {};
      return this.#ask('job.rollback', Object.assign({ jobId }, { seen, reason, ...which }), user);
    }
    const failedItem = open.flatMap(([, cell]) => cell.failedItems ?? [])[0];
    const acts: (() => [MethodName, object])[] = [
      () => ['job.retry', { jobId, seen, stepId }],
      () => ['job.retry', { jobId, seen, stepId, nodeIds: [pick(random, this.#nodeIds)] }],
      () => ['job.ignore', { jobId, seen, stepId, nodeIds: some.length > 0 ? some : this.#nodeIds, reason }],
      () => [
        'job.ignore',
        {
          jobId,
          seen,
          stepId,
          nodeIds: nodeIds.length > 0 ? nodeIds : this.#nodeIds,
          packageName: failedItem ?? 'base',
          reason,
        },
      ],
      () => ['job.undoIgnore', { jobId, seen, stepId, nodeIds: this.#nodeIds, packageName: pick(random, NAMES) }],
      () => ['job.continue', { jobId, seen }],
      () => ['job.continue', { jobId, seen }],
      () => ['job.cancel', { jobId, seen, choice: 'restart-step' }],
      () => ['job.back', { jobId, seen }],
      () => ['job.pause', { jobId, seen, reason }],
      () => ['job.resume', { jobId, seen }],
      () => ['job.takeBaton', { jobId, seen, reason }],
      () => ['job.setAnswers', { jobId, seen, answers: {}, acceptPlan: true }],
      () =>
        chance(random, 0.1)
          ? [
              'job.cancel',
              { jobId, seen, choice: 'exit', startServices: state.spec.exit !== undefined && chance(random, 0.5) },
            ]
          : ['job.retry', { jobId, seen, stepId }],
    ];
    const [method, params] = pick(random, acts)();
    await this.#ask(method, params as { jobId: string }, user);
  }

  async #ask(method: MethodName, params: { readonly jobId: string }, user: string): Promise<void> {
    const call: Call = { method, params, user };
    const text = `${user}: ${method} ${JSON.stringify(params)}`;
    try {
      const life = await this.#alive();
      const answer = await life.ask(method, params, user);
      this.#text = `${text}: ${answer ? JSON.stringify(answer) : 'the answer is lost'}`;
      call.answer = answer && JSON.stringify(answer);
      this.#calls.push(call);
    } catch (error) {
      this.#text = `${text}: ${reportOf(error).code}`;
      if (!(error instanceof PutError) || error.code === 'internal')
        this.#fail(`${method} threw ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
    }
  }

  /** The same call again, as a client does whose answer was lost. What it did is known, and not done again. */
  async #repeat(call: Call): Promise<void> {
    const { method, params, user } = call;
    const done =
      method === 'job.start'
        ? this.#watches.has(params.jobId)
        : this.#watches.get(params.jobId)?.wasAsked(requestKey(method, user, params));
    this.#text = `again ${user}: ${method} ${JSON.stringify(params)}`;
    try {
      const life = await this.#alive();
      const answer = await life.ask(method, params, user);
      if (answer && call.answer !== undefined && JSON.stringify(answer) !== call.answer && done)
        this.#fail(`${method} was answered ${call.answer} and then ${JSON.stringify(answer)}`);
    } catch (error) {
      const { code, message } = reportOf(error);
      if (done || code === 'internal') this.#fail(`${method}, repeated, threw ${code}: ${message}`);
    }
  }

  /** Nothing goes wrong any more, and whoever is asked decides: the jobs come to their end. */
  async #calmDown(): Promise<void> {
    this.#world.kill = undefined;
    this.#world.failing = 0;
    this.#text = 'calm';
    const life = await this.#alive();
    for (const nodeId of this.#nodeIds) {
      for (const { stepId, kind } of this.#files.state(nodeId)?.faults ?? [])
        await Promise.race([life.port?.practice.setFault(nodeId, stepId, kind, 0), settle()]);
    }
    const tries = new Map<string, number>();
    for (let turns = 0; this.#looks() && this.#watch?.state && !this.#watch.over; turns += 1) {
      if (turns > 600) return this.#fail(`it does not end: ${this.#describe()}`);
      await this.#pass(turns % 4 === 3 ? 1_200_000 : 5_000);
      const { state } = this.#watch;
      if (!state || this.#watch.over) break;
      const decision = this.#decision(state, tries);
      const before = this.#watch.events.length;
      if (decision) {
        const [method, params] = decision;
        const { jobId, driver } = state;
        await this.#ask(method, Object.assign({ jobId }, { seen: this.#seen(state), ...params }), driver);
        if (this.#watch.events.length === before) tries.set('refused', (tries.get('refused') ?? 0) + 1);
      } else if (this.#clock.steadyMs() - this.#lastEventAtMs > QUIET_MS) {
        return this.#fail(`it waits for nobody: ${this.#describe()}`);
      }
    }
    // A stop and a start more: everything that was written down makes the same.
    await (await this.#alive()).stop();
    await this.#alive();
  }

  /** What a patient person does; undefined where nobody is asked. */
  #decision(state: SequencerState, tries: Map<string, number>): [MethodName, object] | undefined {
    const exit: [MethodName, object] = ['job.cancel', { choice: 'exit' }];
    if ((tries.get('refused') ?? 0) > 30) return exit;
    if (state.exit) {
      const at = statusOf(state, currentStep(state).id).state;
      return at === 'attention' ? exit : undefined;
    }
    if (state.paused) return ['job.resume', {}];
    const at = currentStep(state);
    const { state: status } = statusOf(state, at.id);
    if (state.gate) return state.gate.state === 'held' ? ['job.continue', {}] : undefined;
    if (status === 'input') {
      const input = inputOf(state, () => 0.5);
      return input ? ['job.answer', { input }] : exit;
    }
    if (status !== 'attention') return undefined;
    const tried = (tries.get(at.id) ?? 0) + 1;
    tries.set(at.id, tried);
    if (tried > 12) return exit;
    const table = state.cells[at.id];
    const open = table ? [...entriesOf(table.column)].filter(([, cell]) => needsDecision(cell)) : [];
    if (statusOf(state, at.id).stuck || (open.length > 0 && tried < 4)) return ['job.retry', { stepId: at.id }];
    const nodeIds = open.map(([index]) => state.nodes.ids[index] ?? '');
    return open.length > 0 ? ['job.ignore', { stepId: at.id, nodeIds, reason: 'given up' }] : ['job.continue', {}];
  }

  #describe(): string {
    const state = this.#watch?.state;
    if (!state) return 'no job';
    const at = currentStep(state);
    return `${state.at.program} ${at.id} is ${statusOf(state, at.id).state} (${statusOf(state, at.id).note ?? ''}), ${state.flying} flying, ${state.lingering} lingering, gate ${state.gate?.state ?? 'none'}, exit ${JSON.stringify(state.exit)}`;
  }
}

function worksOnNodes({ use }: StepSpec): boolean {
  const kind = stepKind(use);
  return kind.form === 'work' || (kind.form === 'ask' && kind.work !== undefined);
}

/** The proposal of the screen; nodes are left out by chance. */
function inputOf(state: SequencerState, random: Random): object | undefined {
  const at = currentStep(state);
  if (state.screen === undefined) return undefined;
  const input = proposedInput({
    screen: { stepId: at.id, kind: at.use, content: state.screen },
    currentStep: at.id,
  });
  if (at.use !== 'select-nodes') return input;
  const { nodeIds: proposed } = input as AnswerOf<'select-nodes'>;
  const nodeIds = proposed.filter(() => chance(random, 0.8));
  return { ...input, nodeIds: nodeIds.length > 0 ? nodeIds : proposed };
}

/** The release that is installed, with the one before where its packages are kept. */
function libraryOf(keepsBefore: boolean): SampleLibrary {
  const { packages, certLists } = sampleLibrary().view();
  const before = NAMES.map((name) => samplePackage(name, '1.0'));
  return new SampleLibrary([...Object.values(packages), ...(keepsBefore ? before : [])], Object.values(certLists));
}

/** What nodes read of packages that are in memory only. */
function sourceOf(packages: LibraryView['packages']): SimPackageSource {
  const byBuild = new Map(Object.values(packages).map((one) => [formatNevra(one), one]));
  return {
    digestOf: (fileName) => {
      const { sha256 = '', fileBytes = 0 } = packages[fileName] ?? {};
      return Promise.resolve({ sha256, fileBytes });
    },
    headerOf: (fileName) => {
      const found = packages[fileName];
      return found
        ? Promise.resolve({ ...found, pre: '', post: '' })
        : Promise.reject(new PutError('package-unknown', `there is no ${fileName}`));
    },
    relationsOf: (installed) =>
      Object.fromEntries(
        installed.flatMap((one) => {
          const { requires, provides, conflicts, obsoletes } = byBuild.get(formatNevra(one)) ?? {};
          return requires && provides && conflicts && obsoletes
            ? [[formatNevra(one), { requires, provides, conflicts, obsoletes }]]
            : [];
        }),
      ),
  };
}
