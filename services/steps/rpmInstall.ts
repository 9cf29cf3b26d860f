import { z } from 'zod';
import { changesOn, filesOfNode, requirePlan, whyUnchanged } from './plan.ts';
import type { WorkKind } from './StepKind.ts';

/** Installs the packages of the plan, all of a node in one transaction. */
export const rpmInstall: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
  action: ({ job }, nodeId) => {
    const { spoolArea, packages } = requirePlan(job);
    const changes = changesOn(job, nodeId);
    return {
      kind: 'install',
      spoolArea,
      packages: filesOfNode(job, packages, changes, nodeId),
      changes: changes.filter((change) => change.action !== 'keep'),
    };
  },
};
