import type { JobSummary } from '../../core/model/job.ts';
import type { StepId } from '../../core/model/operation.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import type { NodeDriver } from '../nodes/NodeDriver.ts';
import type { OperationCode } from '../operations/OperationCode.ts';
import type { BusyNodes } from './BusyNodes.ts';
import type { JobEvent, JobEventBody } from './events.ts';
import type { Journal, NodeLogEntry } from './Journal.ts';
import { NodeWork, type WorkEnd } from './NodeWork.ts';
import type { SelectionLibrary, Tell, WorkDeadlines } from './ports.ts';
import { applyEvents, applyProgress, decide, effectsOf, replay, type Command } from './sequencer.ts';
import { initialState, isOver, type SequencerState } from './sequencerState.ts';
import { timelineText } from './timelineText.ts';
import { inTurns } from './turns.ts';

/** Part of the journal that a runner writes to; tests make it fail. */
export type RunnerJournal = Pick<Journal, 'append' | 'appendLog'>;

export interface RunnerPorts {
  readonly clock: Clock;
  readonly journal: RunnerJournal;
  readonly driver: NodeDriver;
  readonly library: () => SelectionLibrary;
  readonly operation: OperationCode;
  readonly tell: Tell;
  readonly log: Log;
  readonly deadlines: WorkDeadlines;
  /** Nodes on which work is under way, of all jobs. */
  readonly busy: BusyNodes;
  /** After every change of the view. */
  readonly onChange: () => void;
}

/** Ends of work wait a moment for each other, so that one commit takes many: longer in large jobs, where a commit costs more. */
function gatherEndsMs(nodes: number): number {
  return Math.min(50, 5 + Math.floor(nodes / 200));
}
/** Package results may wait longer: the end of the node's work takes them along. */
const GATHER_PACKAGES_MS = 50;
/** Progress is shown at most this often. */
const PROGRESS_MS = 250;
/** Log lines are kept at the latest after this. */
const LOG_MS = 500;
/** A journal that cannot be written is tried again after this. */
const RETRY_JOURNAL_MS = 5_000;
/** Log lines held while the journal cannot be written; older ones go first. */
const MAX_HELD_LINES = 10_000;
/** Room for progress changes between two events in the number of a view: far more than PROGRESS_MS ever makes. */
export const CHANGES_PER_EVENT = 2 ** 20;
/** Last events that a resumed job tells again; more than one commit ever holds between two answers of a person. */
const TOLD_AGAIN = 100;

/** The shell around the sequencer of one job: commits events, then runs their effects; brings in what happens on nodes. */
export class JobRunner {
  readonly #ports: RunnerPorts;
  #state: SequencerState;
  #transient = 0;
  #closed = false;
  /** The state whose next step is being prepared, and the one whose step was: it is opened without more ado. */
  #preparing: SequencerState | undefined;
  #prepared: SequencerState | undefined;
  readonly #work = new Map<string, NodeWork>();
  #pending: JobEvent[] = [];
  #percents = new Map<string, number>();
  #lines: NodeLogEntry[] = [];
  #gather: { dueMs: number; stop: () => void } | undefined;
  #stopProgress: (() => void) | undefined;
  #stopLog: (() => void) | undefined;

  private constructor(ports: RunnerPorts, state: SequencerState) {
    this.#ports = ports;
    this.#state = state;
  }

  /** Starts a job. @throws PutError journal-unwritable; then there is no job. */
  static start(ports: RunnerPorts, body: JobEventBody & { kind: 'job-started' }): JobRunner {
    const started: JobEvent = { ...body, atMs: ports.clock.nowMs() };
    const runner = new JobRunner(ports, initialState(started));
    runner.#commit([], started);
    return runner;
  }

  /**
   * Takes up a job of the journal: what was running is unknown and gets probed. The last events are told again, since a crash may have
   * come between the journal and the timeline.
   * @throws PutError journal-unwritable, state-damaged
   */
  static resume(ports: RunnerPorts, events: readonly JobEvent[]): JobRunner {
    const state = tellAgain(events, ports);
    const runner = new JobRunner(ports, state);
    if (!isOver(state.view)) runner.#commit([{ kind: 'service-restarted', atMs: ports.clock.nowMs() }]);
    return runner;
  }

  get state(): SequencerState {
    return this.#state;
  }

