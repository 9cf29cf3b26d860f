import { plural, separated } from './plural.ts';

/** Words of what calls for a person at a step. */
export const callTexts = {
  calls: 'What the operation says and asks',
  needsYou: 'Needs you',
  toDecide: 'To decide, while the others go on',
  decided: 'Decided, or over by now.',
  silentNodes: 'Nodes that say nothing',
  retryCount: (count: number) => (count === 1 ? 'Retry' : `Retry ${separated(count)}`),
  silentWork: 'Its work runs and tells nothing.',
  moreSilent: (count: number) => `${plural(count, 'more node is', 'more nodes are')} silent.`,
  calling: {
    warnings: 'Came through with a warning',
    accept: (count: number) => (count === 1 ? 'Accept' : `Accept ${separated(count)}`),
  },
};
