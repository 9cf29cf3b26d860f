import type { Cell } from '../../core/model/job.ts';
import type { StepId } from '../../core/model/operation.ts';
import type { CellMode, JobEvent, JobEventBody } from './events.ts';
import { applyEvent } from './sequencerApply.ts';
import {
  awaitsWork,
  currentStep,
  isOver,
  lingeringNodes,
  needsDecision,
  stepDefinition,
  type SequencerState,
} from './sequencerState.ts';

export { applyEvent, applyEvents, applyProgress, replay } from './sequencerApply.ts';

/** What the shell has to do next. */
export type Command =
  /** Append this event to the journal, then go on with the state that it makes. */
  | { readonly kind: 'commit'; readonly event: JobEventBody }
  /** Ask the operation's code for the event that opens or skips the step. */
  | { readonly kind: 'open-step'; readonly stepId: StepId }
  /** Ask the operation's code for the event that opens what it does before an exit; there may be nothing to do. */
  | { readonly kind: 'open-exit-work' }
  /** Ask the operation's code for the answer that the job was given for this step. */
  | { readonly kind: 'answer-step'; readonly stepId: StepId }
  /** Write the report and end the job. */
  | { readonly kind: 'end-job' }
  /** Start work, or its probe, on a node; the event that says so is in the journal already. */
  | { readonly kind: CellMode; readonly stepId: StepId; readonly nodeId: string; readonly attempt: number }
  /** Tell running work on a node to stop. */
  | { readonly kind: 'abort'; readonly nodeId: string };

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
        const flight = state.inFlight[nodeId];
        return flight && !flight.aborted && flight.stepId === event.stepId && flight.mode === mode
          ? [{ kind: mode, stepId: event.stepId, nodeId, attempt: flight.attempt }]
          : [];
      });
    case 'step-restarted':
    case 'went-back':
    case 'exit-asked':
      return Object.keys(state.inFlight).map((nodeId) => ({ kind: 'abort', nodeId }));
    default:
      return [];
  }
}

/** What follows from a state by itself; empty while work runs or a person is needed. */
export function decide(state: SequencerState): Command[] {
  const { view } = state;
  if (isOver(view)) return [];
  if (state.exitAskedBy !== undefined) return decideExit(state);
  const current = currentStep(state);
  switch (current.state) {
    case 'waiting':
      return [{ kind: 'open-step', stepId: current.stepId }];
    case 'running':
      return stepDefinition(view, current.stepId).onNodes ? decideCells(state) : [{ kind: 'end-job' }];
    case 'input':
      return view.answers?.active === true ? [{ kind: 'answer-step', stepId: current.stepId }] : [];
    default:
      return [];
  }
}

/** Running work is waited for, except work that lingers; then the services are started where that was asked for. */
function decideExit(state: SequencerState): Command[] {
  if (state.exitWork === 'begun') {
    const commands = decideCells(state);
    const over = commands.some(
      ({ kind, ...rest }) => kind === 'commit' && 'event' in rest && rest.event.kind !== 'cells-started',
    );
    return over ? [{ kind: 'end-job' }] : commands;
  }
  if (awaitsWork(state)) return [];
  return [{ kind: state.exitWork === 'asked' ? 'open-exit-work' : 'end-job' }];
}

function decideCells(state: SequencerState): Command[] {
  const { stepId, cells } = currentStep(state);
  const free = state.concurrency - Object.keys(state.inFlight).length + lingeringNodes(state).length;
  const starting: { nodeId: string; mode: CellMode }[] = [];
  let busy = false;
  let open = false;
  for (const nodeId in cells) {
    const cell = cells[nodeId] as Cell;
    const probe = state.toProbe[nodeId] === true;
    if (needsDecision(cell, probe)) open = true;
    else if (cell.state === 'running' || cell.state === 'waiting' || cell.state === 'unknown') {
      if (state.inFlight[nodeId] !== undefined || starting.length >= free) busy = true;
      else starting.push({ nodeId, mode: cell.state === 'unknown' ? 'probe' : 'run' });
    }
  }
  if (starting.length > 0) return [{ kind: 'commit', event: { kind: 'cells-started', stepId, cells: starting } }];
  if (busy) return [];
  return [{ kind: 'commit', event: { kind: open ? 'step-attention' : 'step-ended', stepId } }];
}
