import { z } from 'zod';
import { NODE_TYPES, type NodeEntry, type NodeType } from '../model/node.ts';
import { nodeTypeName } from '../model/nodeTypeWords.ts';
import { PutError } from '../protocol/errors.ts';
import { groupName, namedTwice, shortText, someOf } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly nodes: readonly NodeEntry[];
  readonly proposal: readonly string[];
}
interface Answer {
  readonly nodeIds: readonly string[];
}
interface Given {
  readonly nodes?: readonly string[] | undefined;
  readonly nodeTypes?: readonly NodeType[] | undefined;
}

/** Which nodes of the inventory the operation works on. */
export const selectNodes: AskShape<Screen, Answer, Given> = {
  screen: z.object({
    nodes: z.array(
      z.object({
        ...{ nodeId: z.string(), address: z.string(), type: z.enum(NODE_TYPES), system: groupName },
        clique: groupName.optional(),
      }),
    ),
    proposal: z.array(z.string()),
  }),
  answer: z.strictObject({ nodeIds: z.array(z.string().max(100)).min(1).max(100_000).describe('Nodes') }),
  propose: (screen, before) => before ?? { nodeIds: screen.proposal },
  obstacle: (screen) => (screen.nodes.length === 0 ? 'there is no node to select: the inventory is empty' : undefined),
  whyOff: (_screen, draft) => (draft && draft.nodeIds.length > 0 ? undefined : 'no node is selected'),
  names: {
    schemas: {
      nodes: z.array(shortText).min(1).max(100_000).optional(),
      /** Every node of these types. */
      nodeTypes: z.array(z.enum(NODE_TYPES)).min(1).optional(),
    },
    conflicts: ({ nodes, nodeTypes }) => [
      ...(nodes && nodeTypes ? [{ at: 'nodeTypes', message: 'give nodes or nodeTypes, not both' }] : []),
      ...namedTwice('nodes', nodes),
    ],
    answer: ({ nodes, nodeTypes }, screen) => {
      if (nodes) {
        const known = new Set(screen.nodes.map((node) => node.nodeId));
        const unknown = nodes.find((nodeId) => !known.has(nodeId));
        if (unknown !== undefined) {
          throw new PutError('node-unknown', `nodes: there is no node ${unknown}; there are ${someOf([...known])}`, {
            nodeId: unknown,
          });
        }
        return { nodeIds: nodes };
      }
      if (!nodeTypes) return { nodeIds: screen.proposal };
      const nodeIds = screen.nodes.filter((node) => nodeTypes.includes(node.type)).map((node) => node.nodeId);
      if (nodeIds.length === 0)
        throw new PutError('node-unknown', `nodeTypes: no node is of type ${nodeTypes.map(nodeTypeName).join(' or ')}`);
      return { nodeIds };
    },
  },
};
