import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FaultKind, NodeEntry, NodeRow } from '../../../core/model/node.ts';
import { FAULT_KINDS } from '../../../core/model/node.ts';
import { PutError, reportOf } from '../../../core/protocol/errors.ts';
import type { Log } from '../../service.ts';
import type { ActionContext, ActionOutcome, NodeAction, NodeDriver, ProbeOutcome } from '../NodeDriver.ts';
import { ActionEnd, ActionRun, causeOf, type SimPackageSource } from './ActionRun.ts';
import { probeState, workOn } from './nodeWork.ts';
import {
  type InstalledSeed,
  packagesForType,
  PRACTICE_ARCH,
  PRACTICE_OS,
  PRACTICE_SERVICE,
  practiceEntries,
} from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import { type PracticeFiles, practiceFiles, type PracticeNodeState, PracticeNodeStore } from './PracticeNodeStore.ts';
import { seededRandom } from './seededRandom.ts';

/** Longest that an action may take, in ms, before it counts as `node-timeout`. A practice action takes seconds. */
export const PRACTICE_DEADLINES_MS: Readonly<Record<NodeAction['kind'], number>> = {
  facts: 30_000,
  spool: 300_000,
  'stop-service': 60_000,
  install: 180_000,
  'switch-versions': 60_000,
  'start-service': 60_000,
  validate: 60_000,
};

/** No deadline of a faster practice system is shorter. */
const SHORTEST_DEADLINE_MS = 20_000;

/** Above this many nodes a state is written without waiting for the disk; it still survives a kill of the process. */
const DURABLE_NODES = 200;

export interface SimNodeDriverOptions {
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
  /** Replaces deadlines, in ms. */
  readonly deadlinesMs?: Partial<Record<NodeAction['kind'], number>> | undefined;
  readonly now?: (() => number) | undefined;
  /** Replaces the writing of files, for tests. */
  readonly files?: PracticeFiles | undefined;
}

/**
 * Practice nodes: a system that exists in files only, for training and for tests. Durations and luck are drawn from the
 * seed, trouble can be ordered by name, and the state of each node outlives a kill of putservices at any moment.
 */
export class SimNodeDriver implements NodeDriver {
  readonly kind = 'sim';
  readonly #options: SimNodeDriverOptions;
  readonly #entries: ReadonlyMap<string, NodeEntry>;
  readonly #store: PracticeNodeStore;
  readonly #durationFactor: number;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #unreachable = new Set<string>();
  readonly #seenAtMs = new Map<string, number>();
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #staleRows = new Set<string>();
  readonly #closing = new AbortController();
  #rows: Readonly<Record<string, NodeRow>> = {};
  #announced = false;

  private constructor(options: SimNodeDriverOptions, entries: readonly NodeEntry[], store: PracticeNodeStore) {
    this.#options = options;
    this.#entries = new Map(entries.map((entry) => [entry.nodeId, entry]));
    this.#store = store;
    this.#durationFactor = options.durationFactor ?? 1;
    this.#now = options.now ?? Date.now;
    const atMs = this.#now();
    for (const entry of entries) {
      if (store.get(entry.nodeId).powerLostFor !== undefined) this.#unreachable.add(entry.nodeId);
      else this.#seenAtMs.set(entry.nodeId, atMs);
      this.#staleRows.add(entry.nodeId);
    }
  }

