import { plural, separated } from './plural.ts';

/** Words of the search through the logs of all nodes. */
export const logTexts = {
  title: 'What nodes said',
  search: 'Search the logs of all nodes',
  go: 'Search',
  empty: 'Type a text, and Enter: the nodes that said it are found, with their last such lines.',
  searching: (searched: number, found: number) =>
    `${plural(searched, 'node', 'nodes')} looked through, ${separated(found)} with it…`,
  found: (found: number, searched: number) =>
    `${plural(found, 'node', 'nodes')} with it; ${plural(searched, 'node', 'nodes')} looked through.`,
  hidden: (count: number) => `${plural(count, 'of them is', 'of them are')} filtered away.`,
  more: 'Search on',
  stopped: 'Not all nodes are looked through.',
  thisStep: (title: string) => `Only ${title}`,
  columns: { lines: 'Lines', time: 'Last', step: 'Step', text: 'What it said last' },
};
