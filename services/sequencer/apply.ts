import { applyToApproval } from './approval.ts';
import { queueNodes, setCells, setLeftOut, setStep } from './changes.ts';
import {
  againCell,
  applyHold,
  backToWork,
  beginCatchUp,
  bringBack,
  nextOfCatchUp,
  skippedCell,
  workAgain,
} from './applyCatchUp.ts';
import { assigned, withSelection, withWaves } from './applySelection.ts';
import { beginRollback, endRollback, goBack, restartStep } from './applyUnwind.ts';
import { applyEnd, applyLingers, applyProbe, applyServiceRestart, applyStarts } from './applyWork.ts';
import { keptOf, mayHaveBegun, totalCounts, waitingCells, worked, type Cell } from './cells.ts';
import { valueAt } from './column.ts';
import { closed } from './closing.ts';
import type { JobEvent, Skips } from './events.ts';
import { applyIgnore, applyIgnoreUndone } from './applyIgnore.ts';
import { applyConfirmed } from './goingBack.ts';
import { NOTHING_READY } from './readyQueue.ts';
import { applyToPaces } from './paces.ts';
import { applyToRunWindow, WINDOW_TIMER } from './runWindow.ts';
import { applyAccepted, lateForWarning, onceMore } from './warnings.ts';
import { applyToGiven, remember } from './decisions.ts';
import {
  cellOf,
  countsHere,
  currentStep,
  goesByWaves,
  initialState,
  isOnTheWay,
  nodesHere,
  nodeTable,
  phaseOf,
  stepSpec,
  stepsOfProgram,
  waveOf,
  type LeftOut,
  type SequencerState,
} from './state.ts';

/** The state after one event. What the event does not touch is shared with the state before. */
export function applyEvent(state: SequencerState, event: JobEvent): SequencerState {
  const numbered = { ...state, eventNumber: state.eventNumber + 1 };
  const applied = applyToGiven(apply(numbered, event), event, state);
  const paced = applyToPaces(applied, event, state);
  return remember(applyToRunWindow(applyToApproval(paced, event), event), event);
}

/** The state after several events. */
export function applyEvents(state: SequencerState, events: readonly JobEvent[]): SequencerState {
  return events.reduce(applyEvent, state);
}

/** The state that a whole journal makes. @throws PutError state-damaged when it does not begin with the start of the job */
export function replay(events: readonly JobEvent[]): SequencerState {
  return applyEvents(initialState(events[0] as JobEvent), events.slice(1));
}

