import { askAnew, skippedCell, workAgain } from './applyCatchUp.ts';
import { type Cell } from './cells.ts';
import { queueNodes, setCells, setLeftOut } from './changes.ts';
import { valueAt, withValues } from './column.ts';
import type { JobEvent } from './events.ts';
import { cellOf, statusOf, type IgnoredItem, type LeftOut, type SequencerState } from './state.ts';

/* Nodes, or items on them, that a person gives up, and takes back. */

export function applyIgnore(state: SequencerState, event: JobEvent & { kind: 'ignored' }): SequencerState {
  if (statusOf(state, event.stepId).state === 'input') return leaveOutOfQuestion(state, event);
  const cells: (readonly [number, Cell])[] = [];
  const left: (readonly [number, LeftOut])[] = [];
  const items: (readonly [number, readonly IgnoredItem[]])[] = [];
  const again: number[] = [];
  for (const nodeId of event.nodeIds) {
    const index = state.nodes.indexOf[nodeId];
    const cell = index === undefined ? undefined : cellOf(state, event.stepId, index);
    if (index === undefined || !cell) continue;
    const { item, reason, user } = event;
    if (item !== undefined) {
      items.push([index, [...(valueAt(state.ignoredItems, index) ?? []), { item, reason, stepId: event.stepId }]]);
      const open = (cell.failedItems ?? []).filter((failed) => failed !== item);
      // Without the item the node can go on with the others: a new attempt.
      const held = valueAt(state.leftOut, index);
      if (open.length > 0) cells.push([index, { ...cell, failedItems: open }]);
      else if (held?.returns) {
        cells.push([index, skippedCell(cell, held)]);
        left.push([index, { ...held, from: held.from ?? state.at.step }]);
      } else {
        if (cell.state === 'failed') again.push(index);
        cells.push([index, { state: 'waiting', attempt: cell.attempt }]);
      }
    } else {
      cells.push([index, { ...cell, state: 'ignored', ignoreReason: reason, probe: undefined }]);
      left.push([index, { stepId: event.stepId, reason, user, state: cell.state as LeftOut['state'] }]);
    }
  }
  const ignored = { ...state, ignoredItems: withValues(state.ignoredItems, items) };
  const next = setLeftOut(setCells(ignored, event.stepId, cells), left);
  return again.length === 0 ? next : queueNodes(workAgain(next), again);
}

/** Nodes that stand in the way of a question: it is asked anew without them. */
function leaveOutOfQuestion(state: SequencerState, event: JobEvent & { kind: 'ignored' }): SequencerState {
  const { stepId, nodeIds, reason, user } = event;
  const left = nodeIds.flatMap((nodeId): [number, LeftOut][] => {
    const index = state.nodes.indexOf[nodeId];
    return index === undefined ? [] : [[index, { stepId, reason, user, state: 'failed', notBegun: true }]];
  });
  return askAnew(setLeftOut(state, left));
}

/** Nodes need a decision again, as they were before they were ignored. */
function applyNodesTakenBack(
  state: SequencerState,
  { stepId, nodeIds }: JobEvent & { kind: 'ignore-undone' },
): SequencerState {
  const cells: (readonly [number, Cell])[] = [];
  const back: (readonly [number, undefined])[] = [];
  for (const nodeId of nodeIds) {
    const index = state.nodes.indexOf[nodeId] ?? -1;
    const cell = cellOf(state, stepId, index);
    const left = valueAt(state.leftOut, index);
    if (!cell || left?.state === undefined) continue;
    const { ignoreReason: _reason, ...before } = cell;
    cells.push([index, { ...before, state: left.state }]);
    back.push([index, undefined]);
  }
  return setCells(setLeftOut(state, back), stepId, cells);
}

/** The item is work again: a node that failed needs it decided anew, one that came through without it is asked and goes on with it. */
export function applyIgnoreUndone(state: SequencerState, event: JobEvent & { kind: 'ignore-undone' }): SequencerState {
  const { item, stepId } = event;
  if (item === undefined) return applyNodesTakenBack(state, event);
  const cells: (readonly [number, Cell])[] = [];
  const items: (readonly [number, readonly IgnoredItem[] | undefined])[] = [];
  const again: number[] = [];
  for (const nodeId of event.nodeIds) {
    const index = state.nodes.indexOf[nodeId];
    const cell = index === undefined ? undefined : cellOf(state, stepId, index);
    if (index === undefined || !cell) continue;
    const left = (valueAt(state.ignoredItems, index) ?? []).filter((one) => one.item !== item || one.stepId !== stepId);
    items.push([index, left.length > 0 ? left : undefined]);
    if (cell.state === 'failed') cells.push([index, { ...cell, failedItems: [...(cell.failedItems ?? []), item] }]);
    if (cell.state === 'ok' || cell.state === 'warned') {
      const { attempt, startedAtMs } = cell;
      cells.push([index, { state: 'unknown', attempt, startedAtMs, probe: true }]);
      again.push(index);
    }
  }
  const undone = { ...state, ignoredItems: withValues(state.ignoredItems, items) };
  const next = setCells(undone, stepId, cells);
  return again.length === 0 ? next : queueNodes(workAgain(next), again);
}
