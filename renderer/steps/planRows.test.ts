import { expect, it } from 'vitest';
import type { PlannedChange } from '../../core/model/job.ts';
import { planRows } from './planRows.ts';

const upgrade = (packageName: string, from: string, wayBack = true): PlannedChange => ({
  ...{ packageName, action: 'upgrade', from, to: '17.20', wayBack },
});
const most: readonly PlannedChange[] = [
  upgrade('ppde', '17.10'),
  upgrade('tdbms', '17.10', false),
  { packageName: 'bteq', action: 'keep', to: '17.20', wayBack: true },
];
const old: readonly PlannedChange[] = [upgrade('ppde', '16.20')];
const plan = { nodes: { 'tpa-1': most, 'tpa-2': most, 'tpa-3': most, 'tpa-4': old } };

it('has each change once: what has no way back, what differs from most nodes, what is usual, what stays', () => {
  const { exceptions, usual, kept } = planRows(plan);
  const told = (rows: typeof usual): unknown[] =>
    rows.map(({ change, nodes, exceptions: why, names }) => [change.packageName, change.from, nodes, why, names()]);
  expect(told(exceptions)).toEqual([
    ['tdbms', '17.10', 3, ['no-way-back'], 'tpa-[1-3]'],
    ['ppde', '16.20', 1, ['differs'], 'tpa-4'],
  ]);
  expect(told(usual)).toEqual([['ppde', '17.10', 3, [], 'tpa-[1-3]']]);
  expect(told(kept)).toEqual([['bteq', undefined, 3, [], 'tpa-[1-3]']]);
});

it('knows the nodes of a change, however they are written', () => {
  const [first] = planRows(plan).usual;
  expect([first?.has('tpa-2'), first?.has('tpa-4')]).toEqual([true, false]);
});

it('changes of as many nodes are alike usual, and lists that only say the same are folded too', () => {
  const a: readonly PlannedChange[] = [upgrade('ppde', '17.10')];
  const b: readonly PlannedChange[] = [upgrade('ppde', '17.10')];
  const c: readonly PlannedChange[] = [upgrade('ppde', '16.20')];
  const d: readonly PlannedChange[] = [upgrade('ppde', '16.20')];
  const { exceptions, usual } = planRows({ nodes: { n1: a, n2: b, n3: c, n4: d } });
  expect(exceptions).toEqual([]);
  expect(usual.map(({ nodes }) => nodes)).toEqual([2, 2]);
});
