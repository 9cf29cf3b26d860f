import { expect, it } from 'vitest';
import { endedNodes, STATE_ORDER } from '../../../core/model/cellCounts.ts';
import type { Cell, CellCounts } from '../../../core/model/job.ts';
import type { NodeCell } from './grouping.ts';
import { STEP_COLUMNS } from './StepTimeline.tsx';
import { stepCurve } from './stepTimeline.ts';

const nodeCell = (nodeId: string, cell: Partial<Cell>): NodeCell => ({
  node: { nodeId, address: nodeId, type: 'TPA', system: 1 },
  cell: { state: 'ok', attempt: 1, ...cell },
});

it('is nothing before anything has begun, and adds up at every point afterwards', () => {
  expect(stepCurve([nodeCell('a', { state: 'waiting', attempt: 0 })], 10_000)).toBeUndefined();
  const curve = stepCurve(
    [
      nodeCell('a', { startedAtMs: 1_000, endedAtMs: 3_000 }),
      nodeCell('b', { state: 'failed', startedAtMs: 2_000, endedAtMs: 5_000 }),
      nodeCell('c', { state: 'running', startedAtMs: 4_000 }),
      nodeCell('d', { state: 'waiting', attempt: 0 }),
    ],
    9_000,
  );
  if (!curve) throw new Error('three nodes have begun');
  expect([curve.atSeconds[0], curve.atSeconds.at(-1)]).toEqual([1, 9]);
  const at = (seconds: number): number[] => {
    const index = curve.atSeconds.findLastIndex((one) => one <= seconds);
    return [curve.running, curve.ended, curve.trouble].map((line) => line[index] ?? -1);
  };
  expect(at(1.5)).toEqual([1, 0, 0]);
  expect(at(2.5)).toEqual([2, 0, 0]);
  expect(at(3.5)).toEqual([1, 1, 0]);
  expect(at(9)).toEqual([1, 2, 1]);
});

it('ends with the numbers that the step tells, whatever the nodes have come to', () => {
  const cells: NodeCell[] = [
    nodeCell('done', { startedAtMs: 1_000, endedAtMs: 3_000 }),
    nodeCell('runs', { state: 'running', startedAtMs: 1_000 }),
    nodeCell('again', { state: 'waiting', attempt: 1, startedAtMs: 1_000, endedAtMs: 2_000 }),
    nodeCell('failed', { state: 'failed', startedAtMs: 1_000, endedAtMs: 2_000 }),
    nodeCell('silent', { state: 'unknown', startedAtMs: 1_000, endedAtMs: 4_000 }),
    nodeCell('does not stop', { state: 'unknown', startedAtMs: 1_000 }),
    nodeCell('never reached', { state: 'unreachable', attempt: 1 }),
    nodeCell('left out', { state: 'ignored', attempt: 0 }),
    nodeCell('had nothing to do', { state: 'skipped', attempt: 0, endedAtMs: 1_500 }),
  ];
  const counts = Object.fromEntries(
    STATE_ORDER.map((state) => [state, cells.filter(({ cell }) => cell.state === state).length]),
  ) as unknown as CellCounts;
  const last = (curve: readonly number[] | undefined): number | undefined => curve?.at(-1);
  const curve = stepCurve(cells, 9_000);
  expect([last(curve?.running), last(curve?.ended), last(curve?.trouble)]).toEqual([1, endedNodes(counts), 4]);
});

it('the table of steps has every state of nodes, and shows those that did not come through', () => {
  const ids = STEP_COLUMNS.map(({ id }) => (id === 'done' ? 'ok' : id));
  expect(ids.slice(-STATE_ORDER.length)).toEqual(STATE_ORDER);
  const shown = STEP_COLUMNS.slice(-STATE_ORDER.length).filter(({ offAtFirst }) => offAtFirst !== true);
  expect(shown.map(({ id }) => id)).toEqual(['done', 'failed', 'unreachable', 'unknown']);
});
