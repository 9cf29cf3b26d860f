import { separated } from './separated.ts';
import type { CellCounts, CellState } from './job.ts';
import { STATE_WORDS } from './stateWords.ts';

/* How many nodes are in which state, by one definition for windows, putctl, reports and the sentences of putservices. */

/** States of nodes in the order in which they are shown. */
export const STATE_ORDER: readonly CellState[] = [
  'ok',
  'running',
  'waiting',
  'failed',
  'warned',
  'unreachable',
  'unknown',
  'ignored',
  'skipped',
];

/** States with what needs a person first: where nodes are put in order by state. */
export const STATES_BY_NEED: readonly CellState[] = [
  'failed',
  'unreachable',
  'unknown',
  'warned',
  'running',
  'waiting',
  'ok',
  'ignored',
  'skipped',
];

/** States of nodes that did not come through, and about which nothing was decided yet. */
export const TROUBLE_STATES: readonly CellState[] = ['failed', 'unreachable', 'unknown'];

/** Nodes that did not come through, and about which nothing was decided yet. */
export function nodesInTrouble(counts: CellCounts): number {
  return TROUBLE_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** All nodes that are counted. */
export function allNodes(counts: CellCounts): number {
  return STATE_ORDER.reduce((sum, state) => sum + counts[state], 0);
}

/** Nodes that a step is over for, whatever came of them: neither to come nor under way, and seen to have ended. */
export function endedNodes(counts: CellCounts): number {
  return allNodes(counts) - counts.waiting - counts.running - counts.unknown;
}

/**
 * Mean progress of all nodes in whole percents: one that it is over for counts 100, one that runs what it told last (`running`, each 0 to 100), any other
 * nothing. 100 stands for the end alone: it is over for every node, and of none unknown what became of it.
 */
export function meanPercent(counts: CellCounts, running: Iterable<number>): number {
  const [all, ended] = [allNodes(counts), endedNodes(counts)];
  if (ended === all) return 100;
  let sum = 100 * ended;
  for (const percent of running) sum += percent;
  return Math.min(MOST_BEFORE_END, Math.floor(sum / all));
}

/** Work that tells 100 % has still to be read back. */
const MOST_BEFORE_END = 99;

/** `6 done, 1 failed, 1 unreachable`; states that nothing is in are left out. */
export function countsText(counts: CellCounts): string {
  const there = STATE_ORDER.filter((state) => counts[state] > 0);
  return there.length === 0
    ? 'none'
    : there.map((state) => `${separated(counts[state])} ${STATE_WORDS[state]}`).join(', ');
}
