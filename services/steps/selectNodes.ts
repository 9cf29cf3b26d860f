import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import type { AskKind, InputOf, ScreenOf } from './StepKind.ts';

/** Which nodes of the inventory the operation works on. */
export const selectNodes: AskKind<object, ScreenOf<'select-nodes'>, InputOf<'select-nodes'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: ({ job }) => {
    const nodes = job.inventory.map(({ nodeId, address, type, system, clique }) => ({
      ...{ nodeId, address, type, system, clique },
    }));
    return { screen: { stepId: 'select-nodes', nodes, proposal: nodes.map((node) => node.nodeId) } };
  },
  obstacle: (screen) => (screen.nodes.length === 0 ? 'There is no node to select: the inventory is empty.' : undefined),
  judge: ({ job }, _screen, answer) => {
    const known = new Set(job.inventory.map((entry) => entry.nodeId));
    const stranger = answer.nodeIds.find((nodeId) => !known.has(nodeId));
    if (stranger !== undefined)
      throw new PutError('node-unknown', `there is no node ${stranger}`, { nodeId: stranger });
    const nodeIds = [...new Set(answer.nodeIds)];
    return { answer: { ...answer, nodeIds }, effects: { select: nodeIds } };
  },
};
