import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FaultKind, NodeEntry } from '../../../core/model/node.ts';
import { FAULT_KINDS } from '../../../core/model/node.ts';
import { PutError, reportOf } from '../../../core/protocol/errors.ts';
import type { Clock } from '../../../core/session/ports.ts';
import type { Log } from '../../service.ts';
import type { NodeHandle, NodePort, OnBehalf, SeenNode } from '../NodePort.ts';
import { Courses } from './Courses.ts';
import type { SimPackageSource } from './packageSource.ts';
import { guardedBack, isGuardDue } from './practiceGuard.ts';
import {
  bootedKernel,
  type InstalledSeed,
  packagesForType,
  PRACTICE_ARCH,
  PRACTICE_OS,
  PRACTICE_SERVICE,
  practiceEntries,
} from './practiceInventory.ts';
import { PRACTICE_OS_SEEDS, withPracticeOs } from './practiceOs.ts';
import { type PracticeFiles, practiceFiles, type PracticeNodeState, PracticeNodeStore } from './PracticeNodeStore.ts';
import { between, seededRandom } from './seededRandom.ts';
import { isAway, SimNodeHandle, type SimulatedNode } from './SimNodeHandle.ts';

/** Longest that a timer of Node may be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Above this many nodes a state is written without waiting for the disk; it still survives a kill of the process. */
const DURABLE_NODES = 200;

export interface SimNodePortOptions {
  /** Holds a state file and a journal for each node that was changed. */
  readonly folder: string;
  /** 1 to 10,000. */
  readonly nodes: number;
  readonly seed: number;
  readonly packages: SimPackageSource;
  /** What fresh nodes have installed. */
  readonly installed: readonly InstalledSeed[];
  readonly log: Log;
  /** Multiplies every duration: 1 as on a real system, 0 without any waiting (still asynchronous). */
  readonly durationFactor?: number | undefined;
  /** Share of actions (0 to 1) that meet a fault drawn from the seed. */
  readonly faultRate?: number | undefined;
  /** The clock of the nodes, in ms since 1970. */
  readonly now?: (() => number) | undefined;
  /** Lets time pass; tests move it. The real one unless set. */
  readonly clock?: Pick<Clock, 'setTimer'> | undefined;
  /** Replaces the writing of files, for tests. */
  readonly files?: PracticeFiles | undefined;
}

/**
 * Practice nodes: a system that exists in files only, for training and for tests. Durations and luck are drawn from the
 * seed, trouble can be ordered by name, and the state of each node outlives a kill of putservices at any moment.
 */
export class SimNodePort implements NodePort {
  readonly kind = 'sim';
  readonly #options: SimNodePortOptions;
  readonly #entries: ReadonlyMap<string, NodeEntry>;
  readonly #store: PracticeNodeStore;
  readonly #durationFactor: number;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  readonly #listeners = new Set<() => void>();
  readonly #unreachable = new Set<string>();
  readonly #seenAtMs = new Map<string, number>();
  readonly #courses: Courses;
  readonly #staleRows = new Set<string>();
  readonly #closing = new AbortController();
  #rows: Readonly<Record<string, SeenNode>> = {};
  #announced = false;