function apply(state: SequencerState, event: JobEvent): SequencerState {
  switch (event.kind) {
    case 'job-started':
    case 'item-seen':
      return state;
    case 'step-opened':
      return openStep(state, event);
    case 'step-stuck': {
      const { attempt } = state.steps[event.stepId] ?? { attempt: 0 };
      return setStep({ ...state, screen: undefined }, event.stepId, {
        state: 'attention',
        attempt: attempt + 1,
        startedAtMs: event.atMs,
        endedAtMs: undefined,
        note: event.cause.message,
        stuck: true,
      });
    }
    case 'screen-changed':
      return state.screen !== undefined && currentStep(state).id === event.stepId
        ? { ...state, screen: event.screen }
        : state;
    case 'step-skipped': {
      const { attempt } = state.steps[event.stepId] ?? { attempt: 0 };
      const skipped = setStep(state, event.stepId, {
        state: 'skipped',
        attempt: attempt + 1,
        note: event.note,
        endedAtMs: event.atMs,
        stuck: undefined,
      });
      const here = state.cells[event.stepId] ? nodesHere(state) : [];
      const cells = here.map((index): readonly [number, Cell] => {
        const { attempt: last } = cellOf(state, event.stepId, index) ?? { attempt: 0 };
        return [index, { state: 'skipped', attempt: last, skipReason: event.note }];
      });
      return advance(setCells(skipped, event.stepId, cells));
    }
    case 'answered':
      return applyAnswer(state, event);
    case 'nodes-confirmed':
      return applyConfirmed(state, event);
    case 'accepted':
      return applyAccepted(state, event);
    case 'answers-given':
    case 'answers-stopped':
    case 'approved':
    case 'approval-withdrawn':
    case 'window-looked':
    case 'window-passed':
    case 'window-set':
      return state;
    case 'cells-started':
      return applyStarts(state, event);
    case 'cell-ended':
      return applyEnd(state, event);
    case 'cell-probed':
      return applyProbe(state, event);
    case 'work-lingers':
      return applyLingers(state, event);
    case 'step-attention':
      return setStep(state, event.stepId, { state: 'attention' });
    case 'step-ended':
      return endStep(state, event);
    case 'gate-judged':
      if (!state.gate) return state;
      if (event.verdict === 'passed') return nextWave(state);
      return {
        ...state,
        gate: {
          ...state.gate,
          state: event.verdict,
          reason: event.reason,
          againAtMs: event.againAtMs,
          waitMs: event.againAtMs === undefined ? undefined : Math.max(0, event.againAtMs - event.atMs),
        },
      };
    case 'gate-passed':
      return state.gate ? nextWave(state) : state;
    case 'retried':
      return applyRetry(state, event);
    case 'ignored':
      return applyIgnore(state, event);
    case 'ignore-undone':
      return applyIgnoreUndone(state, event);
    case 'held':
      return applyHold(state, event);
    case 'released':
      return bringBack(state, event.nodeIds);
    case 'catch-up-begun':
      return beginCatchUp(state, event);
    case 'went-on-without':
      return setLeftOut(
        state,
        event.nodeIds.flatMap((nodeId): [number, LeftOut][] => {
          const index = state.nodes.indexOf[nodeId] ?? -1;
          const left = valueAt(state.leftOut, index);
          return left ? [[index, { ...left, without: true }]] : [];
        }),
      );
    case 'wave-stop-set':
      return setWaveStop(state, event);
    case 'limit-lifted':
      return { ...backToWork(state), limitLifted: true };
    case 'step-restarted':
      return restartStep(state);
    case 'went-back':
      return goBack(state, event.stepId);
    case 'given-up':
      // The work itself says what becomes of it.
      return state;
    case 'paused':
      return { ...state, paused: { user: event.user, reason: event.reason } };
    case 'resumed':
      return { ...state, paused: undefined };
    case 'exit-asked':
      return {
        ...state,
        screen: undefined,
        paused: undefined,
        exit: exitOf(state, event),
      };
    case 'rollback-asked':
      return beginRollback(state, event);
    case 'rollback-ended':
      return endRollback(state);
    case 'baton-taken':
      return { ...state, driver: event.user, drivesSince: state.eventNumber };
    case 'timer-due':
      return state.gate?.state === 'later' && event.timer !== WINDOW_TIMER
        ? { ...state, gate: { ...state.gate, state: 'due', waited: true } }
        : state;
    case 'service-restarted':
      return applyServiceRestart(state);
    case 'job-ended': {
      const ended = { ...state, report: event.report, endedAtMs: event.atMs, screen: undefined, gate: undefined };
      return closed(ended, event.atMs);
    }
    default:
      return event satisfies never;
  }
}

/** A gate that is held for nothing but the stop is looked at again once that is taken back. */
function setWaveStop(state: SequencerState, { wave, stop }: JobEvent & { kind: 'wave-stop-set' }): SequencerState {
  const { gate } = state;
  const again = !stop && gate?.nextWave === wave && gate.state === 'held';
  return {
    ...state,
    waveStops: { ...state.waveStops, [wave]: stop },
    gate: again ? { ...gate, state: 'due', reason: undefined } : gate,
  };
}

/** A second exit without a step gives up the one that was asked for. */
function exitOf(state: SequencerState, event: JobEvent & { kind: 'exit-asked' }): SequencerState['exit'] {
  if (state.exit?.begun) return { ...state.exit, user: event.user, givenUp: event.step === undefined };
  const atStep = state.exit?.atStep ?? currentStep(state).id;
  return { user: event.user, atStep, step: event.step, begun: false, givenUp: false };
}

function skipReasons(state: SequencerState, skips: readonly Skips[]): ReadonlyMap<number, string> {
  const reasons = new Map<number, string>();
  for (const { reason, nodeIds } of skips) {
    for (const nodeId of nodeIds) {
      const index = state.nodes.indexOf[nodeId];
      if (index !== undefined) reasons.set(index, reason);
    }
  }
  return reasons;
}

