import { cellAt, undecided, unsettled, type Cell, type CellTable } from './cells.ts';
import type { JobEvent, StartMode } from './events.ts';
import { applyEvent } from './apply.ts';
import { awaitsApproval } from './approval.ts';
import { allHeld, catchingUp, waitedFor } from './catchUp.ts';
import { entriesOf } from './column.ts';
import { isReady, startMode } from './changes.ts';
import { takeReady } from './readyQueue.ts';
import { windowDecision, windowEffects } from './runWindow.ts';
import { limitReached } from './failureLimit.ts';
import {
  answerOfWavesBefore,
  countsHere,
  currentStep,
  flightOn,
  goesByWaves,
  isOver,
  nodesAtOnce,
  statusOf,
  stepsOfProgram,
  waveOf,
  type GateStatus,
  type SequencerState,
} from './state.ts';
import type { Command } from './commands.ts';

/** One event through the machine: the next state, the effects of this event, and what follows from the state. */
export function step(state: SequencerState, event: JobEvent): { state: SequencerState; commands: Command[] } {
  const next = applyEvent(state, event);
  return { state: next, commands: [...effectsOf(event, next), ...decide(next)] };
}

/** Effects of an event that is in the journal. `state` is the one after it. */
export function effectsOf(event: JobEvent, state: SequencerState): Command[] {
  switch (event.kind) {
    case 'cells-started':
      return event.cells.flatMap(({ nodeId, mode }): Command[] => {
        const flight = flightOn(state, nodeId);
        if (!flight || flight.lingers) return [];
        const { stepId, attempt } = flight;
        if (mode === 'look') return flight.mode === 'probe' ? [{ kind: 'probe', stepId, nodeId, attempt }] : [];
        return !flight.aborted && stepId === event.stepId && flight.mode === mode
          ? [{ kind: mode, stepId, nodeId, attempt }]
          : [];
      });
    case 'cell-probed': {
      if (event.outcome.done !== 'running') return [];
      const flight = flightOn(state, event.nodeId);
      if (flight?.mode !== 'run' || flight.attempt !== event.attempt) return [];
      return [{ kind: 'follow', stepId: event.stepId, nodeId: event.nodeId, attempt: event.attempt }];
    }
    case 'gate-judged':
      return state.gate?.state === 'later' && event.againAtMs !== undefined
        ? [{ kind: 'set-timer', timer: 'gate', waitMs: Math.max(0, event.againAtMs - event.atMs) }]
        : [];
    case 'window-looked':
      return windowEffects(state);
    case 'step-restarted':
    case 'went-back':
    case 'exit-asked':
      return [...entriesOf(state.flights)].map(([index]) => ({
        kind: 'abort',
        nodeId: state.nodes.ids[index] as string,
      }));
    case 'given-up':
      return event.nodeIds.map((nodeId) => ({
        ...{ kind: 'abort', nodeId },
        why: `${event.user} gave up on ${nodeId}: ${event.reason}`,
      }));
    case 'rollback-asked': {
      // Where the others go on afterwards, their work comes to its own end.
      const only = event.then === 'go-on' ? new Set(event.nodeIds) : undefined;
      return [...entriesOf(state.flights)]
        .map(([index]) => state.nodes.ids[index] as string)
        .filter((nodeId) => only?.has(nodeId) ?? true)
        .map((nodeId) => ({ kind: 'abort', nodeId }));
    }
    case 'service-restarted':
      return state.gate?.state === 'later'
        ? [{ kind: 'set-timer', timer: 'gate', waitMs: leftOfWait(state.gate, event.atMs) }]
        : [];
    default:
      return [];
  }
}

/** Over a restart only the master's clock tells how long it was: a clock that was set back meanwhile never makes it longer than the whole wait. */
function leftOfWait({ againAtMs = 0, waitMs = Infinity }: GateStatus, nowMs: number): number {
  return Math.min(waitMs, Math.max(0, againAtMs - nowMs));
}

/** What follows from a state by itself; empty while work runs or a person is needed. */
export function decide(state: SequencerState): Command[] {
  if (isOver(state)) return [];
  if (state.exit) return decideExit(state);
  // What was told to stop comes to its end before anything goes back.
  const goesBack = state.at.program === 'rollback';
  if (goesBack && state.flying > 0 && statusOf(state, currentStep(state).id).state === 'waiting') return [];
  if (state.at.step >= stepsOfProgram(state).length) {
    if (state.flying > 0) return [];
    return [
      goesBack && !state.rollback?.over ? { kind: 'commit', event: { kind: 'rollback-ended' } } : { kind: 'end-job' },
    ];
  }
  if (state.gate) return state.gate.state === 'due' && !state.paused ? [{ kind: 'judge-gate', ...gateOf(state) }] : [];
  const current = currentStep(state);
  switch (statusOf(state, current.id).state) {
    case 'waiting': {
      if (state.paused) return [];
      const back = catchingUp(state).map((index) => state.nodes.ids[index] as string);
      if (back.length > 0) return [{ kind: 'commit', event: { kind: 'catch-up-begun', nodeIds: back } }];
      return waitedFor(state).length > 0 || awaitsApproval(state) ? [] : decideOpening(state, current.id);
    }
    case 'input':
      return (state.given?.active || answerOfWavesBefore(state)) && !state.paused
        ? [{ kind: 'answer-step', stepId: current.id }]
        : [];
    case 'running':
      return state.cells[current.id] && countsHere(state) ? decideCells(state) : [{ kind: 'end-job' }];
    default:
      return [];
  }
}

