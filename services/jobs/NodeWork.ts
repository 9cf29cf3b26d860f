import { reportOf } from '../../core/protocol/errors.ts';
import type { CellCause, PackageOutcome } from '../../core/model/job.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { CellMode, ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import type { WorkOfNode } from '../steps/openStep.ts';
import type { StepIo } from '../steps/StepKind.ts';
import type { NodeWorker, WorkDeadlines } from './ports.ts';

/** Work that tells nothing for so long is shown as silent; shorter is usual. */
const SILENCE_TOLD_MS = 30_000;
/** A node is not asked more often about silent work. */
const LEAST_WAIT_MS = 1_000;

/** How a piece of work ended; a probe that failed itself knows nothing. */
export type WorkEnd =
  { readonly mode: 'run'; readonly outcome: WorkOutcome } | { readonly mode: 'probe'; readonly outcome: ProbeOutcome };

export interface WorkListener {
  onProgress(percent: number): void;
  onItem(item: string, outcome: PackageOutcome, cause?: CellCause): void;
  onLog(text: string): void;
  /** It has told nothing since this time of the master's clock, reckoned from how long its node says it wrote nothing; undefined: it tells again. */
  onSilent(sinceMs: number | undefined): void;
  /** At most once, before the end: it was told to stop, for `stoppedFor`, and is not known to have ended within the grace. */
  onLinger(cause: CellCause, stoppedFor: CellCause): void;
  /** Exactly once, when the work has ended; nothing comes after it. */
  onEnd(end: WorkEnd): void;
}

export interface WorkOrder {
  readonly jobId: string;
  readonly stepId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly mode: CellMode;
  readonly work: WorkOfNode;
  /** What people call it. */
  readonly title: string;
  /** Limits of the step; the usual ones where it has none. */
  readonly deadlineMs?: number | undefined;
  readonly silenceMs?: number | undefined;
}

/** One piece of work, or its probe, on one node: stopped by deadline, silence or on request, ended exactly once. */
export class NodeWork {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #deadlines: WorkDeadlines;
  readonly #listener: WorkListener;
  readonly #order: WorkOrder;
  readonly #silenceMs: number;
  #stopReason: CellCause | undefined;
  #over = false;
  /** How the node is asked how long silent work has written nothing. */
  #askNode: (() => Promise<number | undefined>) | undefined;
  #heardAtMs: number;
  #isSilent = false;
  #stopTotal: () => void = () => undefined;
  #stopSilence: () => void = () => undefined;
  /** The timer of silence waits since something was heard. */
  #listens = false;
  #stopGrace: () => void = () => undefined;
  #hasLog = false;

