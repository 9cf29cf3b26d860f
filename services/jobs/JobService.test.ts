import { afterEach, describe, expect, it } from 'vitest';
import { contentOf } from '../../core/steps/knownScreen.ts';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { installedAs, type FakeFault } from './testing/FakeDriver.ts';
import { JobHarness, faults, type HarnessOptions } from './testing/jobHarness.ts';

let harness: JobHarness | undefined;
function make(options: HarnessOptions = {}): JobHarness {
  harness = new JobHarness(options);
  return harness;
}
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;

describe('Install/Upgrade Software', () => {
  it('runs from the first step to Finished! and leaves every node at the new versions', async () => {
    const h = make();
    await h.start();
    await h.driveTo('plan');
    await h.clock.advance(1_500);
    const view = await h.driveTo('finished');
    expect(view.state).toBe('succeeded');
    // As long as the job's head says by its start and its end, in whole seconds.
    expect(view.report?.seconds).toBe(Math.floor(((view.endedAtMs ?? 0) - view.startedAtMs) / 1000));
    expect(view.report).toMatchObject({ nodes: 4, packages: 3, installed: 12, failed: 0, ignored: 0 });
    for (const nodeId of h.driver.nodes.keys()) {
      expect(h.driver.versionsOf(nodeId)).toEqual({ base: '2.0', gateway: '2.0', tools: '2.0' });
      expect(h.driver.nodes.get(nodeId)?.serviceUp).toBe(true);
      expect(view.nodes[nodeId]?.found).toHaveLength(3);
    }
    expect(h.driver.violations).toEqual([]);
    expect(view.steps['switch-versions']).toMatchObject({ state: 'skipped' });
    expect(view.steps['package-install']?.state).toBe('ok');
    expect(view.nextOffBecause).toBe('The operation is over.');
    expect(h.told.map((entry) => entry.text)).toContain('Package Install ended: done');
  });

  it('finds systems by equal grouping keys and shows groups by type', async () => {
    const h = make({
      nodes: [
        { nodeId: 'a1', system: 1 },
        { nodeId: 'a2', system: 1, type: 'HSN' },
        { nodeId: 'b1', system: 2, type: 'SWS' },
      ],
    });
    await h.start();
    const { screen } = await h.driveTo('group-nodes');
    expect(screen?.content).toEqual({
      systems: [
        {
          system: 1,
          groupingKey: 'byn0:1',
          groups: [
            { type: 'TPA', nodeIds: ['a1'] },
            { type: 'HSN', nodeIds: ['a2'] },
          ],
        },
        { system: 2, groupingKey: 'byn0:2', groups: [{ type: 'SWS', nodeIds: ['b1'] }] },
      ],
    });
    await h.answer({ types: { b1: 'AWS' } });
    expect(h.view().nodes['b1']).toMatchObject({ type: 'AWS', system: 2 });
  });

  it('works on selected nodes only and warns in the plan about TPA nodes left out', async () => {
    const h = make();
    await h.start();
    const plan = await h.driveTo('plan', { 'select-nodes': { nodeIds: ['n3', 'n1', 'n1'] } });
    expect(Object.keys(plan.nodes)).toEqual(['n1', 'n3']);
    expect(
      contentOf(plan.screen, 'plan')
        ?.plan.warnings.map(({ message }) => message)
        .join(' '),
    ).toContain('2 TPA');
    const view = await h.driveTo('finished');
    expect(view.report).toMatchObject({ outcome: 'succeeded', nodes: 2, installed: 6 });
    expect(h.driver.versionsOf('n2')['base']).toBe('1.0');
  });

  it('skips nodes on which nothing changes, with the reason', async () => {
    const h = make();
    const done = h.driver.nodes.get('n2');
    if (done) done.packages = ['base', 'gateway', 'tools'].map((name) => installedAs(name, '2.0'));
    await h.start();
    const view = await h.driveTo('finished');
    expect(h.cells('package-install')).toEqual({ n1: 'ok', n2: 'skipped', n3: 'ok', n4: 'ok' });
    expect(view.steps['shutdown']?.cells?.['n2']?.skipReason).toContain('changes nothing');
    expect(h.driver.starts.filter((start) => start.endsWith(' n2'))).toEqual([
      'run find-systems n2',
      'run start n2',
      'run validation n2',
    ]);
    expect(view.packages[0]).toMatchObject({ nodes: 3, successful: 3 });
    expect(view.state).toBe('succeeded');
  });

  it('works on many nodes at once, not on more than the limit', async () => {
    const nodes = Array.from({ length: 30 }, (_, i) => ({ nodeId: `n${i}` }));
    const h = make({ nodes, service: { concurrency: 7 } });
    await h.start();
    expect((await h.driveTo('finished')).state).toBe('succeeded');
    expect(h.driver.mostAtOnce).toBe(7);
  });
});

