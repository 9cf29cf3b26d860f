import { entriesOf } from '../sequencer/column.ts';
import { stepsShown, type SequencerState } from '../sequencer/state.ts';
import { WENT_BACK } from '../steps/guard.ts';

/** Nodes, by index, that are known to have gone back by themselves: a step found it out, or a person who confirmed them too late. */
export function nodesGoneBack(state: SequencerState): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const { wentBack } of state.confirmations ?? []) {
    for (const nodeId of wentBack) gone.add(state.nodes.indexOf[nodeId] ?? -1);
  }
  for (const { id } of stepsShown(state)) {
    const table = state.cells[id];
    if (!table) continue;
    for (const [index, { cause }] of entriesOf(table.column)) if (cause?.code === WENT_BACK) gone.add(index);
  }
  gone.delete(-1);
  return gone;
}
