import type { CellCause } from '../../core/model/job.ts';
import { isReady, queueNodes, setCells, setFlights, setKnown, setLeftOut, UNEXPLAINED } from './changes.ts';
import { skippedCell } from './applyCatchUp.ts';
import { keptOf, type Cell } from './cells.ts';
import { entriesOf, valueAt } from './column.ts';
import type { JobEvent, WorkOutcome } from './events.ts';
import { withGoingBack } from './goingBack.ts';
import { trimReady } from './readyQueue.ts';
import {
  cellOf,
  currentStep,
  flightOf,
  goesByWaves,
  statusOf,
  stepSpec,
  waveOf,
  type Flight,
  type LeftOut,
  type OfNode,
  type SequencerState,
} from './state.ts';

/* What events from nodes make of a job's state: work that begins, ends, lingers, or is found out by a probe. */

/** Work, or its probe, begins on nodes. */
export function applyStarts(state: SequencerState, event: JobEvent & { kind: 'cells-started' }): SequencerState {
  const cells: (readonly [number, Cell])[] = [];
  const flights: (readonly [number, Flight])[] = [];
  let next = state;
  const unsure = stepSpec(state.spec, event.stepId).policy.touchesService;
  for (const { nodeId, mode } of event.cells) {
    const index = state.nodes.indexOf[nodeId];
    const cell = index === undefined ? undefined : cellOf(state, event.stepId, index);
    if (index === undefined || !cell) continue;
    if (mode === 'look') {
      const before = valueAt(state.flights, index);
      if (before) flights.push([index, { ...before, mode: 'probe', aborted: true, lingers: undefined }]);
      continue;
    }
    const attempt = mode === 'run' ? cell.attempt + 1 : cell.attempt;
    if (mode === 'run') cells.push([index, { state: 'running', attempt, startedAtMs: event.atMs, ...keptOf(cell) }]);
    const served = unsure && valueAt(next.known, index)?.service !== 'none';
    if (mode === 'run' && served) next = setKnown(next, index, { service: 'unknown' });
    flights.push([index, { stepId: event.stepId, attempt, mode }]);
  }
  next = setFlights(setCells(next, event.stepId, cells), flights);
  const table = next.cells[event.stepId];
  return table ? { ...next, ready: trimReady(next.ready, (index) => isReady(next, table, index)) } : next;
}

/**
 * News of work on a node that is not selected any more: once it is over, nothing stands against the node being selected again. Work that may go on
 * there is waited for by nobody, so it lingers, as `left` says.
 */
function settleStray(state: SequencerState, event: OfNode, left: Partial<Flight> | undefined): SequencerState {
  const stray = state.strays[event.nodeId];
  if (!stray || stray.stepId !== event.stepId || stray.attempt !== event.attempt) return state;
  if (left) return { ...state, strays: { ...state.strays, [event.nodeId]: { ...stray, aborted: true, ...left } } };
  const { [event.nodeId]: _, ...strays } = state.strays;
  return { ...state, strays };
}

/** The work that lingered has ended: the node is free, and Retry finds out what was done. */
function settleLingering(state: SequencerState, index: number, flight: Flight): SequencerState {
  const { id } = currentStep(state);
  const cell = cellOf(state, id, index);
  if (!flight.lingers || cell?.state !== 'unknown' || cell.cause?.code !== flight.lingers.code) return state;
  // It is told by what stopped it, since that is what a person looks for: a person who gave it up, or its deadline.
  const { code, message: why } = flight.stoppedFor ?? { code: 'node-timeout', message: 'it did not end in time' };
  const message = `${why}; the work on ${state.nodes.ids[index]} did not stop at once and has ended by now: Retry finds out what was done`;
  return setCells(state, id, [[index, { ...cell, cause: { code, message } }]]);
}

