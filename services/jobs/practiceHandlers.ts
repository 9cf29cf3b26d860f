import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operation.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { Caller, Handlers } from '../service.ts';
import type { NodeDriver } from '../nodes/NodeDriver.ts';
import type { Tell } from './ports.ts';

export interface PracticePorts {
  readonly driver: NodeDriver;
  readonly tell: Tell;
  /** Whether the timeline has an entry of this event already. */
  readonly wasTold: (eventId: string) => boolean;
  /** The job that is not over. */
  readonly running: () => { readonly jobId: string; readonly jobNumber: number } | undefined;
}

/** Requests that only practice nodes understand: trouble to come, and back to the first day. */
export function practiceHandlers(ports: PracticePorts): Pick<Handlers, 'practice.setFault' | 'practice.reset'> {
  const { driver, tell, wasTold, running } = ports;
  const practiceOf = (): NonNullable<NodeDriver['practice']> => {
    const { practice, kind } = driver;
    if (practice) return practice;
    throw new PutError('not-practice', `the nodes of this system are reached by ${kind}; they are no practice nodes`);
  };
  return {
    'practice.setFault': ({ requestId, nodeId, stepId, kind, times }, caller) => {
      const practice = practiceOf();
      const eventId = eventIdOf(caller, requestId);
      if (wasTold(eventId)) return {};
      if (!driver.entries().some((entry) => entry.nodeId === nodeId)) {
        throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
      }
      const step = INSTALL_UPGRADE_SOFTWARE.steps.find((one) => one.stepId === stepId);
      if (!step?.onNodes) {
        // A fault that can never happen would be a promise that is not kept.
        const why = step
          ? `${step.title} does no work on nodes, so nothing can fail there`
          : `there is no step ${stepId}`;
        throw new PutError('input-invalid', `stepId: ${why}`, { place: 'stepId', stepId });
      }
      practice.setFault(nodeId, stepId, kind, times);
      const text = `set the practice fault ${kind} on ${nodeId} at ${stepId}, ${times} times`;
      tell({ text, user: caller.user, eventId });
      return {};
    },
    'practice.reset': async ({ requestId }, caller) => {
      const practice = practiceOf();
      const eventId = eventIdOf(caller, requestId);
      if (wasTold(eventId)) return {};
      const job = running();
      if (job) {
        throw new PutError('job-running', `job ${job.jobNumber} is not over; exit it first`, { jobId: job.jobId });
      }
      await practice.reset();
      tell({ text: 'brought the practice nodes back to their first state', user: caller.user, eventId });
      return {};
    },
  };
}

/** The timeline knows by it that a request about practice nodes was done. */
function eventIdOf({ user }: Caller, requestId: string): string {
  return `practice ${user} ${requestId}`;
}