describe('Custom mode', () => {
  it('asks which versions become active and switches them on the nodes', async () => {
    const h = make();
    await h.start();
    const view = await h.driveTo('switch-versions', { 'configuration-mode': { mode: 'custom' } });
    expect(contentOf(view.screen, 'switch-versions')?.components).toContainEqual({
      name: 'base',
      versions: ['2.0-1'],
      proposal: '2.0-1',
    });
    expect(view.canBack).toBe(false);
    await expect(h.answer({ versions: { base: '9.9-1' } })).rejects.toThrow(code('input-invalid'));
    await expect(h.answer({ versions: { nothing: '1' } })).rejects.toThrow(code('input-invalid'));
    await h.answer();
    const over = await h.driveTo('finished');
    expect(over.state).toBe('succeeded');
    expect(over.steps['switch-versions']?.cells?.['n1']?.state).toBe('ok');
    expect(h.driver.nodes.get('n1')?.switched).toMatchObject({ base: '2.0-1' });
  });
});

describe('Retry and Ignore', () => {
  it('retries exactly the two failed nodes', async () => {
    const h = make(faults({ 'package-install n2 1': 'fail', 'package-install n4 1': 'fail-package' }));
    await h.start();
    const view = await h.driveTo('finished');
    expect(view).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    expect(view.nextOffBecause).toBe('2 of 4 nodes need a decision (2 failed): Retry or Ignore them first.');
    expect(view.attention.flatMap((line) => line.nodeIds)).toEqual(['n2', 'n4']);
    const starts = h.driver.starts.length;
    await expect(h.ask('job.continue', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' })).toEqual({ retried: 2 });
    const over = await h.settle();
    expect(over.state).toBe('succeeded');
    const again = h.driver.starts.slice(starts).filter((start) => start.includes('package-install'));
    expect(again.sort()).toEqual(['run package-install n2', 'run package-install n4']);
    expect(over.steps['package-install']?.cells?.['n2']).toMatchObject({ state: 'ok', attempt: 2 });
    expect(over.steps['package-install']?.cells?.['n1']).toMatchObject({ state: 'ok', attempt: 1 });
  });

  it('retries the nodes named only', async () => {
    const h = make(faults({ 'spooling n1 1': 'fail', 'spooling n2 1': 'fail' }));
    await h.start();
    await h.driveTo('shutdown');
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n2', 'n3'] })).toEqual({
      retried: 1,
    });
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'attention', currentStep: 'spooling' });
    expect(h.cells('spooling')).toEqual({ n1: 'failed', n2: 'ok', n3: 'ok', n4: 'ok' });
    await expect(h.ask('job.retry', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n3'] })).rejects.toThrow(
      code('nothing-to-retry'),
    );
    await expect(h.ask('job.retry', { jobId: 'j1', stepId: 'spooling', nodeIds: ['zz'] })).rejects.toThrow(
      code('node-unknown'),
    );
    await expect(h.ask('job.retry', { jobId: 'j1', stepId: 'shutdown' })).rejects.toThrow(code('step-not-current'));
  });

  it('probes before it runs again what was unreachable or unknown', async () => {
    const h = make(
      faults({
        'package-install n1 1': 'unknown-done',
        'package-install n2 1': 'unknown-not-done',
        'start n3 1': 'unreachable',
      }),
    );
    await h.start();
    await h.driveTo('finished');
    expect(h.cells('package-install')).toEqual({ n1: 'unknown', n2: 'unknown', n3: 'ok', n4: 'ok' });
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' });
    await h.settle();
    expect(h.driver.starts.filter((start) => start === 'run package-install n1')).toHaveLength(1);
    expect(h.driver.starts.filter((start) => start === 'run package-install n2')).toHaveLength(2);
    expect(h.cells('start')['n3']).toBe('unreachable');
    await h.ask('job.retry', { jobId: 'j1', stepId: 'start' });
    const view = await h.settle();
    expect(view.state).toBe('succeeded');
    expect(h.driver.violations).toEqual([]);
    expect(Object.fromEntries(h.driver.transactions)).toEqual({ n1: 1, n2: 1, n3: 1, n4: 1 });
  });

  it('ignores a node with a reason: it is left out, started again, and the job ends with a warning', async () => {
    const h = make(faults({ 'package-install n2': 'fail' }));
    await h.start();
    await h.driveTo('finished');
    const reason = 'disk is replaced tomorrow';
    const request = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'], reason };
    expect(await h.ask('job.ignore', request)).toEqual({ ignored: 1 });
    await expect(h.ask('job.ignore', request)).rejects.toThrow(code('step-not-current'));
    const decided = h.view();
    expect(decided).toMatchObject({ state: 'attention', currentStep: 'package-install', attention: [] });
    expect(decided.nextOffBecause).toBeUndefined();
    await h.ask('job.continue', { jobId: 'j1' });
    const view = await h.settle();
    expect(view.state).toBe('warned');
    expect(view.steps['package-install']).toMatchObject({ state: 'warned' });
    expect(view.steps['package-install']?.cells?.['n2']).toMatchObject({ state: 'ignored', ignoreReason: reason });
    expect(h.cells('start')['n2']).toBe('ok');
    expect(h.driver.nodes.get('n2')?.serviceUp).toBe(true);
    expect(view.steps['validation']?.cells?.['n2']).toMatchObject({ state: 'skipped' });
    expect(view.steps['validation']?.cells?.['n2']?.skipReason).toContain(reason);
    expect(view.report).toMatchObject({ outcome: 'warned', installed: 9, ignored: 3, failed: 0 });
    expect(view.report?.lines.join('\n')).toContain(reason);
  });

  it('lets a node be retried after it was ignored', async () => {
    const h = make(faults({ 'shutdown n1 1': 'fail', 'shutdown n2': 'fail' }));
    await h.start();
    await h.driveTo('finished');
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'shutdown', nodeIds: ['n1', 'n2'], reason: 'x' });
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'shutdown', nodeIds: ['n1'] })).toEqual({ retried: 1 });
    const view = await h.settle();
    expect(h.cells('shutdown')).toMatchObject({ n1: 'ok', n2: 'ignored' });
    expect(view.state).toBe('warned');
    // It answers and its service may stay up: that is what the person decided.
    expect(h.driver.versionsOf('n2')['base']).toBe('2.0');
  });

  it('takes back that a package was ignored: it is installed after all, while the step has not gone on', async () => {
    const h = make(faults({ 'package-install n3 1': 'fail-package', 'package-install n4': 'fail' }));
    await h.start();
    const packageName = (await h.driveTo('finished')).attention.find(({ cause }) => cause.packageName)?.cause
      .packageName as string;
    const place = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n3'], packageName };
    await h.ask('job.ignore', { ...place, reason: 'not in use here' });
    await h.settle();
    expect(h.cells('package-install')).toMatchObject({ n3: 'ok', n4: 'failed' });
    expect(h.driver.versionsOf('n3')).toMatchObject({ [packageName]: '1.0' });
    await expect(h.ask('job.undoIgnore', { ...place, nodeIds: ['n1'] })).rejects.toThrow(code('step-not-current'));
    expect(await h.ask('job.undoIgnore', place)).toEqual({ undone: 1 });
    const after = await h.settle();
    expect(h.driver.versionsOf('n3')).toMatchObject({ [packageName]: '2.0' });
    expect(h.driver.violations).toEqual([]);
    expect(after.packages.find((row) => row.packageName === packageName)).toMatchObject({ ignored: 0, successful: 3 });
    // Not twice.
    await expect(h.ask('job.undoIgnore', place)).rejects.toThrow(code('step-not-current'));
  });

  it('takes back that nodes were ignored: they need a decision as before, with their cause and packages', async () => {
    const h = make(
      faults({
        'package-install n2 1': 'unreachable',
        'package-install n3 1': 'fail-package',
        'package-install n4': 'fail',
      }),
    );
    await h.start();
    const before = await h.driveTo('finished');
    const place = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2', 'n3'] };
    await expect(h.ask('job.undoIgnore', place)).rejects.toThrow(code('step-not-current'));
    await h.ask('job.ignore', { ...place, nodeIds: ['n2', 'n3', 'n4'], reason: 'the wrong ones' });
    expect(h.view().attention).toEqual([]);
    expect(await h.ask('job.undoIgnore', place)).toEqual({ undone: 2 });
    expect(h.cells('package-install')).toMatchObject({ n2: 'unreachable', n3: 'failed', n4: 'ignored' });
    const after = h.view();
    const open = ({ attention }: typeof after): unknown => attention.map(({ nodeIds, cause }) => [nodeIds, cause]);
    expect(open(after)).toEqual((open(before) as [string[], object][]).filter(([nodeIds]) => !nodeIds.includes('n4')));
    expect(after.packages[0]).toMatchObject({ packageName: 'base', fail: 1, ignored: 1 });
    // They are tried again as if nothing had been.
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' });
    await h.settle();
    expect(h.cells('package-install')).toMatchObject({ n2: 'ok', n3: 'ok', n4: 'ignored' });
    expect(h.driver.violations).toEqual([]);
    expect(h.told.map(({ text }) => text)).toContain('Ignore taken back at Package Install: n2, n3');
  });

  it('Restart Current Step takes back what was ignored there', async () => {
    const h = make(faults({ 'package-install n3 1': 'fail-package', 'package-install n4 1': 'fail' }));
    await h.start();
    const packageName = (await h.driveTo('finished')).attention.find(({ cause }) => cause.packageName)?.cause
      .packageName as string;
    const place = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n3'] };
    await h.ask('job.ignore', { ...place, packageName, reason: 'not in use here' });
    await h.settle();
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    await h.settle();
    expect(h.driver.versionsOf('n3')).toMatchObject({ [packageName]: '2.0' });
  });

  it('ignores one failing package: the node goes on with the others', async () => {
    const table: Record<string, FakeFault> = { 'package-install n3 1': 'fail-package' };
    const h = make(faults(table));
    await h.start();
    const view = await h.driveTo('finished');
    const failing = view.attention[0]?.cause.packageName as string;
    expect(view.nodes['n3']?.outcomes[failing]).toBe('fail');
    await expect(
      h.ask('job.ignore', {
        jobId: 'j1',
        stepId: 'package-install',
        nodeIds: ['n3'],
        packageName: 'other',
        reason: 'x',
      }),
    ).rejects.toThrow(code('step-not-current'));
    await h.ask('job.ignore', {
      jobId: 'j1',
      stepId: 'package-install',
      nodeIds: ['n3'],
      packageName: failing,
      reason: 'not in use here',
    });
    const over = await h.settle();
    expect(over.state).toBe('warned');
    expect(h.cells('package-install')['n3']).toBe('ok');
    expect(h.driver.versionsOf('n3')).toMatchObject({ [failing]: '1.0' });
    expect(Object.values(h.driver.versionsOf('n3')).filter((version) => version === '2.0')).toHaveLength(2);
    expect(h.cells('validation')['n3']).toBe('ok');
    const row = over.packages.find((one) => one.packageName === failing);
    expect(row).toMatchObject({ nodes: 4, successful: 3, ignored: 1, fail: 0 });
    expect(over.report?.lines).toContain(`n3: ignored the package ${failing}: not in use here`);
  });

  it('does not go on when every node of Find All Systems is ignored', async () => {
    const h = make({ nodes: [{ nodeId: 'n1' }], ...faults({ 'find-systems n1': 'unreachable' }) });
    await h.start();
    await h.driveTo('group-nodes');
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'find-systems', nodeIds: ['n1'], reason: 'off' });
    expect(h.view().nextOffBecause).toContain('no node is left');
    await expect(h.ask('job.continue', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
  });

  it('ends failed when every node was ignored', async () => {
    const h = make({ nodes: [{ nodeId: 'n1' }], ...faults({ 'spooling n1': 'fail' }) });
    await h.start();
    await h.driveTo('finished');
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n1'], reason: 'off' });
    await h.ask('job.continue', { jobId: 'j1' });
    const view = await h.settle();
    expect(view.state).toBe('failed');
    expect(view.steps['package-install']?.state).toBe('skipped');
    expect(h.driver.nodes.get('n1')?.serviceUp).toBe(true);
  });

  it('stops work that tells nothing and holds it for unknown', async () => {
    const h = make(faults({ 'package-install n2 1': 'hang' }));
    await h.start();
    const view = await h.driveTo('finished');
    expect(view.steps['package-install']?.cells?.['n2']).toMatchObject({
      state: 'unknown',
      cause: { code: 'node-timeout' },
    });
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' });
    expect((await h.settle()).state).toBe('succeeded');
    expect(h.driver.violations).toEqual([]);
  });

  it('holds a broken driver for unknown, never for a failure of its own', async () => {
    const h = make(faults({ 'spooling n2 1': 'throw' }));
    await h.start();
    const view = await h.driveTo('finished');
    expect(view.steps['spooling']?.cells?.['n2']).toMatchObject({ state: 'unknown', cause: { code: 'internal' } });
  });
});

