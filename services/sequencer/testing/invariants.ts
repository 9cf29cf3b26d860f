import { isDeepStrictEqual } from 'node:util';
import { needsDecision } from '../../../core/model/jobParts.ts';
import { stepsOf } from '../../../core/model/operationSpec.ts';
import { refoldedTroubles } from '../changes.ts';
import { awaitsApproval } from '../approval.ts';
import { cellAt, recounted, undecided, unsettled, type Cell } from '../cells.ts';
import { allHeld, returning, waitedFor } from '../catchUp.ts';
import { entriesOf, valueAt } from '../column.ts';
import { AFTER_THE_END, type JobEvent } from '../events.ts';
import { goingBackOf } from '../goingBack.ts';
import { whyNotContinue } from '../requests.ts';
import { heldByWindow } from '../runWindow.ts';
import { limitReached } from '../failureLimit.ts';
import {
  cellOf,
  countsHere,
  currentStep,
  hasUnsettled,
  isBad,
  isOnTheWay,
  isOver,
  nodesAtOnce,
  statusOf,
  stepsShown,
  waveOf,
  type SequencerState,
} from '../state.ts';

/* What holds after every event of every job, whatever happened to it. */

/** News of work that lingered. */
const LATE_NEWS: readonly JobEvent['kind'][] = ['cell-ended', 'cell-probed', 'work-lingers'];

/** What an event broke, in words; undefined where everything holds. */
export function brokenBy(event: JobEvent, before: SequencerState, after: SequencerState): string | undefined {
  if (after.eventNumber !== before.eventNumber + 1) return 'an event has no number of its own';
  if (isOver(before) && ![...AFTER_THE_END, ...LATE_NEWS].includes(event.kind))
    return `${event.kind} comes after the end`;
  if (event.kind === 'step-ended' && before.cells[event.stepId] && hasUnsettled(before))
    return `${event.stepId} ends over nodes that are still to come`;
  return (
    countsOff(after) ??
    openAfterEnd(after) ??
    historyRewritten(before, after) ??
    flightsOff(before, after, event) ??
    troublesOff(after) ??
    returnsOff(before, after, event) ??
    goingBackOff(after) ??
    (after.drivesSince > after.eventNumber ? 'somebody drives since an event to come' : undefined)
  );
}

/** Nothing waits or runs in a job that is over. */
function openAfterEnd(state: SequencerState): string | undefined {
  if (!isOver(state)) return undefined;
  const step = stepsShown(state).find(({ id }) => {
    const open = ['waiting', 'input', 'running', 'attention'].includes(statusOf(state, id).state);
    return open || state.cells[id]?.waves.some((counts) => unsettled(counts) > 0);
  });
  return step && `${step.id} is not over, and the job is`;
}

/** Counts are what the cells say. */
export function countsOff(state: SequencerState): string | undefined {
  const of = waveOf(state.nodes);
  const nodes = state.nodes.waves.reduce((sum, wave) => sum + wave, 0);
  if (nodes !== state.nodes.ids.length) return 'the waves are not the selection';
  for (const [stepId, table] of Object.entries(state.cells)) {
    if (!isDeepStrictEqual(recounted(table, of), table.waves)) return `counts of ${stepId} do not add up`;
  }
  const [left, notBegun] = [state.nodes.waves.map(() => 0), state.nodes.waves.map(() => 0)];
  for (const [index, out] of entriesOf(state.leftOut)) {
    if (isBad(out)) left[of(index)] = (left[of(index)] ?? 0) + 1;
    if (out.notBegun) notBegun[of(index)] = (notBegun[of(index)] ?? 0) + 1;
  }
  return isDeepStrictEqual([left, notBegun], [state.leftOutNodes, state.notBegunNodes])
    ? undefined
    : 'nodes left out are miscounted';
}

const over = (cell: Cell): boolean => cell.endedAtMs !== undefined;

/** An attempt keeps its number and its beginning, and one that came to a good end is not a bad one later. */
function historyRewritten(before: SequencerState, after: SequencerState): string | undefined {
  if (before.nodes.ids !== after.nodes.ids) return undefined;
  for (const [stepId, table] of Object.entries(after.cells)) {
    const known = before.cells[stepId];
    if (!known || known === table) continue;
    for (const [index, cell] of entriesOf(table.column)) {
      const was = cellAt(known, index);
      if (was === cell) continue;
      const what = `attempt ${was.attempt} of ${stepId} on ${after.nodes.ids[index] ?? ''}`;
      if (cell.attempt < was.attempt) return `${what} was followed by ${cell.attempt}`;
      if (cell.attempt !== was.attempt) continue;
      if (cell.startedAtMs !== undefined && was.startedAtMs !== undefined && cell.startedAtMs !== was.startedAtMs)
        return `${what} began at another time than was told`;
      const good = was.state === 'ok' || was.state === 'warned';
      if (good && over(was) && (cell.state === 'failed' || cell.state === 'running'))
        return `${what} was ${was.state} and is ${cell.state}`;
    }
  }
  return undefined;
}

