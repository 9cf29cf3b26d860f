import { z } from 'zod';
import { whyUnchanged } from './plan.ts';
import type { WorkKind } from './StepKind.ts';

interface ServiceParams {
  readonly action: 'stop' | 'start';
  /** Only nodes on which the plan changes something; otherwise every node, by what is so there. */
  readonly onlyWhereChanged: boolean;
}

/** Stops or starts the service of each node. */
export const service: WorkKind<ServiceParams> = {
  form: 'work',
  params: z.strictObject({ action: z.enum(['stop', 'start']), onlyWhereChanged: z.boolean().default(false) }),
  whyNot: ({ job, params }, nodeId) => (params.onlyWhereChanged ? whyUnchanged(job, nodeId) : undefined),
  action: ({ params }) => ({ kind: params.action === 'stop' ? 'stop-service' : 'start-service' }),
};
