import { storageCodeOf } from '../../state/storageFault.ts';
import { FAULT_KINDS, type FaultKind, type NodeEntry, type NodeFacts } from '../../../core/model/node.ts';
import { PutError, reportOf } from '../../../core/protocol/errors.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type { Log } from '../../service.ts';
import type {
  CommandExit,
  FactSection,
  LocalFile,
  LogSink,
  NodeAnswer,
  NodeCommand,
  NodeHandle,
  NodeTrouble,
  OnBehalf,
  WorkKey,
  WorkState,
} from '../NodePort.ts';
import { writeCommand } from './commands.ts';
import { STUCK_MS } from './CommandScript.ts';
import { sameKey, type Courses } from './Courses.ts';
import type { SimPackageSource } from './packageSource.ts';
import { bootIdOf, bootOf, practiceFacts } from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { between, seededRandom, type RandomSource } from './seededRandom.ts';

/** What a handle needs of its node and of the practice system. */
export interface SimulatedNode {
  readonly seed: number;
  readonly packages: SimPackageSource;
  readonly log: Log;
  /** Share of attempts that meet a fault drawn by luck. */
  readonly faultRate: number;
  readonly durationFactor: number;
  readonly courses: Courses;
  /** When the practice system was opened. */
  readonly startedAtMs: number;
  /** Aborted when putservices stops. */
  readonly closing: AbortSignal;
  readonly nowMs: () => number;
  state(): PracticeNodeState;
  update(change: (state: PracticeNodeState) => PracticeNodeState): Promise<PracticeNodeState>;
  diary(line: Readonly<Record<string, unknown>>): Promise<void>;
  /** Talks to the node: false while it has no power. */
  contact(): Promise<boolean>;
  seen(reachable: boolean): void;
  /** Lets practice time pass; resolves at the abort too. */
  wait(waitMs: number, signal: AbortSignal): Promise<void>;
  /** Resolves at a time of the master's clock, or at the abort. */
  waitUntil(atMs: number, signal: AbortSignal): Promise<void>;
}

/** Trouble that is ordered, and never drawn by luck: it outlives its attempt, or fills the disk. */
const NOT_BY_LUCK: ReadonlySet<FaultKind> = new Set(['stuck', 'unreachable', 'clock-off', 'long-log']);

/** Bytes a millisecond that a practice node copies. */
const COPY_BYTES_PER_MS = 80_000;
/** Ended commands whose end and log a node keeps. */
const KEPT_COMMANDS = 2;
/** Each answer of a node that answers slowly takes this long, in ms of practice time: within the deadlines of short steps. */
const SLOW_ANSWER_MS = 8_000;
/** A clock that is off is a day ahead. */
const CLOCK_OFF_MS = 86_400_000;
/** How long any short question takes, in ms of practice time. */
const ASKED_MS = 20;

function trouble(kind: NodeTrouble['kind'], code: ErrorCode, message: string): { ok: false; trouble: NodeTrouble } {
  return { ok: false, trouble: { kind, cause: { code, message } } };
}

/**
 * A practice node on behalf of one piece of work. A fault that was ordered for the step, or drawn by luck, happens in the first thing that an attempt
 * does: in its command, at its first file, or where it begins with reading facts.
 */
export class SimNodeHandle implements NodeHandle {
  readonly #entry: NodeEntry;
  readonly #onBehalf: OnBehalf;
  readonly #node: SimulatedNode;
  readonly #random: RandomSource;
  #contact: Promise<NodeTrouble | undefined> | undefined;
  #asked = 0;
  #wasReached = false;
  #faultTaken = false;
  #answersSlowly = false;

  constructor(entry: NodeEntry, onBehalf: OnBehalf, node: SimulatedNode) {
    this.#entry = entry;
    this.#onBehalf = onBehalf;
    this.#node = node;
    const { stepId, jobId, attempt } = onBehalf;
    this.#random = seededRandom(node.seed, entry.nodeId, stepId, jobId, attempt);
  }

  get nodeId(): string {
    return this.#entry.nodeId;
  }

  get wasReached(): boolean {
    return this.#wasReached;
  }

