import { z } from 'zod';
import { changesOn, filesOfNode, requirePlan, whyUnchanged } from './plan.ts';
import type { WorkKind } from './StepKind.ts';

/** Copies the packages of the plan into the spool area of each node. */
export const putFiles: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
  action: ({ job }, nodeId) => {
    const { spoolArea, packages } = requirePlan(job);
    return { kind: 'spool', spoolArea, packages: filesOfNode(job, packages, changesOn(job, nodeId), nodeId) };
  },
};