  private constructor(options: SimNodePortOptions, entries: readonly NodeEntry[], store: PracticeNodeStore) {
    this.#options = options;
    this.#entries = new Map(entries.map((entry) => [entry.nodeId, entry]));
    this.#store = store;
    this.#durationFactor = options.durationFactor ?? 1;
    this.#now = options.now ?? Date.now;
    this.#courses = new Courses({
      nowMs: this.#now,
      closing: this.#closing.signal,
      log: options.log,
      state: (nodeId) => this.#store.get(nodeId),
      update: (nodeId, change) => this.#update(nodeId, change),
      diary: (nodeId, line) => this.#store.journal(nodeId, { atMs: this.#now(), ...line }),
      losePower: (nodeId, stepId) => this.#losePower(nodeId, stepId),
      bootAnew: (nodeId) => this.#bootAnew(nodeId),
      wait: (waitMs, signal) => this.#wait(waitMs, signal),
    });
    const atMs = this.#now();
    this.#startedAtMs = atMs;
    for (const entry of entries) {
      if (isAway(store.get(entry.nodeId), atMs)) this.#unreachable.add(entry.nodeId);
      else this.#seenAtMs.set(entry.nodeId, atMs);
      this.#staleRows.add(entry.nodeId);
    }
    for (const nodeId of store.changedNodeIds()) this.#courses.takeUp(nodeId);
  }

  /** Opens the folder and reads what the nodes were like. Throws `usage`, `state-damaged`. */
  static async open(options: SimNodePortOptions): Promise<SimNodePort> {
    const entries = practiceEntries(options.nodes);
    const typeOf = new Map(entries.map((entry) => [entry.nodeId, entry.type]));
    const packagesOf = new Map(
      [...new Set(typeOf.values())].map((type) => [
        type,
        [...packagesForType(options.installed, type), ...PRACTICE_OS_SEEDS],
      ]),
    );
    const store = await PracticeNodeStore.open({
      folder: options.folder,
      files: options.files ?? practiceFiles(options.nodes <= DURABLE_NODES),
      nodeIds: new Set(typeOf.keys()),
      onDamaged: ({ path, setAside, cause }) =>
        options.log.error('a practice node begins fresh: the file of its state cannot be used', {
          ...{ path, setAside, cause: reportOf(cause).message },
        }),
      fresh: (nodeId) => ({
        format: 1,
        nodeId,
        service: 'up',
        packages: packagesOf.get(typeOf.get(nodeId) ?? 'UNKNOWN') ?? [],
        spooled: {},
        activeVersions: {},
        faults: [],
        boots: 1,
        work: [],
      }),
    });
    return new SimNodePort(options, entries, store);
  }

  entries(): readonly NodeEntry[] {
    return [...this.#entries.values()];
  }

  node(nodeId: string, onBehalf: OnBehalf): NodeHandle {
    const entry = this.#entries.get(nodeId);
    if (!entry) throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
    return new SimNodeHandle(entry, onBehalf, this.#simulated(nodeId));
  }

  rows(): Readonly<Record<string, SeenNode>> {
    if (this.#staleRows.size === 0) return this.#rows;
    const rows: Record<string, SeenNode> = { ...this.#rows };
    for (const nodeId of this.#staleRows) {
      const entry = this.#entries.get(nodeId);
      if (entry) rows[nodeId] = this.#rowOf(entry);
    }
    this.#staleRows.clear();
    this.#rows = rows;
    return rows;
  }

  onRowsChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<void> {
    const atMs = this.#now();
    await this.#nextTurn();
    for (const nodeId of this.#entries.keys()) {
      await this.#goBackWhenDue(nodeId);
      if (isAway(this.#store.get(nodeId), atMs)) this.#unreachable.add(nodeId);
      else this.#unreachable.delete(nodeId);
      if (!this.#unreachable.has(nodeId)) this.#seenAtMs.set(nodeId, atMs);
      this.#staleRows.add(nodeId);
    }
    this.#announce();
  }

  readonly practice = {
    /**
     * Lets the fault happen at the step's next attempts, `times` times; 0 takes it back. Throws `node-unknown` and
     * `input-invalid` at once; the promise is for those who want to know when it is on disk.
     */
    setFault: (nodeId: string, stepId: string, kind: FaultKind, times: number): Promise<void> => {
      if (!this.#entries.has(nodeId)) throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
      if (!FAULT_KINDS.includes(kind) || !Number.isInteger(times) || times < 0) {
        throw new PutError('input-invalid', `${kind} for ${times} times is not a fault`, { nodeId, stepId });
      }
      const written = this.#update(nodeId, (state) => ({
        ...state,
        faults: [
          ...state.faults.filter((fault) => fault.stepId !== stepId || fault.kind !== kind),
          ...(times > 0 ? [{ stepId, kind, times }] : []),
        ],
      })).then(() => undefined);
      written.catch((error: unknown) =>
        this.#options.log.error('a fault of a practice node was not kept', { nodeId, error: String(error) }),
      );
      return written;
    },
    reset: async (): Promise<void> => {
      await this.#courses.stopAll();
      await this.#store.reset(this.#now());
      await this.refresh();
    },
  };

  /** Lets go of everything: what runs on the nodes goes on there, and is found at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#courses.close();
    await this.#store.settled();
    this.#listeners.clear();
  }

  /** Path of a node's journal: one JSON line for each action started, ended and probed. */
  journalPath(nodeId: string): string {
    return this.#store.journalPath(nodeId);
  }

  /** What a handle needs of a node. */
  #simulated(nodeId: string): SimulatedNode {
    const { seed, packages, log, faultRate } = this.#options;
    return {
      seed,
      packages,
      log,
      faultRate: faultRate ?? 0,
      durationFactor: this.#durationFactor,
      courses: this.#courses,
      closing: this.#closing.signal,
      nowMs: this.#now,
      state: () => this.#store.get(nodeId),
      update: (change) => this.#update(nodeId, change),
      diary: (line) => this.#store.journal(nodeId, { atMs: this.#now(), ...line }),
      contact: () => this.#contact(nodeId),
      seen: (reachable) => this.#seen(nodeId, reachable),
      wait: (waitMs, signal) => this.#wait(waitMs * this.#durationFactor, signal),
      // A timer may be due a moment before the clock says so.
      waitUntil: async (atMs, signal) => {
        do await this.#wait(atMs - this.#now(), signal);
        while (this.#now() < atMs && !signal.aborted);
      },
      startedAtMs: this.#startedAtMs,
    };
  }

  /** The node loses power, and with it what runs; more of the same fault means that it stays away for as many contacts. */
  async #losePower(nodeId: string, stepId: string): Promise<void> {
    this.#unreachable.add(nodeId);
    await this.#update(nodeId, (state) => ({
      ...state,
      boots: state.boots + 1,
      kernel: bootedKernel(state.packages),
      work: state.work.filter((one) => one.ended),
      powerLostFor: state.faults.find((fault) => fault.stepId === stepId && fault.kind === 'power-loss')?.times ?? 0,
      faults: state.faults.filter((fault) => fault.stepId !== stepId || fault.kind !== 'power-loss'),
    }));
  }

  /** The node goes down, and with it what runs; it answers again after some time, as another boot. */
  async #bootAnew(nodeId: string): Promise<void> {
    this.#unreachable.add(nodeId);
    const awayMs = between(seededRandom(this.#options.seed, 'boot', nodeId), 40_000, 90_000) * this.#durationFactor;
    const backAtMs = this.#now() + awayMs;
    await this.#update(nodeId, (state) => ({
      ...state,
      boots: state.boots + 1,
      kernel: bootedKernel(state.packages),
      work: state.work.filter((one) => one.ended),
      bootedAtMs: backAtMs,
      awayUntilMs: backAtMs,
    }));
  }

  /** The guard of the node brings it back where its time has come; it waits for what runs there, as for the lock of rpm. */
  async #goBackWhenDue(nodeId: string): Promise<void> {
    if (!isGuardDue(this.#store.get(nodeId), this.#now()) || this.#courses.running(nodeId)) return;
    await this.#update(nodeId, (state) => guardedBack(state, this.#now()));
  }

  /** Talks to the node: false while it has no power, or boots. */
  async #contact(nodeId: string): Promise<boolean> {
    // A fault ordered just before counts already.
    await this.#store.settled(nodeId);
    await this.#goBackWhenDue(nodeId);
    const { powerLostFor } = this.#store.get(nodeId);
    if (powerLostFor === undefined) {
      const there = !isAway(this.#store.get(nodeId), this.#now());
      this.#seen(nodeId, there);
      return there;
    }
    const back = powerLostFor <= 0;
    await this.#update(nodeId, (state) => ({ ...state, powerLostFor: back ? undefined : powerLostFor - 1 }));
    this.#seen(nodeId, back);
    return back;
  }

  #seen(nodeId: string, reachable: boolean): void {
    if (reachable) {
      this.#unreachable.delete(nodeId);
      this.#seenAtMs.set(nodeId, this.#now());
    } else this.#unreachable.add(nodeId);
    this.#staleRows.add(nodeId);
    this.#announce();
  }

  async #update(nodeId: string, change: (state: PracticeNodeState) => PracticeNodeState): Promise<PracticeNodeState> {
    const state = await this.#store.update(nodeId, change);
    this.#staleRows.add(nodeId);
    this.#announce();
    return state;
  }

  #rowOf(entry: NodeEntry): SeenNode {
    const state = this.#store.get(entry.nodeId);
    const reachable = !this.#unreachable.has(entry.nodeId);
    // Nobody sees what is on a node that does not answer.
    const before = reachable ? undefined : this.#rows[entry.nodeId];
    return {
      ...entry,
      reachable: reachable ? 'yes' : 'no',
      seenAtMs: this.#seenAtMs.get(entry.nodeId),
      os: PRACTICE_OS,
      arch: PRACTICE_ARCH,
      service: { name: PRACTICE_SERVICE, state: reachable ? state.service : 'unknown' },
      packages: before?.packages ?? withPracticeOs(state.packages),
      ...(state.faults.length > 0 ? { faults: state.faults.map((fault) => ({ nodeId: entry.nodeId, ...fault })) } : {}),
    };
  }

  /** Tells the listeners once for all changes of this turn. */
  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    void this.#nextTurn().then(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #nextTurn(): Promise<void> {
    const { clock } = this.#options;
    return clock ? new Promise((resolve) => void clock.setTimer(0, resolve)) : nextTurn();
  }

  async #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (waitMs <= 0) return this.#nextTurn();
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stop?.();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = Number.isFinite(waitMs) ? this.#setTimer(Math.min(waitMs, LONGEST_TIMER_MS), end) : undefined;
      signal.addEventListener('abort', end);
    });
  }
  #setTimer(delayMs: number, callback: () => void): () => void {
    const { clock } = this.#options;
    if (clock) return clock.setTimer(delayMs, callback);
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  }
}
