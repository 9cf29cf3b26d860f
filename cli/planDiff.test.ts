import { describe, expect, it } from 'vitest';
import { differencesInWords, planFileDifferences } from './planDiff.ts';
import type { PlanFile } from './planFile.ts';

const nodes = Array.from({ length: 10_000 }, (_, at) => `tpa-${at + 1}`);
const change = (to: string) => ({ package: 'base', action: 'upgrade' as const, from: '1-1', to });

function planOf(groups: NonNullable<PlanFile['bound']>['nodes'], more: Partial<PlanFile> = {}): PlanFile {
  const bound = { madeAt: 'now', system: 'lab', files: [], nodes: groups, digest: 'none' };
  return { version: 1, operation: 'install-upgrade-software', ...more, bound };
}

describe('the difference of two plan files', () => {
  it('is told in groups of nodes that differ alike, the whole first, then most nodes first', () => {
    const before = planOf([{ nodes, changes: [change('2-1')] }], { settings: { nodesAtOnce: 8 }, mode: 'typical' });
    const after = planOf(
      [
        { nodes: nodes.slice(0, 2), changes: [change('2-2')] },
        { nodes: nodes.slice(2), changes: [change('3-1')] },
      ],
      { settings: { nodesAtOnce: 16, waves: { canary: 1 } }, mode: 'typical' },
    );
    const differences = planFileDifferences(before, after);
    expect(differencesInWords(differences).split('\n')).toEqual([
      'The plans differ: 2 differences of the whole, 10000 nodes with 2 kinds of difference.',
      '  setting nodesAtOnce: 8 -> 16',
      '  setting waves: nothing -> {"canary":1}',
      '  9998 nodes (tpa-[3-10000]): base: 1-1 to 2-1 -> 1-1 to 3-1',
      '  2 nodes (tpa-1, tpa-2): base: 1-1 to 2-1 -> 1-1 to 2-2',
    ]);
  });

  it('is none for the same plan in another order, and of answers alone where one binds nothing', () => {
    const plan = planOf([{ nodes: ['a'], changes: [] }], { settings: { nodesAtOnce: 8, stopAt: '2' } });
    expect(planFileDifferences(plan, { ...plan, settings: { stopAt: '2', nodesAtOnce: 8 } })).toEqual([]);
    const { bound: _bound, ...bare } = plan;
    expect(planFileDifferences({ ...bare, nodes: ['a'] }, { ...bare, nodes: ['b'] })).toEqual([
      { part: 'answer', name: 'nodes', before: '["a"]', after: '["b"]' },
    ]);
  });
});
