import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobPlan, PlannedChange } from './job.ts';
import { bindPlan, differencesText, planBindingSchema, planDifferences } from './planBinding.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const changes: fc.Arbitrary<PlannedChange[]> = fc.uniqueArray(
  fc.record(
    {
      packageName: word,
      action: fc.constantFrom('install' as const, 'upgrade' as const, 'keep' as const),
      from: word,
      to: word,
      wayBack: fc.boolean(),
    },
    { requiredKeys: ['packageName', 'action', 'to', 'wayBack'] },
  ),
  { selector: (change) => change.packageName, maxLength: 4 },
);
const plans: fc.Arbitrary<JobPlan> = fc
  .record({
    release: fc.option(word, { nil: undefined }),
    files: fc.uniqueArray(word, { maxLength: 5 }),
    nodes: fc.dictionary(word, changes, { maxKeys: 6 }),
  })
  .map(({ release, files, nodes }) => ({
    createdAtMs: 0,
    mode: 'typical',
    spoolArea: '/var',
    skips: [],
    pointOfNoReturn: 'shutdown',
    warnings: [],
    release,
    nodes,
    packages: files.map((fileName) => ({
      ...{ name: fileName, epoch: 0, version: '1', release: '1', arch: 'noarch', fileName, fileBytes: 1 },
      ...{ sha256: 'a'.repeat(64), mandatory: false },
    })),
  }));
const bind = (plan: JobPlan) =>
  planBindingSchema.parse({ ...bindPlan(plan, { at: 'now', system: 'lab' }), digest: 'none' });

describe('a plan and what was agreed on', () => {
  it('are the same for the same plan, and for nothing else', () => {
    const essence = ({ release, packages, nodes }: JobPlan): unknown => [
      release,
      packages.map(({ fileName }) => fileName).sort(),
      Object.entries(nodes)
        .map(([nodeId, list]) => [
          nodeId,
          list
            .map(({ packageName, action, from, to, wayBack }) => {
              const kept = action === 'keep';
              return [packageName, kept, from, kept || to, kept || wayBack];
            })
            .sort(),
        ])
        .sort(),
    ];
    fc.assert(
      fc.property(plans, plans, (one, other) => {
        expect(planDifferences(bind(one), one)).toEqual([]);
        const same = JSON.stringify(essence(one)) === JSON.stringify(essence(other));
        expect(planDifferences(bind(one), other).length === 0).toBe(same);
      }),
    );
  });

  it('tells equal differences of many nodes in one line', () => {
    const change: PlannedChange = { packageName: 'a', action: 'upgrade', from: '1', to: '2', wayBack: true };
    const nodes = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`n${i}`, [change]]));
    const [plan] = fc.sample(plans, { numRuns: 1, seed: 1 });
    if (!plan) throw new Error('no plan');
    const agreed = { ...plan, nodes };
    const now = {
      ...agreed,
      nodes: Object.fromEntries(Object.keys(nodes).map((id) => [id, [{ ...change, to: '3' }]])),
    };
    expect(planDifferences(bind(agreed), now)).toEqual([
      'n0, n1, n2, n3, n4, n5 and 3 more nodes: a: 1 to 2 -> 1 to 3',
    ]);
  });

  it('tells of a way back only that it came or went', () => {
    const [plan] = fc.sample(plans, { numRuns: 1, seed: 1 });
    if (!plan) throw new Error('no plan');
    const to = (version: string, wayBack: boolean): JobPlan => ({
      ...plan,
      nodes: { n1: [{ packageName: 'a', action: 'upgrade', from: '1', to: version, wayBack }] },
    });
    const told = (before: JobPlan, now: JobPlan): string => planDifferences(bind(before), now).join();
    expect(told(to('2', false), to('3', false))).toBe('n1: a: 1 to 2 -> 1 to 3');
    expect(told(to('2', true), to('2', false))).toBe('n1: a: 1 to 2 -> 1 to 2, without a way back');
    expect(told(to('2', false), to('3', true))).toBe('n1: a: 1 to 2, without a way back -> 1 to 3');
  });

  it('tells the first differences a line each, and how many more there are', () => {
    const lines = differencesText(Array.from({ length: 23 }, (_, i) => `n${i}: a: 1 -> 2`)).split('\n');
    expect([lines[1], lines[20], lines[21], lines.length]).toEqual([
      'n0: a: 1 -> 2',
      'n19: a: 1 -> 2',
      'and 3 more',
      22,
    ]);
  });
});
