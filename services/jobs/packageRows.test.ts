import { expect, it } from 'vitest';
import type { JobPlan } from '../../core/model/job.ts';
import { planNodeChanges, type SelectionContext } from '../../core/model/selection.ts';
import { knownNode, pkg } from '../../core/model/testing/selectionKit.ts';
import { filesOfNode } from '../operations/planStep.ts';
import { Draft } from './Draft.ts';
import { setPackageOutcome, startPackageRows } from './packageRows.ts';
import { initialState, type SequencerState } from './sequencerState.ts';

it('two builds of a name on a node have rows and outcomes of their own, and versions show their epoch', () => {
  const library = [pkg('lib 1:2-1', { arch: 'i686' }), pkg('lib 1:2-1', { arch: 'x86_64' })];
  const both = [pkg('lib 1-1', { arch: 'i686' }), pkg('lib 1-1', { arch: 'x86_64' })];
  const nodes = [knownNode('n1', 'TPA', both), knownNode('n2', 'TPA', both.slice(1))];
  const context: SelectionContext = { library, certList: undefined, nodes };
  const { packages, nodes: changes } = planNodeChanges(
    context,
    library.map((one) => one.fileName),
  );
  const started = { kind: 'job-started', jobId: 'j', jobNumber: 1, operationId: 'install-upgrade-software' } as const;
  const first = initialState({ ...started, title: 't', user: 'ada', inventory: [], concurrency: 1, atMs: 0 });
  const jobNode = (nodeId: string): object => ({ nodeId, before: [], outcomes: {} });
  const state = {
    ...first,
    facts: Object.fromEntries(nodes.map((one) => [one.nodeId, one.facts])),
    view: { ...first.view, nodes: { n1: jobNode('n1'), n2: jobNode('n2') } },
  } as unknown as SequencerState;

  const files = filesOfNode(state, packages, changes['n1'] ?? [], 'n1');
  expect(files.map((one) => [one.fileName, one.label])).toEqual([
    ['lib-2-1.i686.rpm', 'lib.i686'],
    ['lib-2-1.x86_64.rpm', 'lib.x86_64'],
  ]);
  const draft = new Draft(state);
  startPackageRows(draft, { packages, nodes: changes } as unknown as JobPlan);
  setPackageOutcome(draft, 'n1', 'lib.i686', 'fail');
  setPackageOutcome(draft, 'n1', 'lib.x86_64', 'successful');
  expect(
    draft.root.view.packages.map((row) => [row.packageName, row.version, row.nodes, row.successful, row.fail]),
  ).toEqual([
    ['lib.i686', '1:2-1', 1, 0, 1],
    ['lib.x86_64', '1:2-1', 1, 1, 0],
    ['lib', '1:2-1', 1, 0, 0],
  ]);
});