  constructor(worker: NodeWorker, order: WorkOrder, clock: Clock, deadlines: WorkDeadlines, listener: WorkListener) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#listener = listener;
    this.#order = order;
    this.#silenceMs = order.silenceMs ?? deadlines.silenceMs;
    this.#heardAtMs = clock.steadyMs();
    const usualMs = deadlines.byKind?.[order.work.use] ?? order.deadlineMs ?? deadlines.workMs;
    const totalMs = order.mode === 'probe' ? deadlines.probeMs : (order.work.deadlineMs ?? usualMs);
    this.#stopTotal = clock.setTimer(totalMs, () =>
      this.#timeOut(`did not end within ${Math.round(totalMs / 1000)} s`),
    );
    this.#hearSomething();
    void this.#run(worker);
  }

  /** Asks the work to stop; where it has not ended after the grace, that is told. Its node is not free until it has. */
  abort(reason: CellCause): void {
    if (this.#over || this.#stopReason) return;
    this.#stopReason = reason;
    this.#stopTotal();
    this.#stopSilence();
    this.#tellSilent(undefined);
    const { abortGraceMs } = this.#deadlines;
    this.#stopGrace = this.#clock.setTimer(abortGraceMs, () => {
      const message = `${reason.message}; it was told to stop, and after ${Math.round(abortGraceMs / 1000)} s it is not known to have ended: nothing else is begun on ${this.#order.nodeId} until it has`;
      this.#listener.onLinger({ code: 'node-busy', message }, reason);
    });
    this.#abort.abort(reason);
  }

  async #run(worker: NodeWorker): Promise<void> {
    const { jobId, stepId, attempt, nodeId, work, mode } = this.#order;
    const listener = this.#listener;
    const io: Omit<StepIo, 'libraryPath'> = {
      ...{ jobId, stepId, attempt },
      signal: this.#abort.signal,
      onProgress: (percent) => this.#whileOpen(() => listener.onProgress(Math.min(100, Math.max(0, percent)))),
      onItem: (item, outcome, cause) => this.#whileOpen(() => listener.onItem(item, outcome, cause)),
      onLog: (text) =>
        this.#whileOpen(() => {
          this.#hasLog = true;
          listener.onLog(text);
        }),
      whenSilent: (ask) => (this.#askNode = ask),
    };
    try {
      // The end must not come before the one who started the work knows of it.
      await Promise.resolve();
      if (mode === 'run') this.#endRun(await worker.run(nodeId, work, io));
      else this.#endProbe(await worker.probe(nodeId, work, io));
    } catch (error) {
      // Nothing throws for a node's trouble, so this is a fault of the software: what was done is not known.
      const text = reportOf(error).message;
      const message = `the work ended with an unexpected error: ${text}`;
      const cause = this.#stopReason ?? { code: 'internal', message };
      if (mode === 'run') this.#endRun({ state: 'unknown', cause });
      else this.#endProbe({ done: 'error', cause });
    }
  }

  #timeOut(how: string): void {
    const { title, mode, nodeId } = this.#order;
    const what = mode === 'probe' ? `the probe of ${title}` : title;
    this.abort({ code: 'node-timeout', message: `${what} on ${nodeId} ${how}` });
  }

  #hearSomething(): void {
    this.#heardAtMs = this.#clock.steadyMs();
    this.#tellSilent(undefined);
    // One timer for many lines: when it is due it looks at the last of them.
    if (!this.#listens) this.#listenFor(Math.min(this.#silenceMs, this.#toldMs));
  }

  #listenFor(waitMs: number): void {
    this.#askIn(waitMs, () => {
      const leftMs = this.#heardAtMs + Math.min(this.#silenceMs, this.#toldMs) - this.#clock.steadyMs();
      if (leftMs > 0) this.#listenFor(leftMs);
      else void this.#askWhenSilent();
    });
    this.#listens = true;
  }

  /** Silence is told from so long on. */
  get #toldMs(): number {
    return this.#deadlines.silenceToldMs ?? SILENCE_TOLD_MS;
  }

  #askIn(waitMs: number, then: () => void = () => void this.#askWhenSilent()): void {
    this.#stopSilence();
    this.#stopSilence = this.#clock.setTimer(waitMs, () => {
      this.#listens = false;
      then();
    });
    this.#listens = false;
  }

  #tellSilent(sinceMs: number | undefined): void {
    if (sinceMs === undefined && !this.#isSilent) return;
    this.#isSilent = sinceMs !== undefined;
    this.#listener.onSilent(sinceMs);
  }

  /** Nothing was heard for a while: the node is asked, and what it says is told; before the work is given up it is asked again. */
  async #askWhenSilent(): Promise<void> {
    const heardAtMs = this.#heardAtMs;
    let nodeSays: number | undefined;
    try {
      nodeSays = await this.#askNode?.();
    } catch {
      // A question that fails is an answer too: nothing is heard.
    }
    if (this.#over || this.#stopReason || heardAtMs !== this.#heardAtMs) return;
    const unheardMs = this.#clock.steadyMs() - heardAtMs;
    const silentMs = nodeSays ?? unheardMs;
    // Both have to agree: a node's clock may have been set meanwhile.
    const surelyMs = Math.min(silentMs, unheardMs);
    if (surelyMs >= this.#silenceMs) return this.#timeOut(`told nothing for ${Math.round(this.#silenceMs / 1000)} s`);
    const told = silentMs >= this.#toldMs;
    this.#tellSilent(told ? this.#clock.nowMs() - silentMs : undefined);
    this.#askIn(Math.max(LEAST_WAIT_MS, told ? this.#silenceMs - surelyMs : this.#toldMs - silentMs));
  }

  #whileOpen(tell: () => void): void {
    if (this.#over) return;
    if (!this.#stopReason) this.#hearSomething();
    tell();
  }

  #endRun(ended: WorkOutcome): void {
    if (!this.#ends()) return;
    const why = this.#stopReason;
    const outcome = why && ended.state === 'unknown' ? { ...ended, cause: why } : ended;
    // Who asks for the log of a node that did not come through finds why, also where it had nothing to say itself.
    const through = outcome.state === 'ok' || outcome.state === 'warned';
    if (!through && !this.#hasLog && outcome.cause) this.#listener.onLog(`error: ${outcome.cause.message}`);
    this.#listener.onEnd({ mode: 'run', outcome });
  }

  #endProbe(outcome: ProbeOutcome): void {
    if (this.#ends()) this.#listener.onEnd({ mode: 'probe', outcome });
  }

  #ends(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#stopTotal();
    this.#stopSilence();
    this.#stopGrace();
    return true;
  }
}
