import { PACKAGE_WORDS } from '../../core/model/stateWords.ts';
import { plural } from './plural.ts';

/** Texts of the package results. */
export const packageTexts = {
  title: 'Package results',
  none: 'The packages are known after Select Packages.',
  ignoreTitle: (name: string, count: number) => `Ignore ${name} on ${plural(count, 'node', 'nodes')}?`,
  ignoreText:
    'The nodes go on without this package, with a new attempt at the others. It counts as ignored there, not as done.',
  namesNone: (name: string) =>
    `No failure names ${name}, so it cannot be ignored alone. Retry, or ignore the nodes: Map or Table.`,
  columns: {
    package: 'Package',
    version: 'Version',
    successful: 'Successful',
    warned: 'With warnings',
    fail: 'Fail',
    ignored: 'Ignored',
    'rolled-back': 'Rolled back',
    skipped: 'Skipped',
    unreachable: 'Unreachable',
    unknown: 'Unknown',
    running: 'Running',
    waiting: 'Waiting',
    nodes: 'Nodes',
    actions: 'Actions',
  },
  outcomes: PACKAGE_WORDS,
  expand: (name: string) => `Nodes of ${name}`,
};
