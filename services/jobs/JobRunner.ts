import type { JobSummary, PackageOutcome } from '../../core/model/job.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { JobHead, LiveCell } from '../../core/model/jobParts.ts';
import { setAlarm } from './alarm.ts';
import { lineBuffer, type LineBuffer } from './lineBuffer.ts';
import { NodeWork, type WorkEnd } from './NodeWork.ts';
import { decide, effectsOf } from '../sequencer/decide.ts';
import {
  AFTER_THE_END,
  type CellMode,
  type ItemOutcome,
  type JobEvent,
  type JobEventBody,
} from '../sequencer/events.ts';
import { currentStep, isOver, stepSpec, type OfNode, type SequencerState } from '../sequencer/state.ts';
import { judgeGate } from '../steps/gates.ts';
import { answerByItself, openExitStep, openStep, prepareStep, refreshScreen, workOf } from '../steps/openStep.ts';
import { firstRecord, recordAfter, summaryOf, type JobRecord } from './jobRecord.ts';
import { createJobParts, type JobPartsMaker } from './jobParts.ts';
import { applyToResults, withItem, withNodeOf, type PackageResults } from './packageResults.ts';
import { makeReport } from './report.ts';
import type { OpenedRecord } from './snapshots.ts';
import { tellAgain, tellEvents, type EventToTell } from './tellEvent.ts';
import type { RunnerPorts } from './runnerPorts.ts';
import { inTurns } from './turns.ts';
import type { JobSource } from './JobSource.ts';
import type { Command } from '../sequencer/commands.ts';

/**
 * Ends of work wait a moment for each other, so that one commit takes many: longer in large jobs, where a commit costs more, and where the disk is slow, which
 * holds up all nodes. `writtenMs`: what the last commit took to write.
 */
function gatherEndsMs(nodes: number, writtenMs: number): number {
  return Math.min(50, Math.max(5 + Math.floor(nodes / 200), 4 * writtenMs));
}
/** Effects that have nodes begin something. */
const BEGIN_WORK: readonly Command['kind'][] = ['run', 'follow', 'probe'];
/** Events that end what is shown of work on a node while it runs. */
const ENDS_OF_WORK: readonly JobEvent['kind'][] = ['cell-ended', 'cell-probed', 'work-lingers'];
/** Progress is shown at most this often. */
const PROGRESS_MS = 250;
/** A journal that cannot be written is tried again after this. */
const RETRY_JOURNAL_MS = 5_000;
/** Room for progress changes between two events in the number of a view: far more than PROGRESS_MS ever makes. */
export const CHANGES_PER_EVENT = 2 ** 20;

/** The shell around the sequencer of one job: commits events, then runs their effects; brings in what happens on nodes. */
export class JobRunner {
  readonly #ports: RunnerPorts;
  #record: JobRecord;
  /** Results as the events make them; those of the record run ahead while work runs. */
  #settled: PackageResults;
  #source: { readonly of: JobRecord; readonly transient: number; readonly source: JobSource } | undefined;
  /** What people see. */
  readonly parts: JobPartsMaker;
  #transient = 0;
  #closed = false;
  /** The state whose next step is being prepared, and the one whose step was: it is opened without more ado. */
  #preparing: SequencerState | undefined;
  #prepared: SequencerState | undefined;
  readonly #work = new Map<string, NodeWork>();
  #pending: JobEvent[] = [];
  /** What is only shown of work that runs, by node. */
  readonly #live = new Map<string, LiveCell>();
  /** What became of the packages of work that runs, by node. */
  readonly #items = new Map<string, Record<string, ItemOutcome>>();
  /** What nodes said, on its way into the file of logs. */
  readonly lines: LineBuffer;
  #gather: { dueMs: number; stop: () => void } | undefined;
  #stopProgress: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;
  #journalFault: JobHead['journalFault'];
  #writtenMs = 0;
  /** Events that are in the journal and that the timeline was not told yet. */
  #untold: EventToTell[] = [];
  #stopTelling: (() => void) | undefined;

  private constructor(ports: RunnerPorts, record: JobRecord) {
    this.#ports = ports;
    this.#record = record;
    const { clock, log, journal } = ports;
    this.lines = lineBuffer({ clock, log, append: (lines) => journal.appendLog(lines) });
    this.parts = createJobParts(
      () => this.#shown(),
      () => ports.paces(record.machine.spec.id),
    );
    this.#settled = record.results;
  }

  /** Starts a job. @throws PutError journal-unwritable; then there is no job. */
  static start(ports: RunnerPorts, body: JobEventBody & { kind: 'job-started' }): JobRunner {
    const started: JobEvent = { ...body, atMs: ports.clock.nowMs() };
    const runner = new JobRunner(ports, firstRecord(started));
    runner.#commit([], started);
    return runner;
  }