export function applyEnd(state: SequencerState, event: JobEvent & { kind: 'cell-ended' }): SequencerState {
  const found = flightOf(state, event);
  const { outcome } = event;
  // What was found going on there was begun before, whether the node is reached now or not.
  const notBegun = outcome.notBegun === true && found?.flight.found !== true;
  const mayGoOn = !notBegun && (outcome.state === 'unreachable' || outcome.mayGoOn === true);
  if (!found)
    return settleStray(
      state,
      event,
      mayGoOn ? { mode: 'run', lingers: outcome.cause ?? UNEXPLAINED, held: undefined } : undefined,
    );
  if (found.flight.mode !== 'run') return state;
  const { index, flight } = found;
  const lingers = outcome.cause ?? UNEXPLAINED;
  const stoppedFor = flight.stoppedFor ?? (outcome.mayGoOn ? lingers : undefined);
  const left = mayGoOn ? { ...flight, lingers, stoppedFor, held: undefined } : undefined;
  let next = setKnown(setFlights(state, [[index, left]]), index, { service: outcome.service });
  if (!left) next = settleLingering(next, index, flight);
  const cell = cellOf(next, event.stepId, index);
  if (cell?.state === 'running' && cell.attempt === event.attempt)
    next = withGoingBack(next, index, outcome, cell.startedAtMs ?? event.atMs);
  if (flight.aborted || cell?.state !== 'running') return next;
  const failedItems = Object.entries(outcome.items ?? {}).flatMap(([item, how]) => (how === 'fail' ? [item] : []));
  next = setCells(next, event.stepId, [
    [
      index,
      {
        state: outcome.state,
        attempt: cell.attempt,
        startedAtMs: cell.startedAtMs,
        endedAtMs: event.atMs,
        cause: outcome.cause ?? (outcome.state === 'ok' ? undefined : UNEXPLAINED),
        ...(outcome.state === 'failed' && failedItems.length > 0 ? { failedItems } : {}),
        ...(outcome.state === 'ok' || outcome.state === 'warned' ? warnedItemsOf(outcome) : keptOf(cell)),
        ...(notBegun ? { notBegun: (cell.notBegun ?? 0) + 1 } : {}),
      },
    ],
  ]);
  const service = outcome.facts?.service.state;
  const packages = outcome.found ?? outcome.facts?.packages;
  return setKnown(next, index, {
    facts: outcome.facts,
    ...(packages ? { found: packages, foundAtMs: event.atMs } : {}),
    // Facts that were read without it say unknown, which is nothing that was seen.
    service: service === 'unknown' ? undefined : service,
  });
}

function warnedItemsOf({ warnedItems = [] }: Pick<WorkOutcome, 'warnedItems'>): Pick<Cell, 'warnedItems'> {
  return warnedItems.length > 0 ? { warnedItems } : {};
}

export function applyProbe(state: SequencerState, event: JobEvent & { kind: 'cell-probed' }): SequencerState {
  const at = flightOf(state, event);
  const { outcome } = event;
  const over = outcome.done === 'yes' || outcome.done === 'no' || outcome.done === 'partly';
  if (!at)
    return settleStray(
      state,
      event,
      over ? undefined : { mode: 'run', lingers: outcome.cause ?? STILL_THERE, held: undefined },
    );
  if (at.flight.mode !== 'probe') return state;
  const { index, flight } = at;
  const cell = cellOf(state, event.stepId, index);
  const wanted = !flight.aborted && cell?.state === 'unknown';
  if (outcome.done === 'running' && wanted) {
    // The work of the attempt before goes on there: it is followed, not begun again.
    const { attempt, startedAtMs } = cell;
    const running: Cell = { state: 'running', attempt, startedAtMs, ...keptOf(cell) };
    return setFlights(setCells(state, event.stepId, [[index, running]]), [
      [index, { ...flight, mode: 'run', found: true }],
    ]);
  }
  const lingers = outcome.cause ?? STILL_THERE;
  const left: Flight | undefined = over ? undefined : { ...flight, mode: 'run', aborted: true, lingers };
  let next = setKnown(setFlights(state, [[index, left]]), index, {
    service: outcome.service,
    ...(outcome.found ? { found: outcome.found, foundAtMs: event.atMs } : {}),
  });
  if (over) next = settleLingering(next, index, flight);
  if (!wanted) return over ? next : holdCell(next, index, lingers);
  const probed = probedCell(cell, event);
  const held = valueAt(next.leftOut, index);
  if (!held?.returns || probed.state !== 'waiting') return setCells(next, event.stepId, [[index, probed]]);
  const missed: LeftOut = { ...held, from: held.from ?? state.at.step };
  return setLeftOut(setCells(next, event.stepId, [[index, skippedCell(probed, held)]]), [[index, missed]]);
}

