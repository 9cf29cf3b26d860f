import { z } from 'zod';
import type { GroupName } from '../model/groupName.ts';
import { NODE_TYPES, type NodeType } from '../model/node.ts';
import { PutError } from '../protocol/errors.ts';
import { groupName, shortText } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

/** A system that the selected nodes form. */
export interface FoundSystem {
  readonly system: GroupName;
  readonly groupingKey: string;
  readonly groups: readonly { readonly type: NodeType; readonly nodeIds: readonly string[] }[];
}
interface Screen {
  readonly systems: readonly FoundSystem[];
  /** What the nodes said of themselves that a person should know; absent: nothing. */
  readonly warnings?: readonly string[] | undefined;
}
interface Answer {
  /** Other types than found, by node id. */
  readonly types: Readonly<Record<string, NodeType>>;
}

const nodeType = z.enum(NODE_TYPES);

/** The systems that the nodes form, and the types of nodes, to be confirmed or changed. */
export const groupNodes: AskShape<Screen, Answer, { readonly types?: Readonly<Record<string, NodeType>> | undefined }> =
  {
    screen: z.object({
      systems: z.array(
        z.object({
          ...{ system: groupName, groupingKey: z.string() },
          groups: z.array(z.object({ type: nodeType, nodeIds: z.array(z.string()) })),
        }),
      ),
      warnings: z.array(z.string()).optional(),
    }),
    answer: z.strictObject({
      types: z.record(z.string().max(100), nodeType).default({}).describe('Other types than found, by node'),
    }),
    propose: (_screen, before) => before ?? { types: {} },
    names: {
      schemas: { types: z.record(shortText, nodeType).optional() },
      answer: ({ types = {} }, _screen, isSelected) => {
        const unknown = Object.keys(types).find((nodeId) => !isSelected(nodeId));
        if (unknown !== undefined)
          throw new PutError('node-unknown', `types: ${unknown} is not a selected node`, { nodeId: unknown });
        return { types };
      },
    },
  };
