import { setFlights, setLeftOut } from './changes.ts';
import { waitingCells, withCells } from './cells.ts';
import { entriesOf } from './column.ts';
import type { AnswerEffects } from './events.ts';
import {
  freshSelection,
  noneLeftOut,
  waveOf,
  type Flight,
  type LeftOut,
  type NodeTable,
  type SequencerState,
} from './state.ts';

/* What answers make of the nodes of a job: which they are, of what type, in which wave. */

/** Another selection: what runs on its nodes from before stays known, so that nothing is begun beside it. */
export function withSelection(state: SequencerState, nodes: NodeTable): SequencerState {
  const next: SequencerState = {
    ...state,
    ...freshSelection(nodes),
    cells: {},
    flying: 0,
    lingering: 0,
    wavesAnswered: undefined,
    waveStops: undefined,
    // Before anything is changed no node goes back by itself.
    goesBack: undefined,
    goesBackCounts: undefined,
  };
  const strays: Record<string, Flight> = { ...state.strays };
  for (const [index, flight] of entriesOf(state.flights)) strays[state.nodes.ids[index] ?? ''] = flight;
  const flights: (readonly [number, Flight])[] = [];
  for (const [nodeId, flight] of Object.entries(strays)) {
    const index = nodes.indexOf[nodeId];
    if (index === undefined) continue;
    flights.push([index, flight]);
    delete strays[nodeId];
  }
  return stillHeld(setFlights({ ...next, strays }, flights), state);
}

/** What a person holds stays held, whatever else is forgotten of the nodes. */
function stillHeld(state: SequencerState, before: SequencerState): SequencerState {
  const held = [...entriesOf(before.leftOut)].flatMap(([index, left]): [number, LeftOut][] => {
    const now = state.nodes.indexOf[before.nodes.ids[index] ?? ''];
    const { stepId, reason, user } = left;
    return left.returns === 'held' && now !== undefined ? [[now, { stepId, reason, user, returns: 'held' }]] : [];
  });
  return setLeftOut(state, held);
}

/** The nodes with other types and systems. */
export function assigned(nodes: NodeTable, changes: NonNullable<AnswerEffects['assign']>): NodeTable {
  const entries = [...nodes.entries];
  for (const [nodeId, change] of Object.entries(changes)) {
    const index = nodes.indexOf[nodeId];
    const entry = index === undefined ? undefined : entries[index];
    if (index !== undefined && entry) entries[index] = { ...entry, ...change };
  }
  return { ...nodes, entries };
}

/** Nodes that no wave names go in the last one. */
export function withWaves(state: SequencerState, waves: readonly (readonly string[])[]): SequencerState {
  const given = waves.filter((wave) => wave.length > 0);
  const waveOfNode = state.nodes.ids.map(() => Math.max(0, given.length - 1));
  for (const [wave, nodeIds] of given.entries()) {
    for (const nodeId of nodeIds) {
      const index = state.nodes.indexOf[nodeId];
      if (index !== undefined) waveOfNode[index] = wave;
    }
  }
  const sizes = given.map((_, wave) => waveOfNode.filter((one) => one === wave).length);
  const nodes: NodeTable =
    given.length < 2
      ? { ...state.nodes, waveOf: undefined, waves: [state.nodes.ids.length] }
      : { ...state.nodes, waveOf: waveOfNode, waves: sizes };
  const of = waveOf(nodes);
  const cells = Object.fromEntries(
    Object.entries(state.cells).map(([stepId, table]) => [
      stepId,
      withCells(waitingCells(nodes.waves), [...entriesOf(table.column)], of),
    ]),
  );
  const uncounted = { ...state, nodes, cells, ...noneLeftOut(nodes), wavesAnswered: undefined, waveStops: undefined };
  return setLeftOut(uncounted, [...entriesOf(state.leftOut)]);
}
