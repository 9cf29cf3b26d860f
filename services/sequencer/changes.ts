import { attentionKey, NAMED_NODES, needsDecision } from '../../core/model/jobParts.ts';
import type { CellCause } from '../../core/model/job.ts';
import { cellAt, withCells, type Cell, type CellTable } from './cells.ts';
import { entriesOf, valueAt, withValues } from './column.ts';
import type { StartMode } from './events.ts';
import { withReady } from './readyQueue.ts';
import {
  currentStep,
  goesByWaves,
  isBad,
  waveOf,
  type Flight,
  type KnownNode,
  type LeftOut,
  type SequencerState,
  type StepStatus,
  type Trouble,
} from './state.ts';

/* Small changes of a state, that keep what is counted in step with what is there. */

/** The state with other cells at a step; equal failures of the current step are folded as they come. */
export function setCells(
  state: SequencerState,
  stepId: string,
  changes: readonly (readonly [index: number, cell: Cell])[],
): SequencerState {
  const table = state.cells[stepId];
  if (!table || changes.length === 0) return state;
  const next = { ...state, cells: { ...state.cells, [stepId]: withCells(table, changes, waveOf(state.nodes)) } };
  if (currentStep(state).id !== stepId) return next;
  const gone = changes.some(([index]) => needsDecision(cellAt(table, index)));
  return { ...next, troubles: gone ? troublesOf(next, stepId) : withTroubles(state.troubles, changes) };
}

function withTroubles(
  troubles: SequencerState['troubles'],
  changes: readonly (readonly [index: number, cell: Cell])[],
): SequencerState['troubles'] {
  let next: Record<string, Trouble> | undefined;
  for (const [index, cell] of changes) {
    if (!needsDecision(cell)) continue;
    next ??= { ...troubles };
    const cause = cell.cause ?? UNEXPLAINED;
    const state = cell.state as Trouble['state'];
    const key = attentionKey({ state, cause });
    const known = next[key];
    const first = known?.first ?? [];
    next[key] = {
      state,
      cause: known?.cause ?? cause,
      nodes: (known?.nodes ?? 0) + 1,
      first: first.length < NAMED_NODES ? [...first, index] : first,
    };
  }
  return next ?? troubles;
}

/** Folds the failures of a step anew. Walks its nodes: after what a person did. */
export function troublesOf(state: SequencerState, stepId: string): SequencerState['troubles'] {
  const table = state.cells[stepId];
  return table ? withTroubles({}, [...entriesOf(table.column)]) : {};
}

export const UNEXPLAINED: CellCause = { code: 'internal', message: 'no reason is known' };

export function setStep(state: SequencerState, stepId: string, change: Partial<StepStatus>): SequencerState {
  const before = state.steps[stepId] ?? { state: 'waiting', attempt: 0 };
  return { ...state, steps: { ...state.steps, [stepId]: { ...before, ...change } } };
}

export function setKnown(state: SequencerState, index: number, change: KnownNode): SequencerState {
  const before = valueAt(state.known, index);
  const changed = (Object.keys(change) as (keyof KnownNode)[]).some(
    (name) => change[name] !== undefined && before?.[name] !== change[name],
  );
  if (!changed) return state;
  const merged: KnownNode = {
    facts: change.facts ?? before?.facts,
    found: change.found ?? before?.found,
    foundAtMs: change.foundAtMs ?? before?.foundAtMs,
    service: change.service ?? before?.service,
  };
  return { ...state, known: withValues(state.known, [[index, merged]]) };
}

/** The state with other flights; undefined lands one. Whoever waits for the node at the current step becomes ready with it. */
export function setFlights(
  state: SequencerState,
  changes: readonly (readonly [index: number, flight: Flight | undefined])[],
): SequencerState {
  let { flying, lingering, ready } = state;
  for (const [index, flight] of changes) {
    const before = valueAt(state.flights, index);
    if (before) {
      if (before.lingers) lingering -= 1;
      else flying -= 1;
    }
    // A node whose work lingers is ready too: it begins with a look at that work.
    if (!flight || (flight.lingers && !flight.held)) ready = withReady(ready, [index]);
    if (flight?.lingers) lingering += 1;
    else if (flight) flying += 1;
  }
  return { ...state, flights: withValues(state.flights, changes), flying, lingering, ready };
}

/** Whether a node's cell at the current step may begin now, or be probed. */
export function isReady(state: SequencerState, table: CellTable, index: number): boolean {
  const flight = valueAt(state.flights, index);
  if (flight && (!flight.lingers || flight.held)) return false;
  if (goesByWaves(state, currentStep(state).id) && waveOf(state.nodes)(index) !== state.at.wave) return false;
  const cell = cellAt(table, index);
  return cell.state === 'waiting' || (cell.state === 'unknown' && cell.probe === true);
}

/** The state in which some nodes wait for their turn. */
export function queueNodes(state: SequencerState, indices: readonly number[]): SequencerState {
  return indices.length === 0 ? state : { ...state, ready: withReady(state.ready, indices) };
}

/** How the next piece of work on a node that is ready begins. */
export function startMode(state: SequencerState, table: CellTable, index: number): StartMode {
  const flight = valueAt(state.flights, index);
  const cell = cellAt(table, index);
  if (!flight) return cell.state === 'unknown' ? 'probe' : 'run';
  const same = flight.stepId === currentStep(state).id && flight.attempt === cell.attempt;
  return same && cell.state === 'unknown' ? 'probe' : 'look';
}

/** The state with nodes left out, or back in, and their count. */
export function setLeftOut(
  state: SequencerState,
  changes: readonly (readonly [number, LeftOut | undefined])[],
): SequencerState {
  const of = waveOf(state.nodes);
  const leftOutNodes = [...state.leftOutNodes];
  const notBegunNodes = [...state.notBegunNodes];
  const count = (left: LeftOut | undefined, wave: number, by: number): void => {
    if (left && isBad(left)) leftOutNodes[wave] = (leftOutNodes[wave] ?? 0) + by;
    if (left?.notBegun) notBegunNodes[wave] = (notBegunNodes[wave] ?? 0) + by;
  };
  for (const [index, left] of changes) {
    const wave = of(index);
    count(valueAt(state.leftOut, index), wave, -1);
    count(left, wave, 1);
  }
  return { ...state, leftOut: withValues(state.leftOut, changes), leftOutNodes, notBegunNodes };
}

/** Kept beside the counts for checks: what the current step needs a person for, folded anew. */
export function refoldedTroubles(state: SequencerState): SequencerState['troubles'] {
  return troublesOf(state, currentStep(state).id);
}
