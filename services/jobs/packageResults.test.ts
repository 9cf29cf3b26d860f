import { expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { planNodeChanges, type SelectionContext } from '../../core/model/selection.ts';
import { knownNode, pkg } from '../../core/model/testing/selectionKit.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { filesOfNode } from '../steps/plan.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { firstRecord, recordAfter } from './jobRecord.ts';
import { withOutcomes } from './packageResults.ts';
import { faults, JobHarness } from './testing/jobHarness.ts';

it('two builds of a name on a node have rows and outcomes of their own, and versions show their epoch', () => {
  const library = [pkg('lib 1:2-1', { arch: 'i686' }), pkg('lib 1:2-1', { arch: 'x86_64' })];
  const both = [pkg('lib 1-1', { arch: 'i686' }), pkg('lib 1-1', { arch: 'x86_64' })];
  const nodes = [knownNode('n1', 'TPA', both), knownNode('n2', 'TPA', both.slice(1))];
  const context: SelectionContext = { library, certList: undefined, nodes };
  const { packages, nodes: changes } = planNodeChanges(
    context,
    library.map((one) => one.fileName),
  );
  const inventory = nodes.map(({ nodeId, type }) => ({ nodeId, type, address: nodeId, system: 1 }));
  const user = 'ada';
  const plan = { packages, nodes: changes };
  const events: JobEvent[] = [
    {
      kind: 'job-started',
      jobId: 'j',
      jobNumber: 1,
      user,
      spec: INSTALL_UPGRADE_SOFTWARE,
      settings: {},
      inventory,
      atMs: 0,
    },
    { kind: 'answered', stepId: 'select-nodes', answer: {}, effects: { select: ['n1', 'n2'] }, user, atMs: 1 },
    { kind: 'step-opened', stepId: 'find-systems', skips: [], atMs: 2 },
    ...nodes.map(({ nodeId }): JobEvent => ({
      kind: 'cells-started',
      stepId: 'find-systems',
      cells: [{ nodeId, mode: 'run' }],
      atMs: 3,
    })),
    ...nodes.map(({ nodeId, facts }): JobEvent => ({
      ...{ kind: 'cell-ended', stepId: 'find-systems', nodeId, attempt: 1, atMs: 4 },
      outcome: { state: 'ok', facts },
    })),
    { kind: 'answered', stepId: 'plan', answer: { stepId: 'plan', accept: true, plan }, user, atMs: 5 },
  ];
  const record = events.slice(1).reduce(recordAfter, firstRecord(events[0] as JobEvent));

  const files = filesOfNode(jobSoFar(record.machine), packages, changes['n1'] ?? [], 'n1');
  expect(files.map((one) => [one.fileName, one.label])).toEqual([
    ['lib-2-1.i686.rpm', 'lib.i686'],
    ['lib-2-1.x86_64.rpm', 'lib.x86_64'],
  ]);
  const results = withOutcomes(record.results, 0, (_, name) => (name === 'lib.i686' ? 'fail' : 'successful'));
  expect(results.rows.map((row) => [row.packageName, row.version, row.nodes, row.successful, row.fail])).toEqual([
    ['lib.i686', '1:2-1', 1, 0, 1],
    ['lib.x86_64', '1:2-1', 1, 1, 0],
    ['lib', '1:2-1', 1, 0, 0],
  ]);
});

it('packages of a failed install that names none of them wait, before and after a restart of putservices', async () => {
  const harness = new JobHarness(faults({ 'package-install n1': 'fail', 'package-install n2': 'fail-package' }));
  try {
    await harness.start();
    const shown = await harness.driveTo('package-install');
    expect(harness.cells('package-install')).toMatchObject({ n1: 'failed', n2: 'failed', n3: 'ok', n4: 'ok' });
    expect(
      shown.packages.map(({ packageName, waiting, fail, running }) => [packageName, waiting, fail, running]),
    ).toEqual([
      ['base', 1, 1, 0],
      ['gateway', 2, 0, 0],
      ['tools', 2, 0, 0],
    ]);
    await harness.service.close();
    harness.open();
    expect(harness.view().packages).toEqual(shown.packages);
  } finally {
    await harness.dispose();
  }
});