  /** Grows with every change of the view, over restarts too. */
  get number(): number {
    return this.#state.view.eventNumber * CHANGES_PER_EVENT + Math.min(this.#transient, CHANGES_PER_EVENT - 1);
  }

  get summary(): JobSummary {
    return summaryOf(this.#state);
  }

  /**
   * A person's request: `decideOn` looks at the newest state and answers the event, or throws why not. `asked` names the request in the
   * journal.
   * @throws PutError of `decideOn`, or journal-unwritable; then nothing has happened.
   */
  request(decideOn: (state: SequencerState) => JobEventBody | undefined, asked?: string): void {
    this.#flush();
    const body = decideOn(this.#state);
    if (body) this.#commit([{ ...body, atMs: this.#ports.clock.nowMs(), ...(asked === undefined ? {} : { asked }) }]);
  }

  /** The library changed: the screen of the current step may have to be made anew. */
  libraryChanged(): void {
    if (this.#closed || isOver(this.#state.view)) return;
    const refresh = (): void => this.#refreshScreen();
    const ready = this.#prepare(this.#state, this.#state.view.currentStep);
    if (ready === true) refresh();
    else void ready.then(refresh, refresh);
  }

  #refreshScreen(): void {
    if (this.#closed || isOver(this.#state.view)) return;
    try {
      this.request((state) => this.#ports.operation.refreshScreen(state, this.#ports.library()));
    } catch (error) {
      this.#ports.log.warn('the screen could not be made anew after a change of the library', { ...reportOf(error) });
    }
  }

  /** Brings log lines that wait into the journal. @throws PutError journal-unwritable */
  flushLog(): void {
    this.#stopLog?.();
    this.#stopLog = undefined;
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#ports.journal.appendLog(lines);
    this.#lines = [];
  }

  /** Stops running work and takes nothing more; the next start finds it unknown and probes it. */
  close(): void {
    if (this.#closed) return;
    try {
      this.#flush();
      this.flushLog();
    } catch (error) {
      this.#ports.log.error('the last news of a job could not be kept', { ...reportOf(error) });
    }
    this.#closed = true;
    this.#gather?.stop();
    this.#stopProgress?.();
    this.#stopLog?.();
    for (const work of this.#work.values()) {
      work.abort({ code: 'server-stopping', message: 'putservices is being stopped' });
    }
  }

  /** Finds out beforehand what a step takes long to find out. What goes wrong with it comes up again when the step is opened. */
  #prepare(state: SequencerState, stepId: StepId): true | Promise<void> {
    const { operation, library, clock } = this.#ports;
    try {
      return inTurns(operation.prepareStep(state, stepId, library()), clock);
    } catch {
      return true;
    }
  }

  /** Whether a step can be opened at once; otherwise it is opened as soon as it is prepared. */
  #isPrepared(state: SequencerState, stepId: StepId): boolean {
    if (this.#preparing === state || this.#prepared === state) return this.#prepared === state;
    const ready = this.#prepare(state, stepId);
    if (ready === true) return true;
    this.#preparing = state;
    const open = (): void => {
      // A person went back meanwhile: another step is prepared, or waits.
      if (this.#preparing !== state) return;
      this.#preparing = undefined;
      this.#prepared = state;
      this.#openPrepared();
    };
    void ready.then(open, open);
    return false;
  }

  #openPrepared(): void {
    if (this.#closed || decide(this.#state)[0]?.kind !== 'open-step') return;
    try {
      this.#commit([]);
    } catch (error) {
      this.#ports.log.error('a step could not be kept; the job waits and tries again', { ...reportOf(error) });
      this.#ports.clock.setTimer(RETRY_JOURNAL_MS, () => this.#openPrepared());
    }
  }

  /** Commits events and everything that follows from them by itself, then starts their effects. */
  #commit(events: readonly JobEvent[], first?: JobEvent): void {
    const from = first ? this.#state : applyEvents(this.#state, events);
    let state = from;
    const batch: JobEvent[] = first ? [first] : [...events];
    const effects: Command[] = events.flatMap((event) => effectsOf(event, state));
    const told = batch.map((event, i) => ({ event, state, number: state.view.eventNumber - batch.length + 1 + i }));
    for (let next = this.#followUp(state); next; next = this.#followUp(state)) {
      state = applyEvents(state, [next]);
      batch.push(next);
      effects.push(...effectsOf(next, state));
      told.push({ event: next, state, number: state.view.eventNumber });
    }
    if (batch.length === 0) return;
    this.#ports.journal.append({
      jobId: state.view.jobId,
      firstNumber: first ? 1 : this.#state.view.eventNumber + 1,
      events: batch,
      summary: summaryOf(state),
      logLines: this.#lines,
    });
    this.#lines = [];
    this.#state = state;
    this.#transient = 0;
    for (const entry of told) tellEvent(this.#ports, entry.event, entry.state, entry.number);
    for (const effect of effects) this.#effect(effect);
    this.#ports.onChange();
  }

  /** The next event that follows from a state by itself. */
  #followUp(state: SequencerState): JobEvent | undefined {
    const command = decide(state)[0];
    const atMs = this.#ports.clock.nowMs();
    switch (command?.kind) {
      case 'commit':
        return { ...command.event, atMs };
      case 'open-step':
        if (!this.#isPrepared(state, command.stepId)) return undefined;
        try {
          return { ...this.#ports.operation.openStep(state, command.stepId, this.#ports.library(), atMs), atMs };
        } catch (error) {
          const { code, message } = reportOf(error);
          if (!(error instanceof PutError)) this.#ports.log.error('a step could not begin', { code, message });
          return { kind: 'step-stuck', stepId: command.stepId, cause: { code, message }, atMs };
        }
      case 'answer-step':
        try {
          const body = this.#ports.operation.answerByItself(state, this.#ports.library());
          return body && { ...body, atMs };
        } catch (error) {
          const { code, message } = reportOf(error);
          if (!(error instanceof PutError)) this.#ports.log.error('a step could not be answered', { code, message });
          return { kind: 'answers-stopped', stepId: command.stepId, cause: { code, message }, atMs };
        }
      case 'open-exit-work': {
        const body = this.#ports.operation.exitWork(state);
        return { ...(body ?? { kind: 'job-ended', report: this.#ports.operation.report(state, atMs) }), atMs };
      }
      case 'end-job':
        return { kind: 'job-ended', report: this.#ports.operation.report(state, atMs), atMs };
      default:
        return undefined;
    }
  }

  #effect(command: Command): void {
    switch (command.kind) {
      case 'run':
      case 'probe':
        this.#startWork(command);
        break;
      case 'abort':
        this.#work.get(command.nodeId)?.abort({ code: 'cancelled', message: 'cancelled by a person' });
        break;
      default:
    }
  }

  #startWork({ kind, stepId, nodeId, attempt }: Command & { kind: 'run' | 'probe' }): void {
    const { operation, driver, clock, deadlines } = this.#ports;
    const { jobId } = this.#state.view;
    const place = { stepId, nodeId, attempt };
    const onEnd = (end: WorkEnd): void => {
      this.#work.delete(nodeId);
      this.#percents.delete(nodeId);
      this.#ports.busy.free(nodeId, this);
      this.#arrive(
        end.mode === 'run'
          ? { kind: 'cell-ended', ...place, outcome: end.outcome }
          : { kind: 'cell-probed', ...place, outcome: end.outcome },
        gatherEndsMs(Object.keys(this.#state.view.nodes).length),
      );
    };
    let action;
    try {
      action = operation.actionOf(this.#state, stepId, nodeId);
      const title = this.#state.view.steps[stepId]?.title ?? stepId;
      this.#ports.busy.take(nodeId, this, `${title} of job ${this.#state.view.jobNumber}`);
    } catch (error) {
      const { code, message } = reportOf(error);
      const cause = { code, message };
      onEnd(
        kind === 'run'
          ? { mode: 'run', outcome: { state: 'failed', cause } }
          : { mode: 'probe', outcome: { done: 'error', cause } },
      );
      return;
    }
    const work = new NodeWork(driver, { jobId, ...place, mode: kind, action }, clock, deadlines, {
      onProgress: (percent) => {
        this.#percents.set(nodeId, Math.round(percent));
        this.#stopProgress ??= clock.setTimer(PROGRESS_MS, () => this.#showProgress());
      },
      onPackage: (packageName, outcome, cause) => {
        if (kind === 'run') {
          this.#arrive({ kind: 'package-changed', ...place, packageName, outcome, cause }, GATHER_PACKAGES_MS);
        }
      },
      onLinger: (cause) => this.#arrive({ kind: 'work-lingers', ...place, mode: kind, cause }, 0),
      onLog: (text) => this.#logLine({ jobId, nodeId, stepId, attempt, text, atMs: clock.nowMs() }),
      onEnd,
    });
    this.#work.set(nodeId, work);
  }

  #showProgress(): void {
    this.#stopProgress = undefined;
    const next = applyProgress(this.#state, this.#percents);
    this.#percents.clear();
    if (next === this.#state) return;
    this.#state = next;
    this.#transient += 1;
    this.#ports.onChange();
  }

  #logLine(line: NodeLogEntry): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_HELD_LINES) this.#lines.splice(0, this.#lines.length - MAX_HELD_LINES);
    if (this.#closed) return;
    this.#stopLog ??= this.#ports.clock.setTimer(LOG_MS, () => {
      try {
        this.flushLog();
      } catch (error) {
        this.#ports.log.warn('log lines of nodes wait for the journal', { ...reportOf(error) });
      }
    });
  }

  /** News from a node; gathered for a moment, so that a commit takes many. */
  #arrive(body: JobEventBody, withinMs: number): void {
    if (this.#closed) return;
    this.#pending.push({ ...body, atMs: this.#ports.clock.nowMs() });
    const dueMs = this.#ports.clock.steadyMs() + withinMs;
    if (this.#gather && this.#gather.dueMs <= dueMs) return;
    this.#gatherWithin(withinMs);
  }

  #gatherWithin(withinMs: number): void {
    this.#gather?.stop();
    this.#gather = {
      dueMs: this.#ports.clock.steadyMs() + withinMs,
      stop: this.#ports.clock.setTimer(withinMs, () => {
        this.#gather = undefined;
        try {
          this.#flush();
        } catch (error) {
          this.#ports.log.error('the journal cannot be written; the job waits and tries again', { ...reportOf(error) });
        }
      }),
    };
  }

  /** Commits what arrived from nodes; keeps it when that fails. */
  #flush(): void {
    if (this.#closed) throw new PutError('server-stopping', 'putservices is being stopped');
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#gather?.stop();
    this.#gather = undefined;
    // Effects of the commit may bring news at once, so the list is a new one before it.
    this.#pending = [];
    try {
      this.#commit(events);
    } catch (error) {
      this.#pending = [...events, ...this.#pending];
      this.#gatherWithin(RETRY_JOURNAL_MS);
      throw error;
    }
  }
}

/** `state` is one that the event is in, `number` the event's. */
function tellEvent(
  ports: Pick<RunnerPorts, 'tell' | 'log'>,
  event: JobEvent,
  state: SequencerState,
  number: number,
): void {
  const line = timelineText(event, state);
  if (!line) return;
  const { jobId } = state.view;
  try {
    ports.tell({ ...line, jobId, eventId: `${jobId} ${number}` });
  } catch (error) {
    // The journal has the event; the job must not stop because the timeline did.
    ports.log.warn('a line for the timeline was lost', { text: line.text, ...reportOf(error) });
  }
}

/**
 * Tells the last events of a journal once more, since a crash may have come between journal and timeline, which drops what it has.
 * Answers the state that the whole journal makes. @throws PutError state-damaged
 */
export function tellAgain(events: readonly JobEvent[], ports: Pick<RunnerPorts, 'tell' | 'log'>): SequencerState {
  const before = Math.max(1, events.length - TOLD_AGAIN);
  let state = replay(events.slice(0, before));
  if (before === 1) tellEvent(ports, events[0] as JobEvent, state, 1);
  for (const event of events.slice(before)) {
    state = applyEvents(state, [event]);
    tellEvent(ports, event, state, state.view.eventNumber);
  }
  return state;
}

/** The row of the job list. */
export function summaryOf(state: SequencerState): JobSummary {
  const { view } = state;
  return {
    jobId: view.jobId,
    jobNumber: view.jobNumber,
    operationId: view.operationId,
    title: view.title,
    state: view.state,
    driver: view.driver,
    startedBy: view.startedBy,
    startedAtMs: view.startedAtMs,
    endedAtMs: view.endedAtMs,
    currentStep: view.currentStep,
    nodes: Object.keys(view.nodes).length,
  };
}