  /**
   * Takes up a job of the journal: what was running is unknown and gets probed. The last events are told again, since a crash may have
   * come between the journal and the timeline.
   * @throws PutError journal-unwritable, state-damaged
   */
  static resume(ports: RunnerPorts, opened: OpenedRecord): JobRunner {
    const runner = new JobRunner(ports, tellAgain(opened, ports));
    runner.#commit([{ kind: 'service-restarted', atMs: ports.clock.nowMs() }]);
    return runner;
  }

  /** A job of the journal that has ended: nothing of it is begun until its nodes are asked back, and the journal takes only what people say of it. */
  static ended(ports: RunnerPorts, record: JobRecord): JobRunner {
    return new JobRunner(ports, record);
  }

  get state(): SequencerState {
    return this.#record.machine;
  }

  /** What the events make, without what is only shown of work that runs. */
  get record(): JobRecord {
    return { ...this.#record, results: this.#settled };
  }

  /** What the parts are made of; the same object until something changes. */
  #shown(): JobSource {
    const known = this.#source;
    if (known?.of === this.#record && known.transient === this.#transient) return known.source;
    const source = { ...this.#record, live: new Map(this.#live), journalFault: this.#journalFault };
    this.#source = { of: this.#record, transient: this.#transient, source };
    return source;
  }

  /** Grows with every change of the view, over restarts too. */
  get number(): number {
    return this.state.eventNumber * CHANGES_PER_EVENT + Math.min(this.#transient, CHANGES_PER_EVENT - 1);
  }

  get summary(): JobSummary {
    return { ...summaryOf(this.#record), journalFault: this.#journalFault ? true : undefined };
  }

  /**
   * A person's request: `decideOn` looks at the newest state and answers the event, or throws why not. `asked` names the request in the
   * journal.
   * @throws PutError of `decideOn`, job-over, or journal-unwritable; then nothing has happened.
   */
  request(decideOn: (state: SequencerState) => JobEventBody | undefined, asked?: string): void {
    this.#flush();
    const body = decideOn(this.state);
    if (body && isOver(this.state) && !AFTER_THE_END.includes(body.kind)) {
      throw new PutError('job-over', `job ${this.state.jobNumber} has ended`);
    }
    if (body) this.#commit([{ ...body, atMs: this.#ports.clock.nowMs(), ...(asked === undefined ? {} : { asked }) }]);
  }

  /** The library changed: the screen of the current step may have to be made anew. */
  libraryChanged(): void {
    if (this.#closed || isOver(this.state)) return;
    const refresh = (): void => this.#refreshScreen();
    const ready = this.#prepare(this.state, currentStep(this.state).id);
    if (ready === true) refresh();
    else void ready.then(refresh, refresh);
  }

  #refreshScreen(): void {
    if (this.#closed || isOver(this.state)) return;
    const { library, clock } = this.#ports;
    try {
      this.request((state) => refreshScreen(state, library(), clock.nowMs()));
    } catch (error) {
      this.#ports.log.warn('the screen could not be made anew after a change of the library', { ...reportOf(error) });
    }
  }

  /** Stops running work and takes nothing more; the next start finds it unknown and probes it. */
  close(): void {
    if (this.#closed) return;
    try {
      this.#flush();
      this.lines.flush();
    } catch (error) {
      this.#ports.log.error('the last news of a job could not be kept', { ...reportOf(error) });
    }
    if (this.#stopTelling) this.#tell();
    this.#closed = true;
    this.#gather?.stop();
    this.#stopProgress?.();
    this.lines.stop();
    this.#stopTimer?.();
    for (const work of this.#work.values()) {
      work.abort({ code: 'server-stopping', message: 'putservices is being stopped' });
    }
  }

  /** Finds out beforehand what a step takes long to find out. What goes wrong with it comes up again when the step is opened. */
  #prepare(state: SequencerState, stepId: string): true | Promise<void> {
    const { library, clock } = this.#ports;
    try {
      return inTurns(prepareStep(state, stepId, library()), clock);
    } catch {
      return true;
    }
  }

  /** Whether a step can be opened at once; otherwise it is opened as soon as it is prepared. */
  #isPrepared(state: SequencerState, stepId: string): boolean {
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
    if (this.#closed || decide(this.state)[0]?.kind !== 'open-step') return;
    try {
      this.#commit([]);
    } catch (error) {
      this.#ports.log.error('a step could not be kept; the job waits and tries again', { ...reportOf(error) });
      this.#showFault(error);
      this.#ports.clock.setTimer(RETRY_JOURNAL_MS, () => this.#openPrepared());
    }
  }

  /** Commits events and everything that follows from them by itself, then starts their effects. */
  #commit(events: readonly JobEvent[], first?: JobEvent): void {
    let record = this.#record;
    let settled = this.#settled;
    const batch: JobEvent[] = [];
    const effects: Command[] = [];
    const told: EventToTell[] = [];
    const take = (event: JobEvent): void => {
      if (event !== first) {
        const before = record;
        record = recordAfter(before, event);
        settled =
          settled === before.results ? record.results : applyToResults(settled, event, before.machine, record.machine);
        // What was shown of work that ran is over with it: what the journal has is what it came to.
        const index = ENDS_OF_WORK.includes(event.kind)
          ? record.machine.nodes.indexOf[(event as { nodeId: string }).nodeId]
          : undefined;
        if (index !== undefined) record = { ...record, results: withNodeOf(record.results, settled, index) };
      }
      batch.push(event);
      effects.push(...effectsOf(event, record.machine));
      told.push({ event, state: record.machine });
    };
    if (first) take(first);
    for (const event of events) take(event);
    const following = (): JobEvent | undefined => this.#followUp(record, settled);
    for (let next = following(); next; next = following()) take(next);
    if (batch.length === 0) return;
    const beganMs = this.#ports.clock.steadyMs();
    this.#ports.journal.append({
      jobId: record.machine.jobId,
      firstNumber: first ? 1 : this.state.eventNumber + 1,
      events: batch,
      summary: summaryOf(record),
      ...(isOver(record.machine) && !isOver(this.state) ? { paces: record.machine.paces } : {}),
    });
    this.#journalFault = undefined;
    for (const event of batch) {
      if (event.kind === 'cell-ended' || event.kind === 'cell-probed') this.#live.delete(event.nodeId);
    }
    this.#writtenMs = this.#ports.clock.steadyMs() - beganMs;
    // Where nothing runs, what is shown is what the journal has.
    this.#record = this.#work.size === 0 ? { ...record, results: settled } : record;
    this.#settled = settled;
    this.#transient = 0;
    this.#untold.push(...told);
    // Each of these waits for the disk once more: what nodes begin goes out before.
    if (effects.some(({ kind }) => BEGIN_WORK.includes(kind))) {
      this.#stopTelling ??= this.#ports.clock.setTimer(0, () => this.#tell());
    } else this.#tell();
    for (const effect of effects) this.#effect(effect);
    if (isOver(record.machine)) this.#stopTimer?.();
    this.#ports.onChange();
  }

  /** Brings what nodes wrote into their logs, and tells the timeline what the journal has. */
  #tell(): void {
    this.#stopTelling?.();
    this.#stopTelling = undefined;
    this.lines.flushUnlessResting();
    tellEvents(this.#ports, this.#untold.splice(0));
    this.#ports.onTold(this);
  }

  /** The next event that follows from a state by itself. */
  #followUp({ machine, nodeResults, decisions }: JobRecord, results: PackageResults): JobEvent | undefined {
    const { library, clock, log } = this.#ports;
    const command = decide(machine)[0];
    const atMs = clock.nowMs();
    const ended = (): JobEvent => ({
      kind: 'job-ended',
      report: makeReport({ machine, results, nodeResults, decisions }, atMs),
      atMs,
    });
    switch (command?.kind) {
      case 'commit':
        return { ...command.event, atMs };
      case 'open-step':
        if (machine.exit) {
          const body = openExitStep(machine, command.stepId);
          return body ? { ...body, atMs } : ended();
        }
        if (!this.#isPrepared(machine, command.stepId)) return undefined;
        try {
          return { ...openStep(machine, command.stepId, library(), atMs), atMs };
        } catch (error) {
          const { code, message } = reportOf(error);
          if (!(error instanceof PutError)) log.error('a step could not begin', { code, message });
          return { kind: 'step-stuck', stepId: command.stepId, cause: { code, message }, atMs };
        }
      case 'answer-step': {
        const body = answerByItself(machine, library(), (why) => log.error('a given answer cannot be used', why));
        return body && { ...body, atMs };
      }
      case 'judge-gate':
        return { ...judgeGate(machine, atMs), atMs };
      case 'end-job':
        return ended();
      default:
        return undefined;
    }
  }

  #effect(command: Command): void {
    switch (command.kind) {
      case 'run':
      case 'follow':
        this.#startWork({ ...command, kind: 'run' });
        break;
      case 'probe':
        this.#startWork({ ...command, kind: 'probe' });
        break;
      case 'set-timer':
        this.#ringBy(command.timer, (onDue) => this.#ports.clock.setTimer(command.waitMs, onDue));
        break;
      case 'set-alarm':
        this.#ringBy(command.timer, (onDue) => setAlarm(this.#ports.clock, command.atMs, onDue));
        break;
      case 'abort':
        this.#work.get(command.nodeId)?.abort({ code: 'cancelled', message: command.why ?? 'cancelled by a person' });
        break;
      default:
    }
  }

  #ringBy(timer: string, set: (onDue: () => void) => () => void): void {
    this.#stopTimer?.();
    this.#stopTimer = set(() => {
      this.#stopTimer = undefined;
      this.#arrive({ kind: 'timer-due', timer }, 0);
    });
  }

