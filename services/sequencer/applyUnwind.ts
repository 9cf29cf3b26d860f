import { needsDecision } from '../../core/model/jobParts.ts';
import {
  queueNodes,
  refoldedTroubles,
  setCells,
  setFlights,
  setLeftOut,
  setStep,
  troublesOf,
  UNEXPLAINED,
} from './changes.ts';
import { cellAt, type Cell } from './cells.ts';
import { entriesOf, valueAt, withValues } from './column.ts';
import type { JobEvent } from './events.ts';
import { NOTHING_READY } from './readyQueue.ts';
import {
  currentStep,
  nodesHere,
  statusOf,
  stepsOfProgram,
  type LeftOut,
  type Position,
  type SequencerState,
} from './state.ts';

/* Events that take back what steps did: the current one begins anew, a person goes back, or the nodes do. */

/** Running work is told to stop, and its end only frees its node. */
function abortFlights(state: SequencerState): SequencerState {
  return setFlights(
    state,
    [...entriesOf(state.flights)].map(([index, flight]) => [index, { ...flight, aborted: true }]),
  );
}

/** What these nodes were left out for at these steps does not hold any more, nor what was given up on them there. */
function takeBackIgnores(
  state: SequencerState,
  stepIds: ReadonlySet<string>,
  isOf: (index: number) => boolean = () => true,
): SequencerState {
  const backIn = [...entriesOf(state.leftOut)].filter(
    ([index, left]) => isOf(index) && stepIds.has(left.stepId) && !left.rolledBack && !left.returns,
  );
  const items = [...entriesOf(state.ignoredItems)].flatMap(([index, ignored]) => {
    const left = ignored.filter(({ stepId }) => !isOf(index) || stepId === undefined || !stepIds.has(stepId));
    return left.length < ignored.length ? [[index, left.length > 0 ? left : undefined] as const] : [];
  });
  return setLeftOut(
    { ...state, ignoredItems: withValues(state.ignoredItems, items) },
    backIn.map(([index]) => [index, undefined]),
  );
}

