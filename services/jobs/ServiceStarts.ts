import { servicesNotUp } from '../../core/model/servicesNotUp.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { NodePort } from '../nodes/NodePort.ts';
import type { ServiceWork } from '../steps/service.ts';
import type { Tell } from './ports.ts';
import { someNodes, type SideResult, type SideWork } from './SideWork.ts';

export interface ServiceStartsPorts {
  readonly driver: NodePort;
  readonly sideWork: SideWork;
  readonly clock: Clock;
  readonly tell: Tell;
}

type Started = MethodResult<'nodes.startServices'>;

/** Starts the services of nodes outside of an operation: what an exited one left down, or what was found down. */
export class ServiceStarts {
  readonly #ports: ServiceStartsPorts;
  #number = 0;

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
    // Name and command are read on the node: a row has no commands of the site.
    const work: ServiceWork = { action: 'start' };
    // No start is taken for one of before: the key names the time as well.
    const jobId = `services-${this.#ports.clock.nowMs()}-${++this.#number}`;
    const order = { jobId, stepId: 'start', title: 'the start of the service', work: { use: 'service', work } };
    const { done, ...rest } = await this.#ports.sideWork.run(wanted, order, (result) => this.#tell(name, result, user));
    return { started: done, ...rest };
  }

  #tell(service: string, { done, failed }: Pick<SideResult, 'done' | 'failed'>, user: string): void {
    if (done.length + failed.length === 0) return;
    const parts: string[] = [];
    if (done.length > 0) parts.push(`started ${service} on ${someNodes(done)}`);
    if (failed.length > 0) parts.push(`could not start ${service} on ${someNodes(failed.map(({ nodeId }) => nodeId))}`);
    this.#ports.tell({ text: parts.join('; '), user });
  }
}
