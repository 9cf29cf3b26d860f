import type { WrittenOperation } from '../operationSpec.ts';

/** Settings of every operation that works on many nodes. */
export const NODE_SETTINGS: NonNullable<WrittenOperation['settings']> = {
  nodesAtOnce: {
    type: 'integer',
    default: 64,
    least: 1,
    most: 1024,
    help: 'Nodes that are worked on at the same time.',
  },
  stopAt: {
    type: 'failures',
    optional: true,
    help: 'Failed and unreachable nodes, of a wave and of the job, at which no further node is begun.',
  },
};