/** The current step begins anew, on the nodes of its wave. */
export function restartStep(state: SequencerState): SequencerState {
  const { id } = currentStep(state);
  const here = new Set(nodesHere(state));
  const aborted = takeBackIgnores(abortFlights(state), new Set([id]), (index) => here.has(index));
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

/** What nodes missed from a step on is to come again: those that were to catch up just that take part. */
function missedAgain(state: SequencerState, first: number): SequencerState {
  const changes = [...entriesOf(state.leftOut)].flatMap(([index, left]): [number, LeftOut | undefined][] => {
    if (left.returns === undefined || left.from === undefined || left.from < first) return [];
    return [[index, left.returns === 'due' ? undefined : { ...left, from: undefined, state: undefined }]];
  });
  return setLeftOut(state, changes);
}

/** The steps from `stepId` to the current one are as if they had not begun. */
export function goBack(state: SequencerState, stepId: string): SequencerState {
  const steps = stepsOfProgram(state);
  const first = steps.findIndex((step) => step.id === stepId);
  if (first < 0) return state;
  const undone = new Set(steps.slice(first, state.at.step + 1).map((step) => step.id));
  let next: SequencerState = missedAgain(takeBackIgnores(abortFlights(state), undone), first);
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

/** A job that had ended goes on, driven by who asked for it. */
function reopened(state: SequencerState, user: string): SequencerState {
  const { eventNumber: drivesSince } = state;
  const over = { endedAtMs: undefined, report: undefined, exit: undefined, catchUp: undefined };
  return { ...state, ...over, driver: user, drivesSince };
}

/** The rollback begins over the nodes that are named, after the end of the job too; the steps of its program are as if they had not begun. */
export function beginRollback(state: SequencerState, event: JobEvent & { kind: 'rollback-asked' }): SequencerState {
  const indices = event.nodeIds.flatMap((nodeId) => state.nodes.indexOf[nodeId] ?? []);
  const { at, gate, paused, endedAtMs, report } = state;
  const returnTo = event.then === 'go-on' ? { returnTo: { at, gate, paused } } : {};
  const ended = endedAtMs === undefined ? {} : { ended: { report, atMs: endedAtMs } };
  let next = setLeftOut(
    endedAtMs === undefined ? state : reopened(state, event.user),
    indices.map((index) => [index, undefined]),
  );
  for (const { id } of state.spec.rollback)
    next = setStep(next, id, { state: 'waiting', note: undefined, endedAtMs: undefined });
  const begun: SequencerState = {
    ...next,
    rollback: { user: event.user, reason: event.reason, indices, ...returnTo, ...ended },
    at: { program: 'rollback', step: 0, wave: 0 },
    gate: undefined,
    paused: undefined,
    screen: undefined,
    ready: NOTHING_READY,
  };
  // A rollback that was exited left what its first step came to, which stands there until it begins anew.
  return { ...begun, troubles: refoldedTroubles(begun) };
}

/** The steps of the rollback are through: its nodes take part in nothing more, and the others go on where the job was. */
export function endRollback(state: SequencerState): SequencerState {
  const { rollback } = state;
  if (!rollback) return state;
  const { indices, returnTo, user } = rollback;
  const at: Position = returnTo?.at ?? { program: 'forward', step: 0, wave: 0 };
  const { id } = currentStep({ ...state, at });
  const reason = `rolled back, as ${user} asked: ${rollback.reason}`;
  // One that a person gave up on the way back keeps that as its reason.
  const out = indices.flatMap((index): [number, LeftOut][] =>
    valueAt(state.leftOut, index) ? [] : [[index, { stepId: id, reason, user, state: 'failed', rolledBack: true }]],
  );
  const over: SequencerState = { ...setLeftOut(state, out), rollback: { ...rollback, over: true } };
  if (!returnTo) return over;
  const { gate } = returnTo;
  return takeUp(
    {
      ...over,
      at,
      gate: gate && { ...gate, state: 'due', reason: undefined, againAtMs: undefined },
      paused: state.paused ?? returnTo.paused,
      ready: NOTHING_READY,
      troubles: {},
    },
    id,
    new Map(indices.map((index) => [index, valueAt(over.leftOut, index)?.reason ?? reason])),
  );
}

/** The step that the job was at goes on without the nodes that went back, by their reasons. */
function takeUp(state: SequencerState, stepId: string, gone: ReadonlyMap<number, string>): SequencerState {
  const table = state.cells[stepId];
  const status = statusOf(state, stepId);
  if (status.state !== 'running' && status.state !== 'attention' && status.state !== 'input') return state;
  if (!table || status.stuck) {
    return setStep(state, stepId, { state: 'waiting', note: undefined, endedAtMs: undefined, stuck: undefined });
  }
  const cells = [...gone].flatMap(([index, ignoreReason]): [number, Cell][] => {
    const cell = cellAt(table, index);
    const open = needsDecision(cell) || cell.probe === true || cell.state === 'waiting' || cell.state === 'running';
    return open ? [[index, { ...cell, state: 'ignored', ignoreReason, probe: undefined }]] : [];
  });
  // What ran on the others and was lost from sight meanwhile is asked for before anything else.
  for (const [index, cell] of entriesOf(table.column)) {
    const flight = valueAt(state.flights, index);
    if (cell.state !== 'running' || gone.has(index) || (flight && !flight.lingers)) continue;
    const { attempt, startedAtMs } = cell;
    cells.push([index, { state: 'unknown', attempt, startedAtMs, cause: flight?.lingers ?? UNEXPLAINED, probe: true }]);
  }
  const next = setStep(setCells(state, stepId, cells), stepId, { state: 'running', note: undefined });
  return queueNodes({ ...next, troubles: troublesOf(next, stepId) }, nodesHere(next));
}
