import { limitInNodes } from '../../core/model/failurePolicy.ts';
import { needsDecision } from '../../core/model/jobParts.ts';
import type { StopAt } from '../../core/model/jobSettings.ts';
import { cellAt, undecided, type CellTable, type WaveCounts } from './cells.ts';
import { entriesOf } from './column.ts';
import { currentStep, goesByWaves, isBad, MACHINE_SETTINGS, waveOf, type SequencerState } from './state.ts';

/* The limit of failures, at which no further node is begun. */

/** Nodes of a wave that the job goes on with, or went on with: without those that were left out of a question before anything was begun on them. */
const ofLimit = (state: SequencerState, wave: number): number =>
  (state.nodes.waves[wave] ?? 0) - (state.notBegunNodes[wave] ?? 0);

/**
 * Why no further node may be begun, in words; undefined where one may. Nodes left out or held count where they failed or were away, each once. A node that was
 * left out before anything was begun on it failed at nothing: it counts neither as a failure nor among the nodes that a share is of.
 */
export function limitReached(state: SequencerState): string | undefined {
  const stopAt = state.settings[MACHINE_SETTINGS.stopAt] as StopAt | undefined;
  const table = state.cells[currentStep(state).id];
  if (!stopAt || !table || state.limitLifted) return undefined;
  if (state.at.program !== 'forward' && state.at.program !== 'catch-up') return undefined;
  const { wave } = state.at;
  const ofWave = ofLimit(state, wave);
  if (goesByWaves(state, currentStep(state).id) && stopAt.wave) {
    const most = limitInNodes(stopAt.wave, ofWave);
    const bad = badNodes(state, table, [wave], most);
    if (bad.nodes >= most) return limitText(bad, `${ofWave} nodes of wave ${wave + 1}`, most);
  }
  if (!stopAt.job) return undefined;
  const ofJob = state.nodes.waves.reduce((sum, _, at) => sum + ofLimit(state, at), 0);
  const most = limitInNodes(stopAt.job, ofJob);
  const bad = badNodes(state, table, [...table.waves.keys()], most);
  return bad.nodes >= most ? limitText(bad, `${ofJob} nodes`, most) : undefined;
}

interface BadNodes {
  readonly nodes: number;
  /** Some of them went back to where they were before. */
  readonly rolledBack: boolean;
}

function limitText({ nodes, rolledBack }: BadNodes, of: string, most: number): string {
  const what = rolledBack ? 'failed, cannot be reached or went back' : 'failed or cannot be reached';
  return `${nodes} of ${of} ${what}; it stops at ${most}`;
}

/** Failed, left-out and rolled-back nodes of some waves. Exact from `most` on; below it a node that is both may count twice, which decides nothing. */
function badNodes(state: SequencerState, table: CellTable, waves: readonly number[], most: number): BadNodes {
  const sum = waves.reduce(
    (bad, wave) =>
      bad +
      undecided(table.waves[wave] as WaveCounts) +
      (state.leftOutNodes[wave] ?? 0) -
      (state.notBegunNodes[wave] ?? 0),
    0,
  );
  if (sum < most) return { nodes: sum, rolledBack: false };
  // One that was left out before and went on may have failed again. Looked for only here, where next to nothing is begun any more.
  const of = waveOf(state.nodes);
  let twice = 0;
  let rolledBack = false;
  for (const [index, left] of entriesOf(state.leftOut)) {
    if (!isBad(left) || !waves.includes(of(index))) continue;
    if (needsDecision(cellAt(table, index))) twice += 1;
    if (left.rolledBack) rolledBack = true;
  }
  return { nodes: sum - twice, rolledBack };
}
