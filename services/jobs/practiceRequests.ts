import type { JobSummary } from '../../core/model/job.ts';
import { builtInSteps } from '../../core/model/operation.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import type { NodePort } from '../nodes/NodePort.ts';
import type { Caller, Handlers } from '../service.ts';
import type { Tell } from './ports.ts';

export interface PracticePorts {
  readonly driver: NodePort;
  readonly tell: Tell;
  /** Whether the timeline has a line of this event: a request that came before is not done again. */
  readonly wasTold: (eventId: string) => boolean;
  /** The job that is not over. */
  readonly running: () => JobSummary | undefined;
}

/** What can be asked of practice nodes only. */
export function practiceHandlers(ports: PracticePorts): Pick<Handlers, 'practice.setFault' | 'practice.reset'> {
  const { driver, tell, wasTold, running } = ports;
  const practiceOf = (): NonNullable<NodePort['practice']> => {
    const { practice, kind } = driver;
    if (!practice)
      throw new PutError('not-practice', `the nodes of this system are reached by ${kind}; they are no practice nodes`);
    return practice;
  };
  return {
    'practice.setFault': ({ requestId, nodeId, stepId, kind, times }, caller) => {
      const practice = practiceOf();
      const eventId = practiceEventId(caller, requestId);
      if (wasTold(eventId)) return {};
      if (!driver.entries().some((entry) => entry.nodeId === nodeId)) {
        throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
      }
      const step = builtInSteps().find((one) => one.id === stepId);
      if (!step || !worksOnNodes(step.use)) {
        // A fault that can never happen would be a promise that is not kept.
        const message = step
          ? `${step.title} does no work on nodes, so nothing can fail there`
          : `there is no step ${stepId}`;
        throw new PutError('input-invalid', `stepId: ${message}`, { place: 'stepId', stepId });
      }
      practice.setFault(nodeId, stepId, kind, times);
      tell({
        text: faultText(`the practice fault ${kind} on ${nodeId} at ${step.title}`, times),
        user: caller.user,
        eventId,
      });
      return {};
    },
    'practice.reset': async ({ requestId }, caller) => {
      const practice = practiceOf();
      const eventId = practiceEventId(caller, requestId);
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

/** A fault as the timeline tells it: none more to come is a fault that was taken back. */
function faultText(fault: string, times: number): string {
  if (times === 0) return `took ${fault} back`;
  return `set ${fault}, ${times === 1 ? 'once' : `${times} times`}`;
}

/** The timeline knows by it that a request about practice nodes was done. */
function practiceEventId({ user }: Caller, requestId: string): string {
  return `practice ${user} ${requestId}`;
}
