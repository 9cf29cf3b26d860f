import { emptyColumn, valueAt, withValues } from './column.ts';
import type { JobEvent, WorkOutcome } from './events.ts';
import type { SequencerState } from './state.ts';
import type { Confirmation } from './recordedDecisions.ts';

/*
 * Nodes that go back by themselves unless they are confirmed in time. When that is, is known from the work that made it so; how many there are, and when the
 * first one does, is kept as it changes.
 */

/** Times are counted together in steps of so many ms; the earlier end is told. */
const STEP_MS = 10_000;

/** The nodes of a job that go back by themselves. */
export interface GoingBack {
  readonly nodes: number;
  /** When the first of them does, by the master's clock; never later than in truth. */
  readonly firstAtMs: number;
}

const stepOf = (atMs: number): string => String(Math.floor(atMs / STEP_MS) * STEP_MS);

/** The state with other times at which nodes go back; undefined: not any more. */
function setTimes(
  state: SequencerState,
  changes: readonly (readonly [index: number, atMs: number | undefined])[],
): SequencerState {
  const column = state.goesBack ?? emptyColumn<number>(state.nodes.ids.length);
  const counts = { ...state.goesBackCounts };
  const real = changes.filter(([index, atMs]) => valueAt(column, index) !== atMs);
  if (real.length === 0) return state;
  for (const [index, atMs] of real) {
    const before = valueAt(column, index);
    if (before !== undefined) {
      const key = stepOf(before);
      counts[key] = (counts[key] ?? 1) - 1;
      if (counts[key] === 0) delete counts[key];
    }
    if (atMs !== undefined) counts[stepOf(atMs)] = (counts[stepOf(atMs)] ?? 0) + 1;
  }
  return { ...state, goesBack: withValues(column, real), goesBackCounts: counts };
}

/** What the end of work means for that: `outcome` of an attempt that began at `startedAtMs`. */
export function withGoingBack(
  state: SequencerState,
  index: number,
  { goesBack }: WorkOutcome,
  startedAtMs: number,
): SequencerState {
  if (goesBack === undefined) return state;
  return setTimes(state, [[index, goesBack === 'over' ? undefined : startedAtMs + goesBack.inMs]]);
}

/** A person confirmed nodes. */
export function applyConfirmed(state: SequencerState, event: JobEvent & { kind: 'nodes-confirmed' }): SequencerState {
  const { user, atMs, nodeIds, wentBack = [] } = event;
  const gone = new Set(wentBack);
  const confirmation: Confirmation = {
    ...{ user, atMs, confirmed: nodeIds.filter((nodeId) => !gone.has(nodeId)), wentBack },
    ...(state.endedAtMs === undefined ? {} : { afterEnd: true }),
  };
  const settled = setTimes(
    state,
    nodeIds.map((nodeId) => [state.nodes.indexOf[nodeId] ?? -1, undefined] as const),
  );
  return { ...settled, confirmations: [...(state.confirmations ?? []), confirmation] };
}

/** How many nodes go back by themselves, and when the first does; undefined where none does. */
export function goingBackOf({ goesBackCounts = {} }: SequencerState): GoingBack | undefined {
  const steps = Object.entries(goesBackCounts);
  if (steps.length === 0) return undefined;
  return {
    nodes: steps.reduce((sum, [, count]) => sum + count, 0),
    firstAtMs: Math.min(...steps.map(([atMs]) => Number(atMs))),
  };
}

/** When a node goes back by itself; undefined where it does not. */
export function goesBackAt({ goesBack }: SequencerState, index: number): number | undefined {
  return goesBack && valueAt(goesBack, index);
}
