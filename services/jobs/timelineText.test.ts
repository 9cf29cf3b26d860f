import { afterEach, expect, it } from 'vitest';
import { faults, JobHarness } from './testing/jobHarness.ts';

let h: JobHarness;
afterEach(() => h.dispose());

const lines = (stepTitle: string): string[] =>
  h.told.map(({ text }) => text).filter((text) => text.includes(stepTitle));

it('a failure is told once when the first node has it, and with the names of all when the step needs a decision', async () => {
  const nodeIds = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
  h = new JobHarness({
    nodes: nodeIds.map((nodeId) => ({ nodeId })),
    ...faults({
      'package-install n2 1': 'fail-package',
      'package-install n3 1': 'fail-package',
      'package-install n4 1': 'fail-package',
      'package-install n5 1': 'fail-package',
      'package-install n6 1': 'unreachable',
    }),
  });
  await h.startAccepted();
  await h.settle();
  await h.until(() => h.told.some(({ text }) => text.includes('needs a decision')));
  const told = lines('Package Install');
  expect(told.filter((text) => / failed at Package Install: /.test(text))).toEqual([
    expect.stringMatching(/^n2 failed at Package Install: %pre /),
  ]);
  expect(told.filter((text) => /^n6 unreachable at Package Install: ./.test(text))).toHaveLength(1);
  // What a node said of itself begins with its name; it stands once.
  expect(told.at(-1)).toMatch(/^Package Install needs a decision: 4 failed: n\[2-5\]: %pre .*; 1 unreachable: n6 \S/);
  // Nor does the line that folds four of them tell it of one.
  const folded = h.view().attention.map(({ nodeIds, cause }) => [nodeIds.length, cause.message]);
  expect(folded[0]).toEqual([4, expect.stringMatching(/^%pre /)]);

  // What fails again after a retry is told again.
  await h.ask('job.ignore', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n6'], reason: 'is away' });
  await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2', 'n3', 'n4', 'n5'] });
  await h.settle();
  expect(lines('Package Install').slice(told.length)).toEqual([
    'Ignore at Package Install: n6: is away',
    'Retry at Package Install: n[2-5]',
    expect.stringMatching(/^Package Install ended: /),
  ]);
});

it('nodes that are silent alike are said to be so together, and none of them alone', async () => {
  h = new JobHarness(faults({ 'package-install n1 1': 'unreachable', 'package-install n2 1': 'unreachable' }));
  await h.startAccepted();
  await h.settle();
  await h.until(() => h.told.some(({ text }) => text.includes('needs a decision')));
  const [line] = h.view().attention;
  expect(line?.nodeIds).toHaveLength(2);
  expect(line?.cause.message).not.toMatch(/n[123]/);
  expect(lines('Package Install').at(-1)).toBe(
    `Package Install needs a decision: 2 unreachable: n1, n2: ${line?.cause.message}`,
  );
});

it('the first warning of a step is told with its node, and how many there were at its end', async () => {
  h = new JobHarness(faults({ 'package-install n1': 'warn', 'package-install n3': 'warn' }));
  await h.startAccepted();
  await h.settle();
  expect(lines('Package Install')).toEqual([
    'Package Install began',
    expect.stringMatching(/^n1 came through Package Install with a warning: ./),
    'Package Install ended: 2 nodes with warnings',
  ]);
});

it('a step that the other waves have before them is told with its wave', async () => {
  h = new JobHarness({});
  await h.ask('job.start', {
    ...{ jobId: 'j1', operationId: 'install-upgrade-software' },
    settings: { waves: { canary: 1, by: 'all', stopBefore: [2] } },
  });
  await h.driveTo('plan');
  await h.answer();
  await h.settle();
  expect(lines('Package Install')).toEqual([
    'Package Install began in wave 1',
    'Package Install ended in wave 1: done',
  ]);
  expect(lines('Spooling')).toContain('Spooling ended: done');
});
