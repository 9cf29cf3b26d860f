import type { Attention, Cell, CellCause, JobState, JobView } from '../../core/model/job.ts';
import { STEP_POLICIES } from '../operations/stepPolicies.ts';
import type { Draft } from './Draft.ts';
import {
  countCells,
  currentStep,
  isOver,
  needsDecision,
  stepDefinition,
  type SequencerState,
} from './sequencerState.ts';

/** Fills in what follows from the rest: state of the job, what needs a person, whether Next and Back are on. Ends the batch. */
export function deriveView(draft: Draft<SequencerState>, before: SequencerState): SequencerState {
  const state = draft.root as SequencerState;
  const view = draft.own(draft.root, 'view');
  view.state = stateOf(state);
  view.canBack = stepBefore(state) !== undefined;
  const cellsBefore = before.view.steps[view.currentStep]?.cells;
  const same =
    before.view.currentStep === view.currentStep &&
    before.view.endedAtMs === view.endedAtMs &&
    before.exitAskedBy === state.exitAskedBy &&
    cellsBefore === currentStep(state).cells &&
    before.toProbe === state.toProbe;
  if (!same) {
    const attention = attentionOf(state);
    view.attention = sameAttention(attention, before.view.attention) ? before.view.attention : attention;
  }
  const off = nextOffBecause(state);
  if (off === undefined) delete view.nextOffBecause;
  else view.nextOffBecause = off;
  return state;
}

function stateOf(state: SequencerState): JobState {
  const { view } = state;
  if (view.report) return view.report.outcome;
  const step = currentStep(state).state;
  if (state.exitAskedBy !== undefined) return 'running';
  return step === 'input' || step === 'attention' ? step : 'running';
}

/** The input step that Back leads to; undefined where Back is off: at the first step, and once Shutdown has begun. */
export function stepBefore(state: SequencerState): JobView['currentStep'] | undefined {
  const { view } = state;
  if (isOver(view) || state.exitAskedBy !== undefined) return undefined;
  const at = view.stepOrder.indexOf(view.currentStep);
  const begun = view.stepOrder.some(
    (stepId) => STEP_POLICIES[stepId].irreversible && view.stepOrder.indexOf(stepId) <= at,
  );
  if (begun) return undefined;
  return view.stepOrder
    .slice(0, at)
    .reverse()
    .find((stepId) => stepDefinition(view, stepId).kind === 'input' && view.steps[stepId]?.state !== 'skipped');
}

/** Equal failures of the current step folded into one line each, in the order of their first node. */
function attentionOf(state: SequencerState): Attention[] {
  const step = currentStep(state);
  const cells = step.cells;
  if (!cells || isOver(state.view) || state.exitAskedBy !== undefined) return [];
  const folded = new Map<string, { state: Attention['state']; cause: CellCause; nodeIds: string[] }>();
  for (const nodeId in cells) {
    const cell = cells[nodeId] as Cell;
    if (!needsDecision(cell, state.toProbe[nodeId] === true)) continue;
    const cause = cell.cause ?? { code: 'internal', message: 'no reason is known' };
    const key = `${cell.state}|${cause.code}|${cause.packageName ?? ''}`;
    const line = folded.get(key);
    if (line) line.nodeIds.push(nodeId);
    else folded.set(key, { state: cell.state as Attention['state'], cause, nodeIds: [nodeId] });
  }
  return [...folded].map(([key, line]) => ({ key, stepId: step.stepId, ...line }));
}

function sameAttention(a: readonly Attention[], b: readonly Attention[]): boolean {
  return (
    a.length === b.length &&
    a.every((line, i) => {
      const other = b[i] as Attention;
      return (
        line.key === other.key &&
        line.stepId === other.stepId &&
        line.cause.message === other.cause.message &&
        line.nodeIds.length === other.nodeIds.length &&
        line.nodeIds.every((nodeId, j) => nodeId === other.nodeIds[j])
      );
    })
  );
}

/** `1 node`, `3 nodes`. */
export function nodesText(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}

/** Why Next is off, with numbers; undefined when it is on. */
function nextOffBecause(state: SequencerState): string | undefined {
  const { view } = state;
  if (isOver(view)) return 'The operation is over.';
  if (state.exitAskedBy !== undefined) {
    return state.exitWork === 'begun'
      ? 'The operation is being exited; the services that were not up are being started.'
      : 'The operation is being exited; running work is coming to its end.';
  }
  const step = currentStep(state);
  switch (step.state) {
    case 'input':
      return screenObstacle(view);
    case 'attention':
      return attentionText(state);
    default:
      return runningText(state);
  }
}

function runningText(state: SequencerState): string {
  const step = currentStep(state);
  if (!step.cells) return `${step.title} is running.`;
  const counts = countCells(step.cells);
  const total = Object.keys(step.cells).length;
  const done = counts.ok + counts.warned + counts.skipped + counts.ignored;
  const parts = [`${done} of ${nodesText(total)} done`];
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (counts.waiting > 0) parts.push(`${counts.waiting} waiting`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.unreachable > 0) parts.push(`${counts.unreachable} unreachable`);
  if (counts.unknown > 0) parts.push(`${counts.unknown} being probed or unknown`);
  return `${step.title} is running: ${parts.join(', ')}.`;
}

function attentionText(state: SequencerState): string | undefined {
  const step = currentStep(state);
  if (!step.cells)
    return `${step.title} could not begin: ${step.note ?? 'no reason is known'}. Mend it, then Retry or go Back.`;
  const counts = countCells(step.cells);
  const total = Object.keys(step.cells).length;
  const open = counts.failed + counts.unreachable + counts.unknown;
  if (open > 0) {
    const parts: string[] = [];
    if (counts.failed > 0) parts.push(`${counts.failed} failed`);
    if (counts.unreachable > 0) parts.push(`${counts.unreachable} unreachable`);
    if (counts.unknown > 0) parts.push(`${counts.unknown} unknown`);
    return `${open} of ${nodesText(total)} need a decision (${parts.join(', ')}): Retry or Ignore them first.`;
  }
  // Without facts of a single node there is nothing to plan for.
  if (step.stepId === 'find-systems' && counts.ignored === total) {
    return `All ${nodesText(total)} are ignored, so no node is left: Restart Current Step, go Back, or Exit.`;
  }
  return undefined;
}

/** What stands against every answer that could be given at the screen. */
function screenObstacle(view: JobView): string | undefined {
  const { screen } = view;
  switch (screen?.stepId) {
    case 'select-nodes':
      return screen.nodes.length === 0 ? 'There is no node to select: the inventory is empty.' : undefined;
    case 'package-source':
      return screen.packageCount === 0 ? 'The package library is empty: upload packages first.' : undefined;
    case 'select-packages': {
      const hopeless = screen.problems.filter(
        (problem) => problem.offers.length === 0 && ['package-missing', 'certlist-incomplete'].includes(problem.code),
      );
      if (hopeless.length === 0) return undefined;
      const names = hopeless.slice(0, 3).map((problem) => problem.packageName);
      const more = hopeless.length > 3 ? ` and ${hopeless.length - 3} more` : '';
      return `${hopeless.length} mandatory ${hopeless.length === 1 ? 'package is' : 'packages are'} not in the package library: ${names.join(', ')}${more}.`;
    }
    case 'spool-area':
      return screen.areas.some((area) => area.enough)
        ? undefined
        : `No file system has room for the packages on every node (${screen.areas[0]?.neededBytes ?? 0} bytes needed).`;
    default:
      return undefined;
  }
}
