import { expect, it } from 'vitest';
import type { Cell } from '../../../core/model/job.ts';
import type { JobNodeRow, Sharded } from '../../../core/model/jobParts.ts';
import { groupCells, shownCells } from './grouping.ts';

const waiting: Cell = { state: 'waiting', attempt: 0 };
const failed: Cell = { state: 'failed', attempt: 1 };

/** Nodes of two systems in cliques of two; `asked` counts how often a clique was looked at. */
function systemsOf(nodes: number): { nodes: Sharded<JobNodeRow>; asked: () => number } {
  let asked = 0;
  const rows = Array.from({ length: nodes }, (_, i): JobNodeRow => ({
    ...{ nodeId: `tpa-${nodes - i}`, address: `10.0.0.${i}`, type: i === 0 ? 'HSN' : 'TPA', system: 1 + (i % 2) },
    get clique() {
      asked += 1;
      return Math.floor(i / 4);
    },
  }));
  return { nodes: { shards: { 0: Object.fromEntries(rows.map((row) => [row.nodeId, row])) } }, asked: () => asked };
}
const cellsOf = (nodes: Sharded<JobNodeRow>, of: (nodeId: string) => Cell): Sharded<Cell> => ({
  shards: { 0: Object.fromEntries(Object.keys(nodes.shards['0'] ?? {}).map((nodeId) => [nodeId, of(nodeId)])) },
});

it('groups by clique within systems, names the system where there are several, and says what is in each', () => {
  const { nodes } = systemsOf(8);
  const groups = groupCells(
    shownCells(
      nodes,
      cellsOf(nodes, () => waiting),
      [],
      '',
    ),
    'clique',
  );
  expect(groups.map(({ key }) => key)).toEqual(['1/0', '1/1', '2/0', '2/1']);
  expect(groups[0]).toMatchObject({ title: 'System 1, Clique 0', note: '2 nodes · TPA, Hot standby' });
  expect(groups[0]?.cells.map(({ node }) => node.nodeId)).toEqual(['tpa-6', 'tpa-8']);
});

it('looks at what a node is once, however often its state changes, and keeps what did not change', () => {
  const { nodes, asked } = systemsOf(100);
  const first = shownCells(
    nodes,
    cellsOf(nodes, () => waiting),
    [],
    '',
  );
  const groups = groupCells(first, 'clique');
  const before = asked();
  const second = shownCells(
    nodes,
    cellsOf(nodes, (nodeId) => (nodeId === 'tpa-7' ? failed : waiting)),
    [],
    '',
  );
  expect(groupCells(second, 'clique').map(({ key }) => key)).toEqual(groups.map(({ key }) => key));
  expect(asked()).toBe(before);
  expect(second.filter((item, i) => item !== first[i]).map(({ node }) => node.nodeId)).toEqual(['tpa-7']);
  const byState = groupCells(second, 'state').map(({ title, cells }) => [title, cells.length]);
  expect(byState).toEqual([
    ['failed', 1],
    ['waiting', 99],
  ]);
});

it('groups some of the nodes as it groups all of them', () => {
  const { nodes } = systemsOf(8);
  const cells = cellsOf(nodes, () => waiting);
  groupCells(shownCells(nodes, cells, [], 'tpa-6'), 'clique');
  const keys = groupCells(shownCells(nodes, cells, [], ''), 'clique').map(({ key, cells: own }) => [key, own.length]);
  expect(keys).toEqual([
    ['1/0', 2],
    ['1/1', 2],
    ['2/0', 2],
    ['2/1', 2],
  ]);
});
