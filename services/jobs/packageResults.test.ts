import { expect, it } from 'vitest';
import { nodesOfRow, PACKAGE_STATES } from '../../core/model/job.ts';
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

it('a package that has not ended by itself is as its node is, before and after a restart of putservices', async () => {
  const harness = new JobHarness(
    faults({
      'package-install n1': 'fail',
      'package-install n2': 'fail-package',
      'package-install n3': 'unreachable',
    }),
  );
  try {
    await harness.start();
    const shown = await harness.driveTo('package-install');
    expect(harness.cells('package-install')).toMatchObject({ n1: 'failed', n2: 'failed', n3: 'unreachable', n4: 'ok' });
    const rows = (): unknown[] =>
      harness
        .view()
        .packages.map((row) => [
          row.packageName,
          Object.fromEntries(PACKAGE_STATES.flatMap((state) => (row[state] > 0 ? [[state, row[state]]] : []))),
        ]);
    // Where no package is named the node failed with all of them; else the others were left out.
    const wanted = [
      ['base', { successful: 1, fail: 2, unreachable: 1 }],
      ['gateway', { successful: 1, fail: 1, skipped: 1, unreachable: 1 }],
      ['tools', { successful: 1, fail: 1, skipped: 1, unreachable: 1 }],
    ];
    expect(rows()).toEqual(wanted);
    await harness.service.close();
    harness.open();
    expect(harness.view().packages).toEqual(shown.packages);
    await harness.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    const { steps, report, packages } = await harness.settle();
    expect(rows()).toEqual(wanted);
    expect(packages.map(nodesOfRow)).toEqual([4, 4, 4]);
    expect(Object.values(steps).map(({ stepId, state }) => [stepId, state])).not.toContainEqual([
      expect.any(String),
      expect.stringMatching(/^(waiting|input|running|attention)$/),
    ]);
    expect(report?.lines).toContain(
      'Package results, packages x nodes: 3 successful, 4 failed, 2 skipped, 3 unreachable.',
    );
    expect(report?.lines.find((line) => line.startsWith('Not begun: '))).toMatch(/Start, Validation/);
  } finally {
    await harness.dispose();
  }
});

it.each(['drift', 'fail-package', 'fail', 'unreachable'] as const)(
  'packages of a node that was ignored and taken back are as they were before: %s',
  async (fault) => {
    const harness = new JobHarness(faults({ 'package-install n2': fault }));
    try {
      await harness.start();
      const before = (await harness.driveTo('package-install')).packages;
      const place = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'] };
      await harness.ask('job.ignore', { ...place, reason: 'the wrong one' });
      expect(harness.view().packages).not.toEqual(before);
      await harness.ask('job.undoIgnore', place);
      expect(harness.view().packages).toEqual(before);
    } finally {
      await harness.dispose();
    }
  },
);
