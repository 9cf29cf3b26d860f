import type { CellCause } from '../../core/model/job.ts';
import { reportOf } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { WorkOfNode } from '../steps/openStep.ts';
import type { BusyNodes } from './BusyNodes.ts';
import { NodeWork, type WorkEnd } from './NodeWork.ts';
import type { NodeWorker, WorkDeadlines } from './ports.ts';

export interface SideWorkPorts {
  readonly worker: NodeWorker;
  readonly clock: Clock;
  readonly deadlines: WorkDeadlines;
  readonly busy: BusyNodes;
  /** Nodes worked on at once. */
  readonly concurrency: number;
}

/** What is done on each node, and by what name. */
export interface SideOrder {
  readonly jobId: string;
  readonly stepId: string;
  readonly title: string;
  readonly work: WorkOfNode;
}

/** What became of work on nodes; its answer comes in time, and what is not over then goes on. */
export interface SideResult {
  readonly done: string[];
  readonly failed: { readonly nodeId: string; readonly code: string; readonly message: string }[];
  readonly unfinished: string[];
}

/** The answer comes at the latest after this. */
const ANSWER_MS = 30_000;

/** Work on nodes beside the steps of a job, that a person asked for: one piece of work a node, whoever began it. */
export class SideWork {
  readonly #ports: SideWorkPorts;
  readonly #running = new Set<NodeWork>();
  #closed = false;

  constructor(ports: SideWorkPorts) {
    this.#ports = ports;
  }

  /** Does it on each node, some at once; `onOver` is told of all once the last one has ended, whether or not the answer waited for that. */
  async run(
    nodeIds: readonly string[],
    order: SideOrder,
    onOver: (result: Pick<SideResult, 'done' | 'failed'>) => void,
  ): Promise<SideResult> {
    const result: SideResult = { done: [], failed: [], unfinished: [] };
    const open = new Set(nodeIds);
    const waiting = [...open];
    const worker = async (): Promise<void> => {
      for (let nodeId = waiting.shift(); nodeId !== undefined; nodeId = waiting.shift()) {
        const cause = await this.#doOn(nodeId, order);
        open.delete(nodeId);
        if (cause) result.failed.push({ nodeId, code: cause.code, message: cause.message });
        else result.done.push(nodeId);
      }
    };
    const workers = Array.from({ length: Math.min(this.#ports.concurrency, open.size) }, worker);
    const all = Promise.all(workers).then(() => {
      if (!this.#closed) onOver(result);
    });
    let stop: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (stop = this.#ports.clock.setTimer(ANSWER_MS, resolve)));
    await Promise.race([all, enough]);
    stop();
    return { done: [...result.done], failed: [...result.failed], unfinished: [...open] };
  }

  /** Stops what runs; what it did is seen on the nodes. */
  close(): void {
    this.#closed = true;
    for (const work of this.#running) work.abort({ code: 'server-stopping', message: 'putservices is being stopped' });
  }

  /** Answers why it was not done; undefined when it was. */
  #doOn(nodeId: string, { title, work, ...key }: SideOrder): Promise<CellCause | undefined> {
    const { worker, clock, deadlines, busy } = this.#ports;
    if (this.#closed) return Promise.resolve({ code: 'server-stopping', message: 'putservices is being stopped' });
    const holder = {};
    try {
      busy.take(nodeId, holder, title);
    } catch (error) {
      const { code, message } = reportOf(error);
      return Promise.resolve({ code, message });
    }
    const order = { ...key, nodeId, attempt: 1, title, mode: 'run' as const, work };
    return new Promise((resolve) => {
      const started: NodeWork = new NodeWork(worker, order, clock, deadlines, {
        onProgress: () => undefined,
        onItem: () => undefined,
        onLog: () => undefined,
        onSilent: () => undefined,
        // The answer need not wait for work that does not stop; the node stays taken until it has.
        onLinger: resolve,
        onEnd: (end) => {
          this.#running.delete(started);
          busy.free(nodeId, holder);
          resolve(causeOf(end, nodeId));
        },
      });
      this.#running.add(started);
    });
  }
}

function causeOf(end: WorkEnd, nodeId: string): CellCause | undefined {
  if (end.mode !== 'run') return undefined;
  const { state, cause } = end.outcome;
  if (state === 'ok' || state === 'warned') return undefined;
  return cause ?? { code: 'action-failed', message: `${nodeId} gave no reason` };
}

/** Names of nodes; many are cut. */
export function someNodes(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`;
}
