import type { CellCause } from '../../core/model/job.ts';
import { formOf } from '../../core/model/stepKinds.ts';
import { cellAt, totalCounts, withCells, type Cell, type CellTable } from './cells.ts';
import { setStep } from './changes.ts';
import { statusOf, stepsShown, waveOf, type SequencerState, type StepStatus } from './state.ts';

/*
 * A job that has ended has nothing that waits or runs: what was still to come was left out, and what was cut short is not known.
 */

/** Why the rest is left out where a job ends before its last step, in words. */
export function whyLeftOut({ exit, rollback }: SequencerState): string {
  if (exit) return `${exit.user} exited the operation`;
  return rollback ? `${rollback.user} had the nodes go back to the versions before` : 'the operation ended before';
}

/** The state as it is once the job has ended at `atMs`. Walks the cells of steps that did not come to their end. */
export function closed(state: SequencerState, atMs: number): SequencerState {
  const why = whyLeftOut(state);
  const cause: CellCause = { code: 'cancelled', message: `${why} while it ran` };
  let next = state;
  for (const { id, use } of stepsShown(state)) {
    next = closeCells(next, id, why, cause);
    const status = statusOf(next, id);
    // A job ends with its report, however it ends: the step that is the report has been done then.
    const concludes = formOf(use) === 'conclude';
    const change = concludes ? { state: 'ok' as const } : closedStep(next, status, id, state.cells[id], why);
    if (change) next = setStep(next, id, { ...change, ...(status.attempt > 0 ? { endedAtMs: atMs } : {}) });
  }
  return next;
}

function closeCells(state: SequencerState, stepId: string, skipReason: string, cause: CellCause): SequencerState {
  const table = state.cells[stepId];
  if (!table) return state;
  const { waiting, running, probes } = totalCounts(table);
  if (waiting + running + probes === 0) return state;
  const changes: [number, Cell][] = [];
  for (let index = 0; index < table.column.length; index += 1) {
    const cell = cellAt(table, index);
    if (cell.state === 'waiting') changes.push([index, { ...cell, state: 'skipped', skipReason }]);
    else if (cell.state === 'running') changes.push([index, { ...cell, state: 'unknown', cause: cell.cause ?? cause }]);
    else if (cell.probe) changes.push([index, { ...cell, probe: undefined, cause: cell.cause ?? cause }]);
  }
  return { ...state, cells: { ...state.cells, [stepId]: withCells(table, changes, waveOf(state.nodes)) } };
}

/** What becomes of a step; undefined: it had come to its end. `before` has its cells as they were when the job ended. */
function closedStep(
  { cells }: SequencerState,
  { state, note }: StepStatus,
  stepId: string,
  before: CellTable | undefined,
  why: string,
): Partial<StepStatus> | undefined {
  const open = state === 'waiting' || state === 'input' || state === 'running' || state === 'attention';
  const table = cells[stepId];
  if (!open && table === before) return undefined;
  const left = { note: note ?? why };
  if (!table || totalCounts(table).skipped === table.column.length) return { state: 'skipped', ...left };
  const { warned, ignored, failed, unreachable, unknown } = totalCounts(table);
  if (table !== before || failed + unreachable + unknown > 0) return { state: 'failed', ...left };
  return { state: warned + ignored > 0 ? 'warned' : 'ok' };
}
