import { describe, expect, it } from 'vitest';
import type { JobPlan, PlannedChange } from '../core/model/job.ts';
import { planText } from './planText.ts';
import { FakeHost } from './testing/FakeMaster.ts';

const change = (packageName: string, more: Partial<PlannedChange> = {}): PlannedChange => ({
  ...{ packageName, action: 'upgrade', from: '1-1', to: '2-1', wayBack: true, ...more },
});
const nodesOf = (
  count: number,
  type: string,
  changes: readonly PlannedChange[],
): [string, readonly PlannedChange[]][] =>
  Array.from({ length: count }, (_, at) => [`${type}-${String(at + 1).padStart(3, '0')}`, changes]);
const plan = (nodes: [string, readonly PlannedChange[]][]): JobPlan => ({
  ...{ createdAtMs: 0, release: '2', mode: 'typical', spoolArea: '/var/opt', packages: [], skips: [] },
  ...{ pointOfNoReturn: 'shutdown', nodes: Object.fromEntries(nodes) },
  warnings: [{ name: 'no-way-back', message: 'b has no way back' }] as unknown as JobPlan['warnings'],
});
const { terminal } = new FakeHost();

describe('a plan as text', () => {
  const keep = change('k', { action: 'keep' });
  const many = plan([
    ...nodesOf(200, 'tpa', [change('a'), keep]),
    ...nodesOf(3, 'aws', [change('a'), change('b', { wayBack: false }), keep]),
    ...nodesOf(2, 'sws', [keep]),
  ]);

  it('tells many nodes by package: what has no way back first, names folded, warnings before all', () => {
    const lines = planText(many, terminal).split('\n');
    expect(lines.slice(1, 7)).toEqual([
      '! warning (no-way-back): b has no way back',
      '',
      'COUNT  PACKAGE  ACTION   FROM  TO   WAY BACK     NODES',
      '    3  b        upgrade  1-1   2-1  no way back  aws-[001-003]',
      '  203  a        upgrade  1-1   2-1  yes          aws-[001-003] tpa-[001-200]',
      '',
    ]);
    expect(lines[7]).toBe('Nothing to do on 2 nodes: sws-[001-002]');
    expect(lines).toContain('205 nodes, 206 changes: 0 to install, 206 to upgrade; 205 to keep.');
    expect(lines.length).toBeLessThan(14);
  });

  it('says of what is installed beside its other versions that none of them goes', () => {
    const { from: _none, ...kernel } = change('kernel', { action: 'install', beside: true });
    expect(planText(plan(nodesOf(1, 'tpa', [kernel])), terminal)).toMatch(
      /^kernel {3}install {2}beside others {2}2-1/m,
    );
  });

  it('tells few nodes, and each where that is asked for, by node', () => {
    expect(planText(plan(nodesOf(3, 'tpa', [change('a')])), terminal)).toContain('3 nodes: tpa-[001-003]\nPACKAGE');
    expect(planText(many, terminal, { each: true })).toContain('200 nodes: tpa-[001-200]\nPACKAGE');
  });
});
