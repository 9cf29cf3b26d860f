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
      {
        settings: {
          nodesAtOnce: 16,
          stopAt: '10 %',
          confirmWithin: '2 h',
          waves: { canary: 1, by: '25%', stopBefore: 2 },
        },
        mode: 'typical',
      },
    );
    const differences = planFileDifferences(before, after);
    expect(differencesInWords(differences).split('\n')).toEqual([
      'The plans differ: 4 differences of the whole, 10000 nodes with 2 kinds of difference.',
      '  setting nodesAtOnce: 8 -> 16',
      '  setting stopAt: nothing -> job 10 %',
      '  setting confirmWithin: nothing -> 2 h',
      '  setting waves: nothing -> canary 1, then 25 % at a time, stop before 2',
      '  9998 nodes (tpa-[3-10000]): base: 1-1 to 2-1 -> 1-1 to 3-1',
      '  2 nodes (tpa-1, tpa-2): base: 1-1 to 2-1 -> 1-1 to 2-2',
    ]);
  });

  it('is none for the same plan in another order, and of answers alone where one binds nothing', () => {
    const plan = planOf([{ nodes: ['a'], changes: [] }], { settings: { nodesAtOnce: 8, stopAt: '2' } });
    expect(planFileDifferences(plan, { ...plan, settings: { stopAt: '2', nodesAtOnce: 8 } })).toEqual([]);
    const { bound: _bound, ...bare } = plan;
    expect(planFileDifferences({ ...bare, nodes: ['a'] }, { ...bare, nodes: ['b'] })).toEqual([
      { part: 'answer', name: 'nodes', before: 'a', after: 'b' },
    ]);
    // Written in another way it is the same; what is in an answer is told in words too.
    const two = {
      ...bare,
      settings: { nodesAtOnce: '8', stopAt: { job: 2 } },
      answers: { switch: { to: 'now', at: [1] } },
    };
    expect(planFileDifferences(bare, two)).toEqual([
      { part: 'answer', name: 'answers', before: undefined, after: 'switch (to now, at 1)' },
    ]);
  });
});
