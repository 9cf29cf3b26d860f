import { setCells, setFlights, setLeftOut, setStep } from './changes.ts';
import { cellAt, type Cell } from './cells.ts';
import { entriesOf } from './column.ts';
import type { JobEvent } from './events.ts';
import { NOTHING_READY } from './readyQueue.ts';
import { currentStep, nodesHere, stepsOfProgram, type SequencerState } from './state.ts';

/* Events that take back what steps did: the current one begins anew, a person goes back, or the nodes do. */

/** Running work is told to stop, and its end only frees its node. */
function abortFlights(state: SequencerState): SequencerState {
  return setFlights(
    state,
    [...entriesOf(state.flights)].map(([index, flight]) => [index, { ...flight, aborted: true }]),
  );
}

/** What a node was left out for at these steps does not hold any more. */
function takeBackIgnores(state: SequencerState, stepIds: ReadonlySet<string>): SequencerState {
  const backIn = [...entriesOf(state.leftOut)].filter(([, left]) => stepIds.has(left.stepId));
  return setLeftOut(
    state,
    backIn.map(([index]) => [index, undefined]),
  );
}

/** The current step begins anew, on the nodes of its wave. */
export function restartStep(state: SequencerState): SequencerState {
  const { id } = currentStep(state);
  const here = new Set(nodesHere(state));
  const aborted = takeBackIgnores(abortFlights(state), new Set([id]));
  const table = aborted.cells[id];
  if (!table)
    return setStep({ ...aborted, screen: undefined }, id, {
      state: 'waiting',
      note: undefined,
      endedAtMs: undefined,
      stuck: undefined,
    });
  const cells: (readonly [number, Cell])[] = [...here].map((index) => [
    index,
    { state: 'waiting', attempt: cellAt(table, index).attempt },
  ]);
  const next = setCells({ ...aborted, screen: undefined }, id, cells);
  return {
    ...setStep(next, id, { state: 'waiting', note: undefined, endedAtMs: undefined, stuck: undefined }),
    ready: NOTHING_READY,
    troubles: {},
  };
}

/** The steps from `stepId` to the current one are as if they had not begun. */
export function goBack(state: SequencerState, stepId: string): SequencerState {
  const steps = stepsOfProgram(state);
  const first = steps.findIndex((step) => step.id === stepId);
  if (first < 0) return state;
  const undone = new Set(steps.slice(first, state.at.step + 1).map((step) => step.id));
  let next: SequencerState = takeBackIgnores(abortFlights(state), undone);
  const cells = { ...next.cells };
  const attempts = { ...next.attempts };
  for (const id of undone) {
    const table = cells[id];
    if (table) {
      const last: Record<string, number> = { ...attempts[id] };
      for (const [index, cell] of entriesOf(table.column)) last[state.nodes.ids[index] ?? ''] = cell.attempt;
      attempts[id] = last;
      delete cells[id];
    }
    next = setStep(next, id, { state: 'waiting', note: undefined, endedAtMs: undefined, stuck: undefined });
  }
  return {
    ...next,
    cells,
    attempts,
    screen: undefined,
    ready: NOTHING_READY,
    troubles: {},
    at: { program: 'forward', step: first, wave: 0 },
  };
}

/** The rollback begins over the nodes that are named. */
export function beginRollback(state: SequencerState, event: JobEvent & { kind: 'rollback-asked' }): SequencerState {
  const indices = event.nodeIds.flatMap((nodeId) => state.nodes.indexOf[nodeId] ?? []);
  return {
    ...state,
    rollback: { user: event.user, reason: event.reason, indices },
    at: { program: 'rollback', step: 0, wave: 0 },
    gate: undefined,
    paused: undefined,
    screen: undefined,
    ready: NOTHING_READY,
    troubles: {},
  };
}
