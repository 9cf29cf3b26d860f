import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { AskKind } from './StepKind.ts';

/** Which nodes of the inventory the operation works on. */
export const selectNodes: AskKind<object, ScreenOf<'select-nodes'>, AnswerOf<'select-nodes'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: ({ job }) => {
    const nodes = job.inventory.map(({ nodeId, address, type, system, clique }) => ({
      ...{ nodeId, address, type, system, clique },
    }));
    return { screen: { nodes, proposal: nodes.map((node) => node.nodeId) } };
  },
  judge: ({ job }, _screen, answer) => {
    const known = new Set(job.inventory.map((entry) => entry.nodeId));
    const stranger = answer.nodeIds.find((nodeId) => !known.has(nodeId));
    if (stranger !== undefined)
      throw new PutError('node-unknown', `there is no node ${stranger}`, { nodeId: stranger });
    const nodeIds = [...new Set(answer.nodeIds)];
    return { answer: { ...answer, nodeIds }, effects: { select: nodeIds } };
  },
};
