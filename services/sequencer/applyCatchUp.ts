import { needsDecision } from '../../core/model/jobParts.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { queueNodes, setCells, setLeftOut, setStep } from './changes.ts';
import { allHeld, missedFrom } from './catchUp.ts';
import { keptOf, mayHaveBegun, undecided, unsettled, type Cell } from './cells.ts';
import { valueAt } from './column.ts';
import type { JobEvent } from './events.ts';
import { NOTHING_READY } from './readyQueue.ts';
import { cellOf, countsHere, currentStep, nodesHere, statusOf, type LeftOut, type SequencerState } from './state.ts';

/* Events about nodes that are held, come back, and catch up. */

/** What is said of a step that leaves a node alone because it is held. */
export function heldText({ user, reason }: Pick<LeftOut, 'user' | 'reason'>): string {
  return `held by ${user}: ${reason}`;
}

const indicesOf = (state: SequencerState, nodeIds: readonly string[]): number[] =>
  nodeIds.flatMap((nodeId) => state.nodes.indexOf[nodeId] ?? []);

/** Whether the current step works on nodes now, so that its cells are about the present attempt. */
function isAtWork(state: SequencerState): boolean {
  const { id } = currentStep(state);
  const { state: status, stuck } = statusOf(state, id);
  return (status === 'running' || status === 'attention') && !stuck && state.cells[id] !== undefined;
}

/** Nothing further is begun on the nodes; the step that they did not begin, or failed at, goes on without them. */
export function applyHold(state: SequencerState, event: JobEvent & { kind: 'held' }): SequencerState {
  const { id: stepId } = currentStep(state);
  const here = isAtWork(state) ? new Set(nodesHere(state)) : new Set<number>();
  const cells: (readonly [number, Cell])[] = [];
  const out: (readonly [number, LeftOut])[] = [];
  for (const index of indicesOf(state, event.nodeIds)) {
    const { reason, user } = event;
    const { from, state: bad, notBegun } = valueAt(state.leftOut, index) ?? {};
    const left: LeftOut = { stepId, reason, user, returns: 'held', from, state: bad, notBegun };
    const cell = here.has(index) ? cellOf(state, stepId, index) : undefined;
    const missed = { ...left, from: from ?? state.at.step };
    if (cell && needsDecision(cell)) {
      cells.push([index, { ...cell, state: 'ignored', ignoreReason: heldText(event), probe: undefined }]);
      out.push([index, { ...missed, state: cell.state as LeftOut['state'], notBegun: undefined }]);
    } else if (cell && isToCome(state, index, cell)) {
      cells.push([index, skippedCell(cell, left)]);
      out.push([index, missed]);
    } else out.push([index, left]);
  }
  const next = setLeftOut(setCells(state, stepId, cells), out);
  const counts = countsHere(next);
  // With nothing left to decide on or to begin, a step that stood at its limit is over.
  const nothing = counts && undecided(counts) + unsettled(counts) + counts.ignored === 0;
  return nothing ? backToWork(next) : next;
}

/** Whether the work of the current step on a node, or its probe, is still to begin. */
function isToCome(state: SequencerState, index: number, cell: Cell): boolean {
  const flight = valueAt(state.flights, index);
  const works = flight && !flight.lingers && !flight.aborted && flight.stepId === currentStep(state).id;
  return !works && (cell.state === 'waiting' || cell.state === 'unknown');
}

/** The cell of a node that the step leaves alone because it is held. */
export function skippedCell({ attempt, notBegun }: Pick<Cell, 'attempt' | 'notBegun'>, left: LeftOut): Cell {
  return { state: 'skipped', attempt, skipReason: heldText(left), ...(notBegun === undefined ? {} : { notBegun }) };
}

/**
 * Nodes that are out come back: at once where they missed nothing, or only the step that the job is at; otherwise they catch up at the next place for it. The
 * nodes that were never out stay as they are.
 */