/** Cells of a step that begins: those it leaves alone are skipped, those worked on before are probed first. */
function openCells(
  state: SequencerState,
  stepId: string,
  skips: readonly Skips[],
  last: readonly string[] | undefined,
): SequencerState {
  const { readOnly } = stepSpec(state.spec, stepId).policy;
  const reasons = skipReasons(state, skips);
  const here = nodesHere(state);
  const missed: (readonly [number, LeftOut])[] = [];
  const notHere = state.at.program === 'rollback' ? new Set(state.nodes.ids.keys()) : new Set<number>();
  const changes: (readonly [number, Cell])[] = here.map((index) => {
    notHere.delete(index);
    const nodeId = state.nodes.ids[index] ?? '';
    const attempt = Math.max(state.attempts[stepId]?.[nodeId] ?? 0, cellOf(state, stepId, index)?.attempt ?? 0);
    const skipReason = reasons.get(index);
    const left = valueAt(state.leftOut, index);
    if (left?.returns && left.from === undefined && isOnTheWay(state))
      missed.push([index, { ...left, from: state.at.step }]);
    if (skipReason !== undefined) return [index, { state: 'skipped', attempt, skipReason }];
    const before = cellOf(state, stepId, index);
    const keeps = before ? keptOf(before) : {};
    if (left?.returns) return [index, skippedCell({ attempt, notBegun: keeps.notBegun }, left)];
    // Once more: that it was done is known, and no reason to leave it at that.
    if (before?.again && before.state === 'warned') return [index, { ...onceMore(before), attempt }];
    return [
      index,
      mayHaveBegun({ attempt, ...keeps }) && !readOnly
        ? { state: 'unknown', attempt, probe: true, ...keeps }
        : { state: 'waiting', attempt, ...keeps },
    ];
  });
  for (const index of notHere) {
    const { attempt = 0 } = cellOf(state, stepId, index) ?? {};
    if (attempt === 0) changes.push([index, { state: 'skipped', attempt, skipReason: 'it does not go back' }]);
  }
  const cells = state.cells[stepId] ?? waitingCells(state.nodes.waves);
  if (!state.cells[stepId] && goesByWaves(state, stepId)) {
    // The step was left out in the waves before, where it had no cells.
    const of = waveOf(state.nodes);
    for (const index of state.nodes.ids.keys()) {
      const skipReason = 'the step was left out in its wave';
      if (of(index) < state.at.wave) changes.push([index, { state: 'skipped', attempt: 0, skipReason }]);
    }
  }
  const opened: SequencerState = {
    ...state,
    cells: { ...state.cells, [stepId]: cells },
    ready: NOTHING_READY,
    last: last?.flatMap((nodeId) => state.nodes.indexOf[nodeId] ?? []),
    troubles: {},
  };
  return queueNodes(setLeftOut(setCells(opened, stepId, changes), missed), here);
}

function openStep(state: SequencerState, event: JobEvent & { kind: 'step-opened' }): SequencerState {
  const { attempt } = state.steps[event.stepId] ?? { attempt: 0 };
  const asks = event.screen !== undefined;
  let next: SequencerState = { ...state, screen: event.screen, troubles: {} };
  if (next.exit?.step === event.stepId && !next.exit.begun && next.at.program !== 'exit') {
    next = { ...next, exit: { ...next.exit, begun: true }, at: { program: 'exit', step: 0, wave: 0 }, gate: undefined };
  }
  next = setStep(next, event.stepId, {
    state: asks ? 'input' : 'running',
    attempt: attempt + 1,
    startedAtMs: event.atMs,
    endedAtMs: undefined,
    note: undefined,
    stuck: undefined,
  });
  return !asks && event.skips ? openCells(next, event.stepId, event.skips, event.last) : next;
}

/** The step is done; the next one becomes current, or the gate before the next wave. */
function advance(state: SequencerState): SequencerState {
  const steps = stepsOfProgram(state);
  const { program, step, wave } = state.at;
  if (program === 'catch-up') return nextOfCatchUp(state, step + 1);
  const here = steps[step];
  const next = steps[step + 1];
  const cleared: SequencerState = { ...state, screen: undefined, ready: NOTHING_READY, troubles: {} };
  if (program === 'forward' && here) {
    const phase = phaseOf(state.spec, here.id);
    const waves = state.nodes.waves.length;
    if (phase?.perWave && wave + 1 < waves && phase.steps.at(-1)?.id === here.id) {
      return { ...cleared, gate: { phase: phase.id, nextWave: wave + 1, state: 'due' } };
    }
    if (next && phase !== phaseOf(state.spec, next.id)) return { ...cleared, at: { program, step: step + 1, wave: 0 } };
  }
  return { ...cleared, at: { program, step: step + 1, wave } };
}