  /** Opens the folder and reads what the nodes were like. Throws `usage`, `state-damaged`. */
  static async open(options: SimNodeDriverOptions): Promise<SimNodeDriver> {
    const entries = practiceEntries(options.nodes);
    const typeOf = new Map(entries.map((entry) => [entry.nodeId, entry.type]));
    const packagesOf = new Map(
      [...new Set(typeOf.values())].map((type) => [type, packagesForType(options.installed, type)]),
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
        unfinished: [],
        spooled: {},
        activeVersions: {},
        faults: [],
      }),
    });
    return new SimNodeDriver(options, entries, store);
  }

  entries(): readonly NodeEntry[] {
    return [...this.#entries.values()];
  }

  async run(nodeId: string, action: NodeAction, context: ActionContext): Promise<ActionOutcome> {
    const entry = this.#entries.get(nodeId);
    if (!entry) return { state: 'failed', cause: causeOf('node-unknown', `there is no node ${nodeId}`) };
    return this.#alone(nodeId, async () => {
      try {
        return await this.#attempt(entry, action, context);
      } catch (error) {
        if (error instanceof ActionEnd) return error.outcome;
        // The master's own disk or a fault of ours: what the node did is not known, the state file decides.
        this.#options.log.error('work on a practice node ended with an error', {
          nodeId,
          action: action.kind,
          error: String(error),
        });
        return { state: 'unknown', cause: causeOf('internal', `${nodeId}: ${errorText(error)}`) };
      }
    });
  }

  async probe(nodeId: string, action: NodeAction, context: ActionContext): Promise<ProbeOutcome> {
    if (!this.#entries.has(nodeId)) {
      return { done: 'unreachable', packages: {}, cause: causeOf('node-unknown', `there is no node ${nodeId}`) };
    }
    return this.#alone(nodeId, async () => {
      try {
        await this.#wait(50, context.signal);
        if (!(await this.#contact(nodeId))) {
          await this.#journal(nodeId, 'probed', action, context, { done: 'unreachable' });
          const cause = causeOf('node-power-lost', `${nodeId} has no power`);
          return { done: 'unreachable', packages: {}, cause };
        }
        const outcome = probeState(this.#store.get(nodeId), action);
        await this.#journal(nodeId, 'probed', action, context, { done: outcome.done, packages: outcome.packages });
        return outcome.found ? { ...outcome, found: withPracticeOs(outcome.found) } : outcome;
      } catch (error) {
        this.#options.log.error('probe of a practice node ended with an error', { nodeId, error: String(error) });
        return { done: 'unreachable', packages: {}, cause: causeOf('internal', `${nodeId}: ${errorText(error)}`) };
      }
    });
  }

  rows(): Readonly<Record<string, NodeRow>> {
    if (this.#staleRows.size === 0) return this.#rows;
    const rows: Record<string, NodeRow> = { ...this.#rows };
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
    await nextTurn();
    for (const nodeId of this.#entries.keys()) {
      if (this.#store.get(nodeId).powerLostFor === undefined) this.#unreachable.delete(nodeId);
      else this.#unreachable.add(nodeId);
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
      await this.#store.reset(this.#now());
      await this.refresh();
    },
  };

  /** Stops what runs (it ends with `unknown`) and waits for the files. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running.values());
    await this.#store.settled();
    this.#listeners.clear();
  }

  /** Path of a node's journal: one JSON line for each action started, ended and probed. */
  journalPath(nodeId: string): string {
    return this.#store.journalPath(nodeId);
  }

  async #attempt(entry: NodeEntry, action: NodeAction, context: ActionContext): Promise<ActionOutcome> {
    const { nodeId } = entry;
    const random = seededRandom(this.#options.seed, nodeId, context.stepId, context.jobId, context.attempt);
    const deadlineMs = this.#options.deadlinesMs?.[action.kind] ?? this.#deadlineOf(action.kind);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    let ended = false;
    try {
      if (!(await this.#contact(nodeId))) {
        return { state: 'unreachable', cause: causeOf('node-power-lost', `${nodeId} has no power`) };
      }
      const fault = await this.#takeFault(nodeId, action, context, random);
      if (fault === 'unreachable') {
        this.#seen(nodeId, false);
        await this.#journal(nodeId, 'unreachable', action, context);
        return {
          state: 'unreachable',
          cause: causeOf('node-unreachable', `${nodeId} (${entry.address}) does not answer`),
        };
      }
      const guarded: ActionContext = {
        jobId: context.jobId,
        stepId: context.stepId,
        attempt: context.attempt,
        signal: AbortSignal.any([context.signal, this.#closing.signal]),
        onProgress: (percent) => ended || context.onProgress(percent),
        onPackage: (name, outcome, cause) => ended || context.onPackage(name, outcome, cause),
        onLog: (text) => ended || context.onLog(text),
      };
      const run = new ActionRun({
        entry,
        action,
        context: guarded,
        random,
        fault,
        packages: this.#options.packages,
        signal: AbortSignal.any([guarded.signal, deadline.signal]),
        deadlineMs,
        closing: this.#closing.signal,
        wait: (waitMs, signal) => this.#wait(waitMs, signal),
        state: () => this.#store.get(nodeId),
        update: (change) => this.#update(nodeId, change),
        journal: (line) =>
          this.#store.journal(nodeId, {
            atMs: this.#now(),
            jobId: context.jobId,
            stepId: context.stepId,
            attempt: context.attempt,
            ...line,
          }),
        losePower: () => this.#losePower(nodeId, context.stepId),
      });
      run.stopIfAborted();
      await this.#journal(nodeId, 'started', action, context);
      const outcome = await workOn(run, action, this.#options.seed).catch((error: unknown) => {
        if (error instanceof ActionEnd) return error.outcome;
        throw error;
      });
      await this.#journal(nodeId, 'ended', action, context, { state: outcome.state, code: outcome.cause?.code });
      const seen = outcome.found ? { ...outcome, found: withPracticeOs(outcome.found) } : outcome;
      const answers = outcome.state !== 'unknown' && outcome.state !== 'unreachable';
      return answers ? { ...seen, service: this.#store.get(nodeId).service } : seen;
    } finally {
      ended = true;
      clearTimeout(timer);
    }
  }

  /** A system that works faster waits less for what hangs, but never so little that a loaded machine is taken for a hanging node. */
  #deadlineOf(kind: NodeAction['kind']): number {
    const usualMs = PRACTICE_DEADLINES_MS[kind];
    return Math.min(usualMs, Math.max(SHORTEST_DEADLINE_MS, usualMs * this.#durationFactor));
  }

  /** The fault of this attempt: one ordered by name before one drawn by luck. It is used up before it happens. */
  async #takeFault(
    nodeId: string,
    action: NodeAction,
    context: ActionContext,
    random: () => number,
  ): Promise<FaultKind | undefined> {
    const ordered = this.#store.get(nodeId).faults.find((fault) => fault.stepId === context.stepId);
    if (ordered) {
      await this.#update(nodeId, (state) => ({
        ...state,
        faults: state.faults.flatMap((fault) => {
          if (fault.stepId !== ordered.stepId || fault.kind !== ordered.kind) return [fault];
          return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
        }),
      }));
      return ordered.kind;
    }
    const rate = this.#options.faultRate ?? 0;
    if (rate <= 0 || random() >= rate) return undefined;
    const kinds = FAULT_KINDS.filter(
      (kind) => kind !== 'stuck' && (action.kind === 'install' || !kind.endsWith('-script')),
    );
    return kinds[Math.floor(random() * kinds.length)];
  }

  /** The node loses power; more of the same fault means that it stays away for as many contacts. */
  async #losePower(nodeId: string, stepId: string): Promise<void> {
    this.#unreachable.add(nodeId);
    await this.#update(nodeId, (state) => ({
      ...state,
      powerLostFor: state.faults.find((fault) => fault.stepId === stepId && fault.kind === 'power-loss')?.times ?? 0,
      faults: state.faults.filter((fault) => fault.stepId !== stepId || fault.kind !== 'power-loss'),
    }));
  }

  /** Talks to the node: false while it has no power. */
  async #contact(nodeId: string): Promise<boolean> {
    // A fault ordered just before counts already.
    await this.#store.settled(nodeId);
    const { powerLostFor } = this.#store.get(nodeId);
    if (powerLostFor === undefined) {
      this.#seen(nodeId, true);
      return true;
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

  #rowOf(entry: NodeEntry): NodeRow {
    const state = this.#store.get(entry.nodeId);
    const reachable = !this.#unreachable.has(entry.nodeId);
    return {
      ...entry,
      reachable: reachable ? 'yes' : 'no',
      seenAtMs: this.#seenAtMs.get(entry.nodeId),
      os: PRACTICE_OS,
      arch: PRACTICE_ARCH,
      service: { name: PRACTICE_SERVICE, state: reachable ? state.service : 'unknown' },
      packages: withPracticeOs(state.packages),
      ...(state.faults.length > 0 ? { faults: state.faults.map((fault) => ({ nodeId: entry.nodeId, ...fault })) } : {}),
    };
  }

  /** Tells the listeners once for all changes of this turn. */
  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    setImmediate(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #journal(
    nodeId: string,
    event: 'started' | 'ended' | 'probed' | 'unreachable',
    action: NodeAction,
    context: ActionContext,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { jobId, stepId, attempt } = context;
    return this.#store.journal(nodeId, {
      atMs: this.#now(),
      event,
      action: action.kind,
      jobId,
      stepId,
      attempt,
      ...more,
    });
  }

  /** One thing at a time on a node: a new attempt begins when the one before it has really ended. */
  #alone<T>(nodeId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#running.get(nodeId) ?? Promise.resolve();
    const result = before.then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(nodeId, settled);
    void settled.then(() => {
      if (this.#running.get(nodeId) === settled) this.#running.delete(nodeId);
    });
    return result;
  }

  async #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    const scaledMs = Number.isFinite(waitMs) ? waitMs * this.#durationFactor : waitMs;
    if (signal.aborted) return;
    if (scaledMs <= 0) return nextTurn();
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = Number.isFinite(scaledMs) ? setTimeout(end, scaledMs) : undefined;
      signal.addEventListener('abort', end);
    });
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
