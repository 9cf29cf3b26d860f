import type { Cell, StepView } from '../../core/model/job.ts';
import type { Draft, Mutable } from './Draft.ts';
import type { InFlight, SequencerState } from './sequencerState.ts';

/* Changing the cells and the work of a job's state while events are applied. */

export type StateDraft = Draft<SequencerState>;
export type Writable<T> = Record<string, T>;

export function ownStep(draft: StateDraft, stepId: string): Mutable<StepView> {
  const steps = draft.own(draft.own(draft.root, 'view'), 'steps') as Writable<StepView>;
  return draft.own(steps, stepId);
}

export function ownCell(draft: StateDraft, stepId: string, nodeId: string): Mutable<Cell> {
  const cells = draft.own(ownStep(draft, stepId), 'cells') as Writable<Cell>;
  return draft.own(cells, nodeId);
}

export function setCell(draft: StateDraft, stepId: string, nodeId: string, cell: Cell): void {
  (draft.own(ownStep(draft, stepId), 'cells') as Writable<Cell>)[nodeId] = draft.fresh(cell);
}

export function cellOf(draft: StateDraft, stepId: string, nodeId: string): Cell | undefined {
  return draft.root.view.steps[stepId]?.cells?.[nodeId];
}

export function setFlag(draft: StateDraft, nodeId: string): void {
  (draft.own(draft.root, 'toProbe') as Writable<true>)[nodeId] = true;
}

export function clearFlag(draft: StateDraft, nodeId: string): void {
  if (draft.root.toProbe[nodeId]) delete (draft.own(draft.root, 'toProbe') as Writable<true>)[nodeId];
}

export function land(draft: StateDraft, nodeId: string): void {
  delete (draft.own(draft.root, 'inFlight') as Writable<InFlight>)[nodeId];
}