/** The steps of the phase begin anew, for the next wave. */
function nextWave(state: SequencerState): SequencerState {
  const { gate } = state;
  const phase = state.spec.phases.find((one) => one.id === gate?.phase);
  if (!gate || !phase) return state;
  const first = stepsOfProgram(state, 'forward').findIndex((step) => step.id === phase.steps[0]?.id);
  let next: SequencerState = {
    ...state,
    gate: undefined,
    at: { program: 'forward', step: first, wave: gate.nextWave },
  };
  for (const step of phase.steps) {
    next = setStep(next, step.id, { state: 'waiting', endedAtMs: undefined, note: undefined });
  }
  return next;
}

function applyAnswer(state: SequencerState, event: JobEvent & { kind: 'answered' }): SequencerState {
  const effects = event.effects ?? {};
  let next: SequencerState = {
    ...state,
    answers: { ...state.answers, [event.stepId]: event.answer },
    ...(goesByWaves(state, event.stepId)
      ? {
          wavesAnswered: {
            ...state.wavesAnswered,
            [event.stepId]: { ...state.wavesAnswered?.[event.stepId], [state.at.wave]: event.answer },
          },
        }
      : {}),
    answeredBy: { ...state.answeredBy, [event.stepId]: event.user },
  };
  if (effects.select) {
    next = withSelection(next, nodeTable(state.inventory, effects.select));
  }
  if (effects.assign) next = { ...next, nodes: assigned(next.nodes, effects.assign) };
  if (effects.waves) next = withWaves(next, effects.waves);
  if (event.skips) {
    return openCells(
      setStep({ ...next, screen: undefined }, event.stepId, { state: 'running' }),
      event.stepId,
      event.skips,
      event.last,
    );
  }
  return advance(setStep(next, event.stepId, { state: 'ok', endedAtMs: event.atMs }));
}

function endStep(state: SequencerState, event: JobEvent & { kind: 'step-ended' }): SequencerState {
  const counts = countsHere(state);
  const total = counts
    ? Object.entries(counts).reduce((sum, [name, count]) => (name === 'probes' ? sum : sum + count), 0)
    : 0;
  const table = state.cells[event.stepId];
  const all = table ? totalCounts(table) : undefined;
  // What it did in the waves before, or on the nodes that did not have to catch up, stays what is said of it.
  const nothing = counts !== undefined && total > 0 && counts.skipped === total && !(all && worked(all));
  const ended = setStep(state, event.stepId, {
    state: nothing ? 'skipped' : (all?.ignored ?? 0) > 0 || (all?.warned ?? 0) > 0 ? 'warned' : 'ok',
    endedAtMs: event.atMs,
    note: nothing ? 'no node has anything to do here' : undefined,
  });
  return advance(ended);
}

function applyRetry(state: SequencerState, event: JobEvent & { kind: 'retried' }): SequencerState {
  const cells: (readonly [number, Cell])[] = [];
  const backIn: (readonly [number, undefined])[] = [];
  const late: string[] = [];
  const marked: (readonly [number, Cell])[] = [];
  const out: (readonly [number, LeftOut])[] = [];
  for (const nodeId of event.nodeIds) {
    const index = state.nodes.indexOf[nodeId];
    const cell = index === undefined ? undefined : cellOf(state, event.stepId, index);
    if (index === undefined || !cell) continue;
    const behind = lateForWarning(state, event.stepId, index, event.user);
    if (behind) {
      marked.push([index, { ...cell, again: true }]);
      out.push([index, behind]);
      late.push(nodeId);
      continue;
    }
    const left = valueAt(state.leftOut, index);
    // Left alone by this step because of what happened before it: it catches up from there.
    if (left && cell.state === 'skipped') {
      late.push(nodeId);
      continue;
    }
    if (left) backIn.push([index, undefined]);
    if (cell.state === 'warned') cells.push([index, onceMore(cell)]);
    else cells.push([index, againCell(cell, cell.state === 'ignored' ? left?.state : cell.state)]);
  }
  const begun = cells.length > 0 ? workAgain(state) : state;
  const next = setCells(setLeftOut(begun, [...backIn, ...out]), event.stepId, [...cells, ...marked]);
  return bringBack(
    queueNodes(
      next,
      cells.map(([index]) => index),
    ),
    late,
  );
}