describe('Back and Cancel', () => {
  it('goes back to the input step before, over automatic steps, while nothing irreversible ran', async () => {
    const h = make(faults({ 'spooling n1 1': 'fail' }));
    await h.start();
    expect(h.view().canBack).toBe(false);
    await expect(h.ask('job.back', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
    await h.driveTo('group-nodes');
    await h.ask('job.back', { jobId: 'j1' });
    expect(h.view()).toMatchObject({ currentStep: 'select-nodes', state: 'input' });
    expect(h.view().steps['select-nodes']?.attempt).toBe(2);
    expect(h.view().steps['find-systems']).toMatchObject({ state: 'waiting' });
    await h.driveTo('shutdown', { 'select-nodes': { nodeIds: ['n1', 'n2'] } });
    expect(h.view()).toMatchObject({ currentStep: 'spooling', state: 'attention', canBack: true });
    await h.ask('job.back', { jobId: 'j1' });
    const plan = h.view();
    expect(plan).toMatchObject({ currentStep: 'plan', state: 'input' });
    expect(plan.plan).toBeUndefined();
    expect(plan.packages).toEqual([]);
    const over = await h.driveTo('finished');
    expect(over.state).toBe('succeeded');
    expect(h.driver.violations).toEqual([]);
  });

  it('refuses Back once Shutdown has begun', async () => {
    const h = make(faults({ 'shutdown n1': 'fail' }));
    await h.start();
    const view = await h.driveTo('finished');
    expect(view).toMatchObject({ currentStep: 'shutdown', canBack: false });
    await expect(h.ask('job.back', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
  });

  it('restarts the current step: running work is stopped and every node probed before it runs again', async () => {
    const h = make(faults({ 'package-install n2 1': 'hang' }));
    await h.startAccepted();
    await h.until(() => h.cells('package-install')['n1'] === 'ok');
    const before = h.driver.starts.length;
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    expect(h.view().steps['package-install']).toMatchObject({ state: 'running', attempt: 2 });
    const view = await h.settle();
    expect(view.state).toBe('succeeded');
    const again = h.driver.starts.slice(before).filter((start) => start.includes('package-install'));
    expect(again).toEqual(expect.arrayContaining(['probe package-install n1', 'probe package-install n2']));
    expect(again.filter((start) => start.startsWith('run'))).toEqual(['run package-install n2']);
    expect(h.driver.violations).toEqual([]);
    expect(h.driver.transactions.get('n1')).toBe(1);
  });

  it('restarts an input step with a new screen', async () => {
    const h = make();
    await h.start();
    await h.driveTo('package-source');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    expect(h.view().steps['package-source']).toMatchObject({ state: 'input', attempt: 2 });
  });

  it('exits: running work is stopped, the report names services left down, another operation may start', async () => {
    const h = make(faults({ 'package-install n2': 'hang' }));
    await h.startAccepted();
    await h.until(() => h.cells('package-install')['n1'] === 'ok');
    await expect(h.start('j2')).rejects.toThrow(code('job-running'));
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'exited', currentStep: 'package-install' });
    expect(view.steps['package-install']?.cells?.['n2']?.state).toBe('unknown');
    // The report is there, so the step that writes it has been done.
    expect(view.steps['finished']?.state).toBe('ok');
    expect(view.report?.lines.join('\n')).toContain('practice is down on 4 nodes (n1, n2, n3, n4)');
    expect(view.report?.lines.filter((line) => line.includes('was not seen'))).toEqual([
      expect.stringMatching(/^Attention: Package Install was ended before its end on .*n2.*, and what it did there/),
    ]);
    await expect(h.ask('job.cancel', { jobId: 'j1', choice: 'exit' })).rejects.toThrow(code('job-over'));
    await h.start('j2');
    expect(h.view('j2').jobNumber).toBe(2);
  });
});