  #startWork({ kind, stepId, nodeId, attempt }: { kind: CellMode } & OfNode): void {
    const { worker, clock, deadlines, busy, library } = this.#ports;
    const { jobId, jobNumber, spec } = this.state;
    const place = { stepId, nodeId, attempt };
    const onEnd = (end: WorkEnd): void => {
      this.#work.delete(nodeId);
      busy.free(nodeId, this);
      const items = this.#items.get(nodeId);
      this.#items.delete(nodeId);
      this.#arrive(
        end.mode === 'run'
          ? { kind: 'cell-ended', ...place, outcome: { ...end.outcome, ...(items ? { items } : {}) } }
          : { kind: 'cell-probed', ...place, outcome: end.outcome },
        // The last one waits for nobody.
        this.#work.size === 0 ? 0 : gatherEndsMs(this.state.nodes.ids.length, this.#writtenMs),
      );
    };
    const { title, policy } = stepSpec(spec, stepId);
    let todo;
    try {
      todo = workOf(this.state, stepId, nodeId, library());
      busy.take(nodeId, this, `${title} of job ${jobNumber}`);
    } catch (error) {
      const { code, message } = reportOf(error);
      const cause = { code, message };
      onEnd(
        kind === 'run'
          ? { mode: 'run', outcome: { state: 'failed', cause, notBegun: true } }
          : { mode: 'probe', outcome: { done: 'error', cause } },
      );
      return;
    }
    const { deadlineMs, silenceMs } = policy;
    const order = { jobId, ...place, mode: kind, work: todo, title, deadlineMs, silenceMs };
    const work = new NodeWork(worker, order, clock, deadlines, {
      onProgress: (percent) => {
        this.#showLive(nodeId, { percent: Math.round(percent) });
      },
      onItem: (item, outcome) => {
        if (kind === 'run') this.#seeItem(nodeId, item, outcome);
      },
      onSilent: (sinceMs) => {
        this.#showLive(nodeId, { silentSinceMs: sinceMs });
      },
      onLinger: (cause, stoppedFor) => this.#arrive({ kind: 'work-lingers', ...place, cause, stoppedFor }, 0),
      onLog: (text) => this.lines.take({ jobId, nodeId, stepId, attempt, text, atMs: clock.nowMs() }),
      onEnd,
    });
    this.#work.set(nodeId, work);
  }

  /** What becomes of a package while the work runs is shown; the end of the work brings it into the journal. */
  #seeItem(nodeId: string, item: string, outcome: PackageOutcome): void {
    const index = this.state.nodes.indexOf[nodeId] ?? -1;
    this.#record = { ...this.#record, results: withItem(this.#record.results, index, item, outcome) };
    if (outcome === 'successful' || outcome === 'fail') {
      this.#items.set(nodeId, { ...this.#items.get(nodeId), [item]: outcome });
    }
    this.#showSoon();
  }

  /** Shows more of work that runs; `undefined` takes a part of it away. */
  #showLive(nodeId: string, part: LiveCell): void {
    const { percent, silentSinceMs } = { ...this.#live.get(nodeId), ...part };
    this.#live.set(nodeId, {
      ...(percent === undefined ? {} : { percent }),
      ...(silentSinceMs === undefined ? {} : { silentSinceMs }),
    });
    this.#showSoon();
  }

  /** Shows why the job stands still, until the journal takes what waits. */
  #showFault(error: unknown): void {
    const { code, message } = reportOf(error);
    this.#journalFault ??= { code, message, sinceMs: this.#ports.clock.nowMs() };
    this.#showSoon();
  }

  #showSoon(): void {
    this.#stopProgress ??= this.#ports.clock.setTimer(PROGRESS_MS, () => {
      this.#stopProgress = undefined;
      this.#transient += 1;
      this.#ports.onChange();
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
      this.#showFault(error);
      this.#gatherWithin(RETRY_JOURNAL_MS);
      throw error;
    }
  }
}
