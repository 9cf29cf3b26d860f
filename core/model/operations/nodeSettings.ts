import type { WrittenOperation } from '../operationSpec.ts';

/** Settings of every operation that works on many nodes. */
export const NODE_SETTINGS: NonNullable<WrittenOperation['settings']> = {
  stopAt: {
    type: 'failures',
    optional: true,
    help: 'Failed and unreachable nodes, of a wave and of the job, at which no further node is begun.',
  },
  nodesAtOnce: {
    type: 'integer',
    default: 64,
    least: 1,
    most: 1024,
    help: 'Nodes that are worked on at the same time.',
  },
};

/** Settings of operations that change nodes: in waves, and in a time for it. */
export const WAVE_SETTINGS: NonNullable<WrittenOperation['settings']> = {
  notBefore: {
    type: 'instant',
    optional: true,
    help: 'Nothing on the nodes is changed before this time; what can be prepared is prepared meanwhile.',
  },
  notAfter: {
    type: 'instant',
    optional: true,
    help: 'No wave is begun after this time: a person is asked. What has begun is brought to its end.',
  },
  waves: {
    type: 'waves',
    optional: true,
    help: 'Groups of nodes that are worked on one after the other: by system, type, clique, so many or a share, perhaps a canary first.',
  },
  ...NODE_SETTINGS,
};