  async facts(sections: readonly FactSection[], signal: AbortSignal): Promise<NodeAnswer<NodeFacts>> {
    return this.#ask<NodeFacts>(signal, async () => {
      // A probe reads as well, and changes nothing.
      if (this.#asked === 1 && this.#onBehalf.mode === 'run') {
        await this.#node.wait(between(this.#random, 150, 600), signal);
        const met = await this.#meet(signal, 'the facts could not be read');
        if (met) return met;
      } else await this.#node.wait(ASKED_MS, signal);
      const state = this.#node.state();
      const packages = withPracticeOs(state.packages);
      const facts = practiceFacts(
        ...([this.#node.seed, this.#entry, packages] as const),
        sections.includes('services') ? state.service : 'unknown',
      );
      const nowMs = this.#node.nowMs();
      return {
        ok: true,
        value: {
          ...facts,
          ...(state.kernel === undefined ? {} : { kernel: state.kernel }),
          ...(sections.includes('boot') ? { boot: bootOf(this.#entry, state, this.#node.startedAtMs, nowMs) } : {}),
          ...(sections.includes('clock') ? { clockOffsetMs: state.clockOffsetMs ?? 0 } : {}),
          ...(sections.includes('relations') ? { relations: this.#node.packages.relationsOf(packages) } : {}),
          ...(sections.includes('active-versions') ? { activeVersions: state.activeVersions } : {}),
        },
      };
    });
  }

  async tidy(folder: string, keep: readonly string[], signal: AbortSignal): Promise<NodeAnswer<readonly string[]>> {
    return this.#ask(signal, async () => {
      await this.#node.wait(ASKED_MS, signal);
      const kept = new Set(keep.map((name) => pathOf(folder, name)));
      const inFolder = pathOf(folder, '');
      const gone = Object.keys(this.#node.state().spooled).filter(
        (path) => path.startsWith(inFolder) && !path.slice(inFolder.length).includes('/') && !kept.has(path),
      );
      if (gone.length > 0) {
        await this.#node.update((state) => ({
          ...state,
          spooled: Object.fromEntries(Object.entries(state.spooled).filter(([path]) => !gone.includes(path))),
        }));
      }
      return { ok: true, value: gone.map((path) => path.slice(inFolder.length)) };
    });
  }

