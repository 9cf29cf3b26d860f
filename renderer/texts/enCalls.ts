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
  inTheWay: {
    text: (nodes: number, names: string) =>
      `${names} ${nodes === 1 ? 'alone stands' : 'alone stand'} against this answer; the other nodes could go on.`,
    leaveOut: (nodes: number) => `Leave out ${plural(nodes, 'node', 'nodes')}…`,
    title: (nodes: number) => `Leave out ${plural(nodes, 'node', 'nodes')}?`,
    what: 'The operation goes on with the others. Plan and report name what was left out, and why; Back to before this step brings it in again.',
    confirm: 'Leave out',
  },
  calling: {
    /** A deed by the name of what it is about. */
    about: (deed: string, what: string) => `${deed}: ${what}`,
    warnings: 'Came through with a warning',
    accept: (count: number) => (count === 1 ? 'Accept' : `Accept ${separated(count)}`),
  },
};