export function bringBack(state: SequencerState, nodeIds: readonly string[]): SequencerState {
  const { id: stepId } = currentStep(state);
  const here = isAtWork(state) ? new Set(nodesHere(state)) : new Set<number>();
  const cells: (readonly [number, Cell])[] = [];
  const out: (readonly [number, LeftOut | undefined])[] = [];
  const isQuestionOpen = statusOf(state, stepId).state === 'input';
  let asksAnew = false;
  for (const index of indicesOf(state, nodeIds)) {
    const left = valueAt(state.leftOut, index);
    if (!left || left.rolledBack) continue;
    const cell = here.has(index) ? cellOf(state, stepId, index) : undefined;
    const from = missedFrom(state, left);
    const isOut = cell?.state === 'ignored' || cell?.state === 'skipped';
    // It missed all from the question on, which stands open without it.
    const isAsked = isQuestionOpen && from === state.at.step;
    asksAnew ||= isAsked;
    if (from === undefined || isAsked) out.push([index, undefined]);
    else if (cell && isOut && from === state.at.step) {
      out.push([index, undefined]);
      cells.push([index, againCell(cell, left.state)]);
    } else {
      const due: LeftOut = { ...left, returns: 'due', from, without: undefined };
      out.push([index, due]);
      // One that went on although it was ignored catches up first.
      if (cell && isToCome(state, index, cell)) cells.push([index, skippedCell(cell, due)]);
    }
  }
  const counts = countsHere(state);
  const goesOn = cells.length > 0 || (counts !== undefined && allHeld(state, counts));
  const next = setCells(setLeftOut(goesOn ? backToWork(state) : state, out), stepId, cells);
  if (asksAnew) return askAnew(next);
  return queueNodes(
    next,
    cells.map(([index]) => index),
  );
}

/** A question is asked of other nodes than it stands open for. */
export function askAnew(state: SequencerState): SequencerState {
  return setStep({ ...state, screen: undefined }, currentStep(state).id, {
    ...{ state: 'waiting', note: undefined, endedAtMs: undefined },
  });
}

/** A step that a person decided about goes on. One that could not begin has cells of the wave before at most: it is begun anew, or not at all. */
export function backToWork(state: SequencerState): SequencerState {
  const { id } = currentStep(state);
  const { state: status, stuck } = statusOf(state, id);
  return status === 'attention' && !stuck && state.cells[id]
    ? setStep(state, id, { state: 'running', note: undefined })
    : state;
}

/** The cell of a node that is tried again: what never began, and a failed run that told its end, may run at once; the others may have done the work unseen. */
export function againCell(cell: Cell, was: Cell['state'] | undefined): Cell {
  const { attempt, cause } = cell;
  return was === 'failed' || !mayHaveBegun(cell)
    ? { state: 'waiting', attempt, ...keptOf(cell) }
    : { state: 'unknown', attempt, cause, probe: true, ...keptOf(cell) };
}

/** Nodes go through what they missed, as if these steps had not begun; those that missed nothing after all take part again. */
export function beginCatchUp(state: SequencerState, event: JobEvent & { kind: 'catch-up-begun' }): SequencerState {
  const indices = indicesOf(state, event.nodeIds);
  const nodes = indices.flatMap((index): [number, number][] => {
    const from = valueAt(state.leftOut, index)?.from;
    return from !== undefined && from < state.at.step ? [[index, from]] : [];
  });
  const back = setLeftOut(
    state,
    indices.map((index) => [index, undefined]),
  );
  if (nodes.length === 0) return back;
  const begun = { ...back, catchUp: { nodes, returnTo: state.at } };
  return nextOfCatchUp(begun, Math.min(...nodes.map(([, from]) => from)));
}

/** The next step of a catch-up from a place on, among those that worked on nodes; or back to where the job goes on with all. */
export function nextOfCatchUp(state: SequencerState, from: number): SequencerState {
  const { catchUp } = state;
  if (!catchUp) return state;
  const steps = stepsOf(state.spec);
  const cleared: SequencerState = { ...state, screen: undefined, ready: NOTHING_READY, troubles: {} };
  for (let step = from; step < catchUp.returnTo.step; step += 1) {
    const { id = '' } = steps[step] ?? {};
    if (!state.cells[id]) continue;
    const at = { program: 'catch-up' as const, step, wave: 0 };
    return setStep({ ...cleared, at }, id, { state: 'waiting', endedAtMs: undefined, note: undefined });
  }
  return { ...cleared, at: catchUp.returnTo, catchUp: undefined };
}

/** The current step has work again; at a gate it is the last one of the wave before, and the gate is looked at anew once it is through. */
export function workAgain(state: SequencerState): SequencerState {
  const { id } = currentStep(state);
  if (!state.gate) return backToWork(state);
  return setStep({ ...state, gate: undefined }, id, { state: 'running', note: undefined, endedAtMs: undefined });
}
