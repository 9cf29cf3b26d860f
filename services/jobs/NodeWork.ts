import type { CellCause, PackageOutcome } from '../../core/model/job.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { ActionContext, ActionOutcome, NodeAction, NodeDriver, ProbeOutcome } from '../nodes/NodeDriver.ts';
import type { CellMode } from '../sequencer/events.ts';
import type { WorkDeadlines } from './ports.ts';

/** How a piece of work ended; a probe that failed itself knows nothing. */
export type WorkEnd =
  | { readonly mode: 'run'; readonly outcome: ActionOutcome }
  | { readonly mode: 'probe'; readonly outcome: ProbeOutcome | { readonly done: 'error'; readonly cause: CellCause } };

export interface WorkListener {
  onProgress(percent: number): void;
  onPackage(packageName: string, outcome: PackageOutcome, cause?: CellCause): void;
  onLog(text: string): void;
  /** At most once, before the end: it was told to stop and is not known to have ended within the grace. */
  onLinger(cause: CellCause): void;
  /** Exactly once, when the driver says that the work has ended; nothing comes after it. */
  onEnd(end: WorkEnd): void;
}

export interface WorkOrder {
  readonly jobId: string;
  readonly stepId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly mode: CellMode;
  readonly action: NodeAction;
}

/** One action, or its probe, on one node: started through the driver, stopped by deadline or on request, ended exactly once. */
export class NodeWork {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #deadlines: WorkDeadlines;
  readonly #listener: WorkListener;
  readonly #order: WorkOrder;
  #stopReason: CellCause | undefined;
  #over = false;
  #stopTotal: () => void = () => undefined;
  #stopSilence: () => void = () => undefined;
  #stopGrace: () => void = () => undefined;

  constructor(driver: NodeDriver, order: WorkOrder, clock: Clock, deadlines: WorkDeadlines, listener: WorkListener) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#listener = listener;
    this.#order = order;
    const totalMs =
      order.mode === 'probe'
        ? deadlines.probeMs
        : (deadlines.totalMs[order.action.kind] ?? Math.max(...Object.values(deadlines.totalMs)));
    this.#stopTotal = clock.setTimer(totalMs, () =>
      this.#timeOut(`did not end within ${Math.round(totalMs / 1000)} s`),
    );
    this.#hearSomething();
    const context: ActionContext = {
      jobId: order.jobId,
      stepId: order.stepId,
      attempt: order.attempt,
      signal: this.#abort.signal,
      onProgress: (percent) => this.#whileOpen(() => listener.onProgress(Math.min(100, Math.max(0, percent)))),
      onPackage: (name, outcome, cause) => this.#whileOpen(() => listener.onPackage(name, outcome, cause)),
      onLog: (text) => this.#whileOpen(() => listener.onLog(text)),
    };
    void this.#run(driver, context);
  }

  /** Asks the work to stop; where it has not ended after the grace, that is told. Its node is not free until it has. */
  abort(reason: CellCause): void {
    if (this.#over || this.#stopReason) return;
    this.#stopReason = reason;
    this.#stopTotal();
    this.#stopSilence();
    const { abortGraceMs } = this.#deadlines;
    this.#stopGrace = this.#clock.setTimer(abortGraceMs, () => {
      const message = `${reason.message}; it was told to stop, and after ${Math.round(abortGraceMs / 1000)} s it is not known to have ended: nothing else is begun on ${this.#order.nodeId} until it has`;
      this.#listener.onLinger({ code: 'node-busy', message });
    });
    this.#abort.abort(reason);
  }

  async #run(driver: NodeDriver, context: ActionContext): Promise<void> {
    const { nodeId, action, mode } = this.#order;
    try {
      // The end must not come before the one who started the work knows of it.
      await Promise.resolve();
      const outcome =
        mode === 'run' ? await driver.run(nodeId, action, context) : await driver.probe(nodeId, action, context);
      this.#end(outcome, undefined);
    } catch (error) {
      // Drivers do not throw for a node's trouble, so this is a fault of the driver: what was done is not known.
      const message = error instanceof Error ? error.message : String(error);
      this.#end(undefined, { code: 'internal', message: `the work ended with an unexpected error: ${message}` });
    }
  }

  #timeOut(how: string): void {
    const { action, mode, nodeId } = this.#order;
    const what = mode === 'probe' ? `the probe of ${action.kind}` : action.kind;
    this.abort({ code: 'node-timeout', message: `${what} on ${nodeId} ${how}` });
  }

  #hearSomething(): void {
    this.#stopSilence();
    const { silenceMs } = this.#deadlines;
    this.#stopSilence = this.#clock.setTimer(silenceMs, () =>
      this.#timeOut(`told nothing for ${Math.round(silenceMs / 1000)} s`),
    );
  }

  #whileOpen(tell: () => void): void {
    if (this.#over) return;
    if (!this.#stopReason) this.#hearSomething();
    tell();
  }

  #end(outcome: ActionOutcome | ProbeOutcome | undefined, cause: CellCause | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTotal();
    this.#stopSilence();
    this.#stopGrace();
    const why = this.#stopReason ?? cause ?? { code: 'internal', message: 'the work ended without a reason' };
    if (this.#order.mode === 'run') {
      const ended = outcome as ActionOutcome | undefined;
      const known = ended !== undefined && !(this.#stopReason && ended.state === 'unknown');
      this.#listener.onEnd({ mode: 'run', outcome: known ? ended : { ...ended, state: 'unknown', cause: why } });
    } else {
      this.#listener.onEnd({
        mode: 'probe',
        outcome: (outcome as ProbeOutcome | undefined) ?? { done: 'error', cause: why },
      });
    }
  }
}
