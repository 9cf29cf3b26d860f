import { z } from 'zod';
import { buildsOfNode, changesOn, requirePlan } from './plan.ts';
import type { WorkKind } from './StepKind.ts';

/** Reads back what is on each node and compares it with the plan. */
export const validate: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  action: ({ job }, nodeId) => ({
    kind: 'validate',
    expected: buildsOfNode(job, requirePlan(job).packages, changesOn(job, nodeId), nodeId),
    ignoredPackages: job.member(nodeId)?.ignoredItems ?? [],
  }),
};
