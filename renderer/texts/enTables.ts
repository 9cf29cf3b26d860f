import { separated } from './plural.ts';

/** Words of commands, previews and tables of steps. */
export const tableTexts = {
  command: {
    group: 'Command',
    line: 'Command line',
    lineText: 'It runs on every selected node by its shell (sh -c), as the user that PUT works as there.',
    deadline: 'Deadline on a node',
    deadlineText: 'Such as 90 s, 10 min or 2 h. A command that takes longer is stopped and counts as failed.',
    okCodes: 'Exit codes that mean success',
    warnedCodes: 'Exit codes that mean a warning',
    codesText: 'Such as 0, 3-5. Any other code, or a signal, means that the node failed.',
  },
  preview: {
    title: 'What will be done',
    accept: 'I have read what will be done.',
  },
  outputs: {
    title: 'Outputs',
    text: 'Nodes that said the same are together, most nodes first. What is kept of a node’s output is its log.',
    none: 'No node has said anything yet.',
    differs: 'differs',
    rest: (inAll: string) => `${inAll}: see the log of a node`,
    silent: 'no output',
    nodes: (count: number) => (count === 1 ? '1 node' : `${separated(count)} nodes`),
  },
  versions: {
    title: 'Versions',
    text: 'What is where, as last read. What differs between nodes of one type comes first.',
    onlyDifferences: 'Only differences',
    none: 'Nodes of one type have the same packages.',
    columns: {
      package: 'Package',
      arch: 'Arch',
      type: 'Type',
      version: 'Version',
      nodes: 'Nodes',
      of: 'Of',
      names: 'Names',
    },
    differs: 'differs',
    noVersion: 'none',
  },
  more: (shown: number, total: number) => `${separated(shown)} of ${separated(total)} rows are shown.`,
  showMore: 'Show more',
  csv: 'Save as CSV',
  json: 'Save as JSON',
  fileOf: (what: string, jobNumber: number) => `${what}-job-${jobNumber}`,
  copy: (rows: number) => (rows === 1 ? 'Copy the row' : `Copy ${separated(rows)} rows`),
  reset: 'Columns and order as at first',
  menu: (label: string) => `Columns and export: ${label}`,
  rowsMenu: (rows: string) => `What can be done with ${rows} marked`,
  columns: 'Columns',
  folded: 'no room here',
  chosen: 'Chosen',
  sort: (title: string) => `Sort by ${title}; Alt and an arrow change the width`,
  widen: 'Drag for another width; a double click sets it back',
  saved: (path: string) => `Saved: ${path}`,
  reading: 'Reading the table.',
};

/** Words of finding nodes of a system. */
export const nodeFilterTexts = {
  label: 'Find nodes',
  find: 'Find a node, type, software or service',
  all: 'All',
  reachable: { yes: 'Reached', no: 'Not reached', unknown: 'Not asked yet' },
};