/** A step begins at the time that the job has for it. */
function decideOpening(state: SequencerState, stepId: string): Command[] {
  switch (windowDecision(state)) {
    case 'hold':
      return [];
    case 'look':
      return [{ kind: 'commit', event: { kind: 'window-looked' } }];
    default:
      return [{ kind: 'open-step', stepId }];
  }
}

function gateOf(state: SequencerState): { phase: string; nextWave: number } {
  return { phase: state.gate?.phase ?? '', nextWave: state.gate?.nextWave ?? 0 };
}

/** Running work is waited for, except work that lingers; then the step is gone through that was asked for. */
function decideExit(state: SequencerState): Command[] {
  const { exit } = state;
  if (exit?.begun && !exit.givenUp) {
    if (statusOf(state, currentStep(state).id).state !== 'running') return [{ kind: 'end-job' }];
    const commands = decideCells(state);
    return commands.some((one) => one.kind === 'commit' && one.event.kind !== 'cells-started')
      ? [{ kind: 'end-job' }]
      : commands;
  }
  if (state.flying > 0) return [];
  return exit?.step === undefined || exit.givenUp ? [{ kind: 'end-job' }] : [{ kind: 'open-step', stepId: exit.step }];
}

function decideCells(state: SequencerState): Command[] {
  const current = currentStep(state);
  const stepId = current.id;
  const table = state.cells[stepId];
  const counts = countsHere(state);
  if (!table || !counts) return [];
  const stopped = limitReached(state) !== undefined;
  const free = nodesAtOnce(state, current) - state.flying;
  if (!stopped && !state.paused && free > 0 && unsettled(counts) > counts.running) {
    const starting = startable(state, free);
    if (starting.length > 0) return [{ kind: 'commit', event: { kind: 'cells-started', stepId, cells: starting } }];
  }
  if (stopped && !state.paused && state.flying === 0 && unsettled(counts) > 0) {
    // At a limit no further node is begun; one that a person tries again is none, nor is a look at what was done.
    const again = startable(state, free, (cell) => cell.attempt > 0);
    if (again.length > 0) return [{ kind: 'commit', event: { kind: 'cells-started', stepId, cells: again } }];
  }
  if (unsettled(counts) > 0) {
    // Work is under way, or waits for a node, a place, or a person who resumes.
    return stopped && state.flying === 0 ? [{ kind: 'commit', event: { kind: 'step-attention', stepId } }] : [];
  }
  if (undecided(counts) > 0 || allHeld(state, counts)) {
    return [{ kind: 'commit', event: { kind: 'step-attention', stepId } }];
  }
  return [{ kind: 'commit', event: { kind: 'step-ended', stepId } }];
}

/** Nodes that the step goes to last, as long as others are still to come or under way; one that it began with before is none of them. */
function heldToTheEnd(state: SequencerState, table: CellTable): ReadonlySet<number> {
  const counts = state.last && countsHere(state);
  if (!counts) return new Set();
  const here = goesByWaves(state, currentStep(state).id) ? waveOf(state.nodes) : undefined;
  const last = state.last.filter((index) => here === undefined || here(index) === state.at.wave);
  const isToCome = ({ state: is, probe }: Cell): boolean => is === 'waiting' || is === 'running' || probe === true;
  const others = unsettled(counts) - last.filter((index) => isToCome(cellAt(table, index))).length;
  return new Set(others > 0 ? last.filter((index) => cellAt(table, index).attempt === 0) : []);
}

/** The next cells that may begin, of those that fit. */
export function startable(
  state: SequencerState,
  most: number,
  fits: (cell: Cell) => boolean = () => true,
): readonly { readonly nodeId: string; readonly mode: StartMode }[] {
  const { id } = currentStep(state);
  const table = state.cells[id];
  if (!table) return [];
  const held = heldToTheEnd(state, table);
  const taken = takeReady(
    state.ready,
    most,
    (index) => isReady(state, table, index) && !held.has(index) && fits(cellAt(table, index)),
  );
  return taken.map((index) => ({
    nodeId: state.nodes.ids[index] as string,
    mode: startMode(state, table, index),
  }));
}