function probedCell(cell: Cell, event: JobEvent & { kind: 'cell-probed' }): Cell {
  const { outcome } = event;
  const settled = { attempt: cell.attempt, startedAtMs: cell.startedAtMs, endedAtMs: event.atMs };
  switch (outcome.done) {
    case 'yes':
      return outcome.cause
        ? { ...settled, state: 'warned', cause: outcome.cause, ...warnedItemsOf(outcome) }
        : { ...settled, state: 'ok' };
    case 'no':
    case 'partly':
      return { state: 'waiting', attempt: cell.attempt, ...keptOf(cell) };
    case 'unreachable': {
      const silent = { code: 'node-unreachable', message: 'the node does not answer the probe' };
      return { ...settled, state: 'unreachable', cause: outcome.cause ?? silent, ...keptOf(cell) };
    }
    case 'running':
    case 'error':
      return { ...settled, state: 'unknown', cause: outcome.cause ?? UNEXPLAINED, ...keptOf(cell) };
    default:
      return outcome.done satisfies never;
  }
}

/** Work does not end although it was told to: its node stays taken, and a person decides about its cell at the current step. */
export function applyLingers(state: SequencerState, event: JobEvent & { kind: 'work-lingers' }): SequencerState {
  const found = flightOf(state, event);
  if (!found) return settleStray(state, event, { lingers: event.cause, held: true });
  const { index, flight } = found;
  const { cause: lingers, stoppedFor } = event;
  const next = setFlights(state, [[index, { ...flight, aborted: true, lingers, stoppedFor, held: true }]]);
  return holdCell(next, index, event.cause);
}

/** The node is taken by work that is not known to have ended: a person decides about its cell at the current step. */
function holdCell(state: SequencerState, index: number, cause: CellCause): SequencerState {
  const { id } = currentStep(state);
  const cell = cellOf(state, id, index);
  const status = statusOf(state, id).state;
  // A step that has not begun yet looks at the work when it begins.
  if (!cell || (status !== 'running' && status !== 'attention')) return state;
  if (goesByWaves(state, id) && waveOf(state.nodes)(index) !== state.at.wave) return state;
  if (!['running', 'waiting', 'unknown'].includes(cell.state)) return state;
  const { attempt, startedAtMs } = cell;
  return setCells(state, id, [[index, { state: 'unknown', attempt, startedAtMs, cause }]]);
}

const STILL_THERE: CellCause = { code: 'node-busy', message: 'work that was told to stop still goes on there' };
const STOPPED: CellCause = {
  code: 'server-stopping',
  message: 'putservices was stopped while this ran; a probe finds out',
};

/** putservices was started anew: what ran may go on there or be over, and is asked for before anything else is begun. */
export function applyServiceRestart(state: SequencerState): SequencerState {
  const step = currentStep(state);
  let next = state;
  const queued: number[] = [];
  for (const [index, flight] of [...entriesOf(state.flights)]) {
    queued.push(index);
    next = setFlights(next, [[index, { ...flight, mode: 'run', lingers: flight.lingers ?? STOPPED, held: undefined }]]);
    const cell = cellOf(next, step.id, index);
    if (flight.lingers || flight.aborted || flight.stepId !== step.id || !cell) continue;
    const { attempt, startedAtMs } = cell;
    const unknown: Cell = { state: 'unknown', attempt, startedAtMs, cause: STOPPED, probe: true, ...keptOf(cell) };
    next = setCells(next, step.id, [[index, unknown]]);
  }
  const strays = Object.entries(next.strays).map(([nodeId, flight]): [string, Flight] => [
    nodeId,
    { ...flight, mode: 'run', lingers: flight.lingers ?? STOPPED, held: undefined },
  ]);
  return queueNodes({ ...next, strays: Object.fromEntries(strays) }, queued);
}