  async digests(
    folder: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<NodeAnswer<Readonly<Record<string, string>>>> {
    return this.#ask(signal, async () => {
      await this.#node.wait(ASKED_MS, signal);
      const { spooled } = this.#node.state();
      const found = names.flatMap((name) => {
        const digest = spooled[pathOf(folder, name)];
        return digest === undefined ? [] : [[name, digest] as const];
      });
      return { ok: true, value: Object.fromEntries(found) };
    });
  }

  async put(
    files: readonly LocalFile[],
    folder: string,
    io: { readonly signal: AbortSignal; onProgress(bytes: number, ofBytes: number): void },
  ): Promise<NodeAnswer<readonly ('there' | 'copied')[]>> {
    const ofBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const done: ('there' | 'copied')[] = [];
    let before = 0;
    for (const file of files) {
      const { signal } = io;
      const onProgress = (bytes: number): void => io.onProgress(before + bytes, ofBytes);
      const answer = await this.#putOne(file, folder, { signal, onProgress });
      if (!answer.ok) return { ok: false, trouble: { ...answer.trouble, file: file.name } };
      before += file.sizeBytes;
      done.push(answer.value);
    }
    return { ok: true, value: done };
  }

  async #putOne(
    file: LocalFile,
    folder: string,
    io: { readonly signal: AbortSignal; onProgress(bytes: number): void },
  ): Promise<NodeAnswer<'there' | 'copied'>> {
    const path = pathOf(folder, file.name);
    return this.#ask<'there' | 'copied'>(io.signal, async () => {
      if (this.#node.state().spooled[path] === file.sha256) return { ok: true, value: 'there' };
      const { fileSystems } = practiceFacts(this.#node.seed, this.#entry, [], 'up');
      const onto = fileSystems
        .filter(({ path: root }) => root === '/' || folder === root || folder.startsWith(`${root}/`))
        .sort((a, b) => b.path.length - a.path.length)[0];
      const free = onto?.freeBytes ?? 0;
      if (free < file.sizeBytes) {
        const message = `${onto?.path ?? folder} of ${this.nodeId} has ${free} bytes free; ${file.sizeBytes} are needed`;
        return trouble('refused', 'disk-full', message);
      }
      const copyMs = between(this.#random, 60, 240) + file.sizeBytes / COPY_BYTES_PER_MS;
      await this.#node.wait(copyMs / 2, io.signal);
      io.onProgress(file.sizeBytes / 2);
      const met = await this.#meet(io.signal, `${file.name} could not be copied`, onto?.path);
      if (met) return met;
      const digest = await this.#node.packages.digestOf(file.name);
      if (digest.sha256 !== file.sha256) {
        const message = `${file.name} of the library has digest ${digest.sha256.slice(0, 12)}, the plan ${file.sha256.slice(0, 12)}`;
        return trouble('refused', 'file-digest-mismatch', message);
      }
      await this.#node.wait(copyMs / 2, io.signal);
      if (io.signal.aborted) return this.#stopped();
      await this.#node.update((state) => ({ ...state, spooled: { ...state.spooled, [path]: file.sha256 } }));
      io.onProgress(file.sizeBytes);
      return { ok: true, value: 'copied' };
    });
  }

  async start(key: WorkKey, command: NodeCommand, signal: AbortSignal): Promise<NodeAnswer<'started' | 'there'>> {
    return this.#ask(signal, () => this.#node.courses.inTurn(this.nodeId, () => this.#begin(key, command, signal)));
  }

  async #begin(key: WorkKey, command: NodeCommand, signal: AbortSignal): Promise<NodeAnswer<'started' | 'there'>> {
    if (this.#node.courses.of(this.nodeId, key)) return { ok: true, value: 'there' };
    const other = this.#node.courses.running(this.nodeId);
    if (other) {
      const { stepId, attempt } = other.work.key;
      return trouble('refused', 'node-busy', `${this.nodeId} still does ${stepId}, attempt ${attempt}`);
    }
    const place = { entry: this.#entry, state: this.#node.state(), startedAtMs: this.#node.startedAtMs };
    const script = await writeCommand(command, { ...place, nowMs: this.#node.nowMs() }, this.#node.packages, {
      random: this.#random,
      fault: await this.#takeFault(command.argv[0] === 'rpm', signal),
      durationFactor: this.#node.durationFactor,
    });
    const { jobId, stepId, attempt } = key;
    const action = command.argv.slice(0, 2).join(' ');
    await this.#node.diary({ event: 'started', action, jobId, stepId, attempt });
    await this.#node.update((state) => ({
      ...state,
      work: [
        ...state.work.filter((one) => one.ended && !sameKey(one.key, key)).slice(1 - KEPT_COMMANDS),
        {
          key,
          startedAtMs: this.#node.nowMs(),
          beats: script.beats,
          done: 0,
          ...(script.deaf ? { deaf: true as const } : {}),
        },
      ],
    }));
    this.#node.courses.takeUp(this.nodeId);
    return { ok: true, value: 'started' };
  }

  async look(key: WorkKey, signal: AbortSignal): Promise<NodeAnswer<WorkState>> {
    return this.#ask<WorkState>(signal, async () => {
      await this.#node.wait(ASKED_MS, signal);
      const course = this.#node.courses.of(this.nodeId, key);
      if (!course || course.lost) return { ok: true, value: { state: 'absent' } };
      if (course.exit) return { ok: true, value: { state: 'ended', exit: course.exit } };
      const { logBytes, wroteAtMs, work } = course;
      const silentMs = Math.max(0, this.#node.nowMs() - wroteAtMs);
      return {
        ok: true,
        value: { state: 'running', sinceMs: work.startedAtMs + this.#clockOffsetMs, logBytes, silentMs },
      };
    });
  }

  async follow(key: WorkKey, fromOffset: number, sink: LogSink, signal: AbortSignal): Promise<NodeAnswer<CommandExit>> {
    return this.#ask(signal, async () => {
      const course = this.#node.courses.of(this.nodeId, key);
      if (!course)
        return trouble('unreachable', 'node-power-lost', `${this.nodeId} does not know of the work any more`);
      const until = AbortSignal.any([signal, this.#node.closing]);
      for (let offset = fromOffset; ;) {
        offset = await course.deliver(offset, until, (at, text) => sink.onChunk(at, text));
        if (until.aborted) return this.#stopped();
        if (course.exit && offset >= course.logBytes) return { ok: true, value: course.exit };
        if (course.lost === 'boot') {
          const message = `${this.nodeId} does not answer any more; it went down in the middle of the work`;
          return trouble('unreachable', 'node-unreachable', message);
        }
        if (course.lost === 'power') {
          return trouble('unreachable', 'node-power-lost', `${this.nodeId} lost power in the middle of the work`);
        }
        if (course.lost) {
          const message = `${this.nodeId}: its files in the state folder of the practice system cannot be written`;
          return trouble('unreachable', storageCodeOf(course.lostBy) ?? 'internal', message);
        }
        await course.change(until);
      }
    });
  }

  async stop(key: WorkKey): Promise<'stopped' | 'was-over' | 'not-confirmed'> {
    if (isAway(this.#node.state(), this.#node.nowMs())) return 'not-confirmed';
    const course = this.#node.courses.of(this.nodeId, key);
    if (!course || course.exit || course.lost) return 'was-over';
    if (course.work.deaf) return 'not-confirmed';
    await this.#node.courses.stop(this.nodeId, course);
    return course.lost ? 'not-confirmed' : 'stopped';
  }

  async reboot(expected: string, signal: AbortSignal): Promise<NodeAnswer<{ readonly bootId: string }>> {
    return this.#ask(signal, async () => {
      if (bootIdOf(this.#entry, this.#node.state()) === expected) await this.#node.courses.bootAnew(this.nodeId);
      const { awayUntilMs } = this.#node.state();
      const until = AbortSignal.any([signal, this.#node.closing]);
      await this.#node.waitUntil(awayUntilMs ?? 0, until);
      if (until.aborted) return this.#stopped();
      this.#node.seen(true);
      return { ok: true, value: { bootId: bootIdOf(this.#entry, this.#node.state()) } };
    });
  }

  /** One question to the node. The first one of a handle is the contact: a node without power, or out of reach, answers none. */
  async #ask<T>(signal: AbortSignal, answer: () => Promise<NodeAnswer<T>>): Promise<NodeAnswer<T>> {
    this.#asked += 1;
    try {
      if (signal.aborted) return this.#stopped();
      this.#contact ??= this.#makeContact();
      const away = await this.#contact;
      if (away) return { ok: false, trouble: away };
      if (this.#node.state().powerLostFor !== undefined) {
        return trouble('unreachable', 'node-power-lost', `${this.nodeId} has no power`);
      }
      if (isAway(this.#node.state(), this.#node.nowMs())) return this.#notThere();
      this.#wasReached = true;
      if (this.#answersSlowly) await this.#node.wait(SLOW_ANSWER_MS, signal);
      return await answer();
    } catch (error) {
      if (error instanceof PutError) return trouble('refused', error.code, error.message);
      // The master's own disk or a fault of ours: what the node did is not known.
      this.#node.log.error('work on a practice node ended with an error', {
        nodeId: this.nodeId,
        error: String(error),
      });
      return trouble('unreachable', 'internal', `${this.nodeId}: ${reportOf(error).message}`);
    }
  }

  async #makeContact(): Promise<NodeTrouble | undefined> {
    const { jobId, stepId, attempt, mode } = this.#onBehalf;
    const place = { jobId, stepId, attempt };
    const reached = await this.#node.contact();
    if (mode === 'probe') await this.#node.diary({ event: 'probed', ...place });
    if (!reached) {
      const powerless = this.#node.state().powerLostFor !== undefined || this.#node.state().awayUntilMs === undefined;
      return powerless
        ? trouble('unreachable', 'node-power-lost', `${this.nodeId} has no power`).trouble
        : this.#notThere().trouble;
    }
    if (mode === 'run' && this.#node.state().faults.find((one) => one.stepId === stepId)?.kind === 'unreachable') {
      await this.#takeFault(false, this.#node.closing);
      this.#node.seen(false);
      await this.#node.diary({ event: 'unreachable', ...place });
      return this.#notThere().trouble;
    }
    return undefined;
  }

  #notThere(): { ok: false; trouble: NodeTrouble } {
    return trouble('unreachable', 'node-unreachable', `${this.nodeId} (${this.#entry.address}) does not answer`);
  }

  get #clockOffsetMs(): number {
    return this.#node.state().clockOffsetMs ?? 0;
  }

  /** The fault that the work itself meets; those of the node as a whole happen here. */
  async #takeFault(hasScripts: boolean, signal: AbortSignal): Promise<FaultKind | undefined> {
    const fault = await this.#drawFault(hasScripts);
    if (fault === 'clock-off') {
      await this.#node.update((state) => ({ ...state, clockOffsetMs: CLOCK_OFF_MS }));
      return undefined;
    }
    if (fault !== 'slow-answers') return fault;
    this.#answersSlowly = true;
    await this.#node.wait(SLOW_ANSWER_MS, signal);
    return undefined;
  }

  /** The fault of this attempt: one ordered by name before one drawn by luck. It is used up before it happens. */
  async #drawFault(hasScripts: boolean): Promise<FaultKind | undefined> {
    const { stepId, mode } = this.#onBehalf;
    if (this.#faultTaken || mode === 'probe') return undefined;
    this.#faultTaken = true;
    const ordered = this.#node.state().faults.find((fault) => fault.stepId === stepId);
    if (ordered) {
      await this.#node.update((state) => ({
        ...state,
        faults: state.faults.flatMap((fault) => {
          if (fault.stepId !== ordered.stepId || fault.kind !== ordered.kind) return [fault];
          return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
        }),
      }));
      return ordered.kind;
    }
    if (this.#node.faultRate <= 0 || this.#random() >= this.#node.faultRate) return undefined;
    const kinds = FAULT_KINDS.filter((kind) => !NOT_BY_LUCK.has(kind) && (hasScripts || !kind.endsWith('-script')));
    return kinds[Math.floor(this.#random() * kinds.length)];
  }

  /** Trouble in the middle of something that is no command; kinds without a meaning of their own there count as its failure. */
  async #meet(signal: AbortSignal, what: string, fileSystem = '/'): Promise<NodeAnswer<never> | undefined> {
    const fault = await this.#takeFault(false, signal);
    switch (fault) {
      case undefined:
        return undefined;
      case 'slow':
        await this.#node.wait(3_000, signal);
        return undefined;
      case 'hang':
        await this.#node.wait(Number.POSITIVE_INFINITY, AbortSignal.any([signal, this.#node.closing]));
        return this.#stopped();
      case 'stuck':
        await this.#node.wait(STUCK_MS, this.#node.closing);
        return signal.aborted || this.#node.closing.aborted ? this.#stopped() : undefined;
      case 'power-loss':
        await this.#node.courses.losePower(this.nodeId, this.#onBehalf.stepId);
        return trouble('unreachable', 'node-power-lost', `${this.nodeId} lost power in the middle of the work`);
      case 'reboot':
        await this.#node.courses.bootAnew(this.nodeId);
        return this.#notThere();
      case 'unreachable':
        return this.#notThere();
      case 'disk-full':
        return trouble('refused', 'disk-full', `${fileSystem} of ${this.nodeId} is full`);
      default:
        return trouble('refused', 'action-failed', `${this.nodeId}: ${what}`);
    }
  }

  #stopped(): { ok: false; trouble: NodeTrouble } {
    return this.#node.closing.aborted
      ? trouble('unreachable', 'server-stopping', 'putservices is being stopped')
      : trouble('unreachable', 'cancelled', `the question to ${this.nodeId} was given up`);
  }
}

function pathOf(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${name}`;
}

/** Whether a node answers nothing: without power, or while it boots. */
export function isAway({ powerLostFor, awayUntilMs }: PracticeNodeState, nowMs: number): boolean {
  return powerLostFor !== undefined || (awayUntilMs !== undefined && nowMs < awayUntilMs);
}
