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

/** All nodes that are counted. */
export function allNodes(counts: CellCounts): number {
  return STATE_ORDER.reduce((sum, state) => sum + counts[state], 0);
}

/** Nodes that a step is over for, whatever came of them: neither to come nor under way, and seen to have ended. */
export function endedNodes(counts: CellCounts): number {
  return allNodes(counts) - counts.waiting - counts.running - counts.unknown;
}

/** `6 done, 1 failed, 1 unreachable`; states that nothing is in are left out. */
export function countsText(counts: CellCounts): string {
  const there = STATE_ORDER.filter((state) => counts[state] > 0);
  return there.length === 0 ? 'none' : there.map((state) => `${counts[state]} ${STATE_WORDS[state]}`).join(', ');
}