function flightsOff(before: SequencerState, after: SequencerState, event: JobEvent): string | undefined {
  const flights = [...entriesOf(after.flights)];
  if (flights.filter(([, flight]) => !flight.lingers).length !== after.flying) return 'flying is miscounted';
  if (flights.filter(([, flight]) => flight.lingers).length !== after.lingering) return 'lingering is miscounted';
  const twice = flights.find(([index]) => Object.hasOwn(after.strays, after.nodes.ids[index] ?? ''));
  if (twice) return `${after.nodes.ids[twice[0]] ?? ''} has two pieces of work`;
  if (event.kind !== 'cells-started') return undefined;
  if (after.flying > Math.max(nodesAtOnce(after, currentStep(after)), before.flying))
    return 'more nodes at once than allowed';
  if (before.paused) return 'work begins although the job is paused';
  const limit = limitReached(before);
  const begun = event.cells.some(({ nodeId }) => {
    const index = after.nodes.indexOf[nodeId] ?? -1;
    return cellOf(before, event.stepId, index)?.attempt === 0;
  });
  return limit === undefined || !begun ? undefined : `work begins although ${limit}`;
}

/** A step that the node was held at. */
const missed = (cell: Cell | undefined): boolean => cell?.skipReason?.startsWith('held by ') === true;

/** Nothing is begun on a node that is held, or after a step that it missed; who catches up does it to the end before the job goes on. */
function returnsOff(before: SequencerState, after: SequencerState, event: JobEvent): string | undefined {
  const { program } = after.at;
  if (program === 'forward' && after.catchUp) return 'the job goes on amid a catch-up';
  if (program === 'catch-up' && !after.catchUp) return 'nobody catches up';
  if (event.kind === 'job-ended' && !after.exit && program === 'forward' && returning(after).due.length > 0)
    return 'the job ends before nodes caught up';
  if (event.kind !== 'cells-started' || !isOnTheWay(after)) return undefined;
  const steps = stepsOf(after.spec).slice(0, after.at.step);
  for (const { nodeId, mode } of event.cells) {
    const index = after.nodes.indexOf[nodeId] ?? -1;
    const left = valueAt(before.leftOut, index);
    if (mode === 'run' && left?.returns) return `${event.stepId} begins on ${nodeId}, which is ${left.returns}`;
    const without = steps.find((step) => missed(cellOf(after, step.id, index)));
    if (mode === 'run' && without) return `${event.stepId} begins on ${nodeId}, which missed ${without.id}`;
  }
  return undefined;
}

/** Nodes that go back by themselves are counted as they are, and none does so before the time that is told. */
function goingBackOff(state: SequencerState): string | undefined {
  const times = state.goesBack ? [...entriesOf(state.goesBack)].map(([, atMs]) => atMs) : [];
  const told = goingBackOf(state);
  if ((told?.nodes ?? 0) !== times.length) return 'nodes that go back by themselves are miscounted';
  return told && told.firstAtMs > Math.min(...times) ? 'a node goes back before the time that is told' : undefined;
}

/** What needs a person is folded as its cells are. */
function troublesOff(state: SequencerState): string | undefined {
  if (isOver(state)) return undefined;
  const sum = (troubles: SequencerState['troubles']): Record<string, number> =>
    Object.fromEntries(Object.entries(troubles).map(([key, trouble]) => [key, trouble.nodes]));
  return isDeepStrictEqual(sum(state.troubles), sum(refoldedTroubles(state))) ? undefined : 'troubles are miscounted';
}

/**
 * True where a job that came to rest is not over, nothing is under way (`underWay`: work or a timer), and no person is asked: it would stand there for
 * ever. What it asks for has a reason, and a way on or a reason against it.
 */
export function waitsForNothing(state: SequencerState, underWay: boolean): boolean {
  if (isOver(state) || underWay || state.paused) return false;
  if (state.gate) return state.gate.state !== 'held' || !state.gate.reason;
  if (waitedFor(state).length > 0) return false;
  if (awaitsApproval(state)) return state.approval?.asked === undefined;
  const held = heldByWindow(state);
  if (held !== undefined) return held === 'early';
  const at = currentStep(state);
  const status = statusOf(state, at.id);
  if (status.state === 'input') return state.screen === undefined;
  if (status.state !== 'attention') return true;
  if (status.stuck) return !status.note;
  const counts = countsHere(state);
  if (!counts) return true;
  if (undecided(counts) > 0) {
    const table = state.cells[at.id];
    const open = table ? [...entriesOf(table.column)].filter(([, cell]) => needsDecision(cell)) : [];
    return open.some(([, cell]) => !cell.cause?.message);
  }
  if (unsettled(counts) > 0) return limitReached(state) === undefined;
  if (allHeld(state, counts)) return false;
  return counts.ignored === 0 && whyNotContinue(state) === undefined;
}

/** Equal after JSON, as a snapshot is. */
export function sameState(a: SequencerState, b: SequencerState): boolean {
  const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
  return textA === textB || isDeepStrictEqual(JSON.parse(textA), JSON.parse(textB));
}
