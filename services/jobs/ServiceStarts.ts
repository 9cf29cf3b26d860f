import type { CellCause } from '../../core/model/job.ts';
import { servicesNotUp } from '../../core/model/servicesNotUp.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { NodePort } from '../nodes/NodePort.ts';
import type { BusyNodes } from './BusyNodes.ts';
import type { ServiceWork } from '../steps/service.ts';
import { NodeWork, type WorkEnd } from './NodeWork.ts';
import type { NodeWorker, Tell, WorkDeadlines } from './ports.ts';

export interface ServiceStartsPorts {
  readonly driver: NodePort;
  readonly worker: NodeWorker;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly deadlines: WorkDeadlines;
  readonly busy: BusyNodes;
  /** Nodes worked on at once. */
  readonly concurrency: number;
}

type Started = MethodResult<'nodes.startServices'>;

/** The answer comes at the latest after this; work that is not over then goes on, and the topic `nodes` shows its end. */
const ANSWER_MS = 30_000;

/** Starts the services of nodes outside of an operation: what an exited one left down, or what was found down. */
export class ServiceStarts {
  readonly #ports: ServiceStartsPorts;
  readonly #running = new Set<NodeWork>();
  #number = 0;
  #closed = false;

  constructor(ports: ServiceStartsPorts) {
    this.#ports = ports;
  }

  /**
   * Starts the service of the nodes named, or of all whose service is not known to be up. A node's own trouble is told in `failed`.
   * @throws PutError node-unknown; job-running for a node that the operation under way, `inJob`, works on: it starts services itself
   */
  async start(
    nodeIds: readonly string[] | undefined,
    user: string,
    inJob: { readonly jobNumber: number; readonly nodeIds: readonly string[] } | undefined,
  ): Promise<Started> {
    const rows = this.#ports.driver.rows();
    const stranger = nodeIds?.find((nodeId) => !Object.hasOwn(rows, nodeId));
    if (stranger !== undefined)
      throw new PutError('node-unknown', `there is no node ${stranger}`, { nodeId: stranger });
    const { down, unknown, name } = servicesNotUp(Object.values(rows));
    const wanted = [...new Set(nodeIds ?? [...down, ...unknown])];
    const held = wanted.filter((nodeId) => inJob?.nodeIds.includes(nodeId));
    if (inJob && held[0] !== undefined) {
      throw new PutError(
        'job-running',
        `job ${inJob.jobNumber} works on ${held[0]}${held.length > 1 ? ` and ${held.length - 1} more of these nodes` : ''} and starts services itself: carry it on, or exit it`,
        { jobNumber: inJob.jobNumber, nodeId: held[0] },
      );
    }
    const result = { started: [] as string[], failed: [] as Started['failed'] };
    const open = new Set(wanted);
    const all = this.#work(wanted, (nodeId, cause) => {
      open.delete(nodeId);
      if (cause) result.failed.push({ nodeId, code: cause.code, message: cause.message });
      else result.started.push(nodeId);
    }).then(() => this.#tell(name, result, user));
    let stop: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (stop = this.#ports.clock.setTimer(ANSWER_MS, resolve)));
    await Promise.race([all, enough]);
    stop();
    return { started: [...result.started], failed: [...result.failed], unfinished: [...open] };
  }

  /** Stops what runs; what it did is seen in the nodes. */
  close(): void {
    this.#closed = true;
    for (const work of this.#running) work.abort({ code: 'server-stopping', message: 'putservices is being stopped' });
  }

  async #work(
    nodeIds: readonly string[],
    onEnd: (nodeId: string, cause: CellCause | undefined) => void,
  ): Promise<void> {
    const waiting = [...nodeIds];
    const worker = async (): Promise<void> => {
      for (let nodeId = waiting.shift(); nodeId !== undefined; nodeId = waiting.shift()) {
        onEnd(nodeId, await this.#startOn(nodeId));
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#ports.concurrency, nodeIds.length) }, worker));
  }

  /** Answers why the service did not start; undefined when it did. */
  #startOn(nodeId: string): Promise<CellCause | undefined> {
    const { worker, clock, deadlines, busy } = this.#ports;
    if (this.#closed) return Promise.resolve({ code: 'server-stopping', message: 'putservices is being stopped' });
    const holder = {};
    try {
      busy.take(nodeId, holder, 'the start of the service');
    } catch (error) {
      const { code, message } = reportOf(error);
      return Promise.resolve({ code, message });
    }
    // Name and command are read on the node: a row has no commands of the site.
    const work: ServiceWork = { action: 'start' };
    // No start is taken for one of before: the key names the time as well.
    const jobId = `services-${clock.nowMs()}-${++this.#number}`;
    const order = { jobId, stepId: 'start', nodeId, attempt: 1, title: 'the start of the service' };
    return new Promise((resolve) => {
      const started: NodeWork = new NodeWork(
        worker,
        { ...order, mode: 'run', work: { use: 'service', work } },
        clock,
        deadlines,
        {
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
        },
      );
      this.#running.add(started);
    });
  }

  #tell(service: string, { started, failed }: Pick<Started, 'started' | 'failed'>, user: string): void {
    if (this.#closed || started.length + failed.length === 0) return;
    const some = (names: readonly string[]): string =>
      names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`;
    const parts: string[] = [];
    if (started.length > 0) parts.push(`started ${service} on ${some(started)}`);
    if (failed.length > 0) parts.push(`could not start ${service} on ${some(failed.map(({ nodeId }) => nodeId))}`);
    this.#ports.tell({ text: parts.join('; '), user });
  }
}

function causeOf(end: WorkEnd, nodeId: string): CellCause | undefined {
  if (end.mode !== 'run') return undefined;
  const { state, cause } = end.outcome;
  if (state === 'ok' || state === 'warned') return undefined;
  return cause ?? { code: 'service-failed', message: `${nodeId} gave no reason` };
}
