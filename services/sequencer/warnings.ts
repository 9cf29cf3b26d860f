import { stepsOf } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { whyNotBack } from './catchUp.ts';
import { setCells } from './changes.ts';
import type { Cell } from './cells.ts';
import { entriesOf, valueAt } from './column.ts';
import type { JobEvent, JobEventBody } from './events.ts';
import { notNow, requireKnown } from './refusals.ts';
import {
  cellOf,
  findStep,
  flightOn,
  isOnTheWay,
  phaseOf,
  stepSpec,
  waveOf,
  type LeftOut,
  type SequencerState,
} from './state.ts';

/*
 * Nodes that came through a step with a warning. Nobody has to decide about them, and the job goes on; a person can have the step done once more on them, or
 * say that the warning is known and accepted, also after the end of the job.
 */

/** Accepts warnings: those of the nodes that are named at the step, or of all. @throws PutError nothing-to-accept, node-unknown */
export function acceptEvent(
  state: SequencerState,
  { stepId, nodeIds }: { readonly stepId: string; readonly nodeIds?: readonly string[] | undefined },
  user: string,
): JobEventBody & { kind: 'accepted' } {
  requireKnown(state, nodeIds ?? []);
  const table = Object.hasOwn(state.cells, stepId) ? state.cells[stepId] : undefined;
  const open = (cell: Cell | undefined): boolean => cell?.state === 'warned' && cell.acceptedBy === undefined;
  const found =
    nodeIds === undefined
      ? table &&
        [...entriesOf(table.column)].flatMap(([index, cell]) => (open(cell) ? [state.nodes.ids[index] ?? ''] : []))
      : [...new Set(nodeIds)].filter((nodeId) => open(cellOf(state, stepId, state.nodes.indexOf[nodeId] ?? -1)));
  const title = findStep(state.spec, stepId)?.title ?? stepId;
  if (!found || found.length === 0)
    throw new PutError('nothing-to-accept', `${title} has no warning on these nodes that nobody accepted`, { stepId });
  return { kind: 'accepted', stepId, nodeIds: found, user };
}

/** Warnings were accepted: who did stands at each cell. */
export function applyAccepted(state: SequencerState, event: JobEvent & { kind: 'accepted' }): SequencerState {
  const { stepId, nodeIds, user, atMs } = event;
  const cells = nodeIds.flatMap((nodeId): [number, Cell][] => {
    const index = state.nodes.indexOf[nodeId] ?? -1;
    const cell = cellOf(state, stepId, index);
    return cell?.state === 'warned' ? [[index, { ...cell, acceptedBy: user }]] : [];
  });
  const acceptance = {
    stepId,
    nodeIds,
    user,
    atMs,
    ...(state.endedAtMs === undefined ? {} : { afterEnd: true as const }),
  };
  return { ...setCells(state, stepId, cells), acceptances: [...(state.acceptances ?? []), acceptance] };
}

/** The cell of a warned node that is tried again: what it warned of is done once more. */
export function onceMore({ attempt, cause, warnedItems }: Cell): Cell {
  // Jobs of earlier versions kept only the first item that warned.
  const items = warnedItems ?? (cause?.packageName === undefined ? undefined : [cause.packageName]);
  return { state: 'waiting', attempt, again: true, ...(items ? { warnedItems: items } : {}) };
}

/** Where a node begins anew for a step that is behind: there, or with the first step of the phase, whose steps belong together. */
function beginsAt(state: SequencerState, stepId: string): number {
  const steps = stepsOf(state.spec);
  const phase = phaseOf(state.spec, stepId);
  return steps.findIndex(({ id }) => id === (phase?.perWave ? phase.steps[0]?.id : stepId));
}

/** Whether the job has left a step behind for a node: it is further on, or the node's wave is through. */
function isBehind(state: SequencerState, stepId: string, index: number): boolean {
  const steps = stepsOf(state.spec);
  const at = steps.findIndex(({ id }) => id === stepId);
  const here = state.catchUp?.returnTo ?? state.at;
  if (at < 0 || !isOnTheWay(state)) return false;
  const phase = phaseOf(state.spec, stepId);
  const samePhase = phase === phaseOf(state.spec, steps[Math.min(here.step, steps.length - 1)]?.id ?? '');
  return at < here.step || (samePhase && phase?.perWave === true && waveOf(state.nodes)(index) < here.wave);
}

/** How a node that came with a warning through a step which is behind is out, until it catches up from there; undefined for any other node. */
export function lateForWarning(
  state: SequencerState,
  stepId: string,
  index: number,
  user: string,
): LeftOut | undefined {
  if (cellOf(state, stepId, index)?.state !== 'warned' || valueAt(state.leftOut, index)) return undefined;
  if (!isBehind(state, stepId, index)) return undefined;
  const reason = `the warning of ${stepSpec(state.spec, stepId).title} is tried again`;
  return { stepId, reason, user, returns: 'due', from: beginsAt(state, stepId) };
}

/**
 * Those of some nodes that catch up from a step for its warning.
 * @throws PutError node-busy; step-not-current where what was answered since cannot be answered anew for one of them
 */
export function nodesWithLateWarning(
  state: SequencerState,
  stepId: string,
  nodeIds: readonly string[],
  user: string,
): string[] {
  return [...new Set(nodeIds)].filter((nodeId) => {
    const index = state.nodes.indexOf[nodeId] ?? -1;
    const late = lateForWarning(state, stepId, index, user);
    if (!late) return false;
    const why = whyNotBack(state, index, late);
    if (why !== undefined) throw notNow(why, stepId);
    if (!flightOn(state, nodeId)?.held) return true;
    throw new PutError('node-busy', `work on ${nodeId} is not known to have ended`, { nodeId });
  });
}
