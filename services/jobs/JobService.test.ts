import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import { applyPatch, diffTrees } from '../../core/model/patch.ts';
import { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { installedAs, type FakeFault } from './testing/FakeDriver.ts';
import { JobHarness, callerNamed, type HarnessOptions } from './testing/jobHarness.ts';
import { SampleLibrary, sampleLibrary, samplePackage } from './testing/sampleLibrary.ts';

let harness: JobHarness | undefined;
function make(options: HarnessOptions = {}): JobHarness {
  harness = new JobHarness(options);
  return harness;
}
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

/** Faults by `step node attempt`; `step node` means every attempt. */
function faults(table: Record<string, FakeFault>): HarnessOptions {
  return {
    faultOf: (nodeId, stepId, mode, attempt) =>
      mode === 'run' ? (table[`${stepId} ${nodeId} ${attempt}`] ?? table[`${stepId} ${nodeId}`]) : undefined,
  };
}

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;

describe('Install/Upgrade Software', () => {
  it('runs from the first step to Finished! and leaves every node at the new versions', async () => {
    const h = make();
    await h.start();
    const view = await h.driveTo('finished');
    expect(view.state).toBe('succeeded');
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
    expect(h.told.map((entry) => entry.text)).toContain('Package Install ended: ok');
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
    expect(screen).toEqual({
      stepId: 'group-nodes',
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
    expect(plan.screen?.stepId === 'plan' && plan.screen.plan.warnings.join(' ')).toContain('2 TPA');
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
    expect(h.driver.starts.filter((start) => start.endsWith(' n2'))).toEqual(['run find-systems n2']);
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
    expect(view.screen).toMatchObject({ stepId: 'switch-versions' });
    expect(view.screen?.stepId === 'switch-versions' && view.screen.components).toContainEqual({
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
    await h.start();
    await h.driveTo('plan');
    await h.answer();
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
    await h.start();
    await h.driveTo('plan');
    await h.answer();
    await h.until(() => h.cells('package-install')['n1'] === 'ok');
    await expect(h.start('j2')).rejects.toThrow(code('job-running'));
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'exited', currentStep: 'package-install' });
    expect(view.steps['package-install']?.cells?.['n2']?.state).toBe('unknown');
    expect(view.report?.lines.join('\n')).toContain('The service may be down on n1, n2, n3, n4');
    await expect(h.ask('job.cancel', { jobId: 'j1', choice: 'exit' })).rejects.toThrow(code('job-over'));
    await h.start('j2');
    expect(h.view('j2').jobNumber).toBe(2);
  });
});

describe('packages', () => {
  it('keeps Next off while a mandatory package is missing, and turns it on when it is uploaded', async () => {
    const full = sampleLibrary().view();
    const list = Object.values(full.certLists)[0];
    if (!list) throw new Error('no cert list');
    const others = Object.values(full.packages).filter((one) => one.name !== 'base');
    const library = new SampleLibrary(others, [{ ...list, missing: ['base'] }]);
    const h = make({ library });
    await h.start();
    const source = await h.driveTo('package-source');
    expect(source.screen).toMatchObject({ certLists: [{ release: '2.0', missing: ['base'] }] });
    const view = await h.driveTo('select-packages', { 'package-source': { certList: list.fileName } });
    expect(view.nextOffBecause).toContain('base');
    const fileNames = others.map((one) => one.fileName);
    await expect(h.answer({ fileNames })).rejects.toThrow(/base/);
    const { problems } = await h.ask('job.checkSelection', { jobId: 'j1', fileNames });
    expect(problems).not.toEqual([]);
    library.change((before) => ({ ...before, packages: full.packages, certLists: full.certLists }));
    await h.clock.advance(1000);
    expect(h.view().nextOffBecause).toBeUndefined();
    await h.answer();
    expect((await h.driveTo('finished')).state).toBe('succeeded');
  });

  it('refuses a selection with an unmet requirement and offers what would mend it', async () => {
    const needs = samplePackage('tools', '2.0', {
      requires: [{ name: 'helper', sense: '>=', version: '1.0', flags: 12 }],
    });
    const helper = samplePackage('helper', '1.5');
    const h = make({ library: new SampleLibrary([needs, helper]) });
    await h.start();
    await h.driveTo('select-packages');
    const { problems } = (await h.ask('job.checkSelection', { jobId: 'j1', fileNames: [needs.fileName] })) as {
      problems: { code: string; offers: string[] }[];
    };
    expect(problems[0]).toMatchObject({ code: 'package-requires', offers: [helper.fileName] });
    await expect(h.answer({ fileNames: [needs.fileName] })).rejects.toThrow(code('package-requires'));
    await expect(h.answer({ fileNames: ['nothing.rpm'] })).rejects.toThrow(code('package-unknown'));
    await h.answer({ fileNames: [needs.fileName, helper.fileName] });
    expect((await h.driveTo('finished')).state).toBe('succeeded');
    expect(h.driver.versionsOf('n1')).toMatchObject({ tools: '2.0', helper: '1.5' });
  });

  it('refuses an empty library and an unknown cert list', async () => {
    const h = make({ library: new SampleLibrary([]) });
    await h.start();
    const view = await h.driveTo('package-source');
    expect(view.nextOffBecause).toContain('library is empty');
    await expect(h.answer({ certList: undefined })).rejects.toThrow(code('package-unknown'));
    const h2 = new JobHarness();
    try {
      await h2.start();
      await h2.driveTo('package-source');
      await expect(h2.answer({ certList: 'nothing.certlist' })).rejects.toThrow(code('package-unknown'));
    } finally {
      await h2.dispose();
    }
  });

  it('shows when a step cannot begin and begins it anew with Retry', async () => {
    const h = make();
    await h.start();
    await h.driveTo('select-packages');
    const before = h.library.view();
    await h.answer();
    await h.ask('job.back', { jobId: 'j1' });
    h.library.change((view) => ({ ...view, certLists: {} }));
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    expect(h.view()).toMatchObject({ state: 'attention', currentStep: 'select-packages', canBack: true });
    expect(h.view().nextOffBecause).toContain('not in the package library any more');
    h.library.change(() => before);
    await h.ask('job.retry', { jobId: 'j1', stepId: 'select-packages' });
    expect(h.view()).toMatchObject({ state: 'input', currentStep: 'select-packages' });
  });

  it('proposes /var/opt/teradata and refuses a file system without room', async () => {
    const h = make({ freeBytes: 10 });
    await h.start();
    const view = await h.driveTo('spool-area');
    expect(view.screen).toMatchObject({ areas: [{ enough: false, neededBytes: 3000 }, { enough: false }] });
    expect(view.nextOffBecause).toContain('3000 bytes needed');
    await expect(h.answer({ path: '/var/opt/teradata' })).rejects.toThrow(code('disk-full'));
    await expect(h.answer({ path: '/somewhere' })).rejects.toThrow(code('input-invalid'));
  });
});

describe('people', () => {
  it('lets only the driver decide, until another takes the baton with a reason', async () => {
    const h = make();
    await h.start();
    await expect(h.answer({}, 'j1', 'bob')).rejects.toThrow(code('baton-needed'));
    await expect(h.ask('job.cancel', { jobId: 'j1', choice: 'exit' }, 'bob')).rejects.toThrow(code('baton-needed'));
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'shift change' }, 'bob');
    expect(h.view().driver).toBe('bob');
    await h.answer({}, 'j1', 'bob');
    await expect(h.answer({}, 'j1', 'ada')).rejects.toThrow(code('baton-needed'));
    expect(h.told.find((entry) => entry.text.includes('shift change'))).toMatchObject({ user: 'bob', jobId: 'j1' });
  });

  it('starts nothing twice and one operation at a time', async () => {
    const h = make();
    await h.start();
    await h.start();
    await expect(h.start('j2', 'bob')).rejects.toThrow(code('job-running'));
    await expect(h.ask('job.start', { jobId: 'j3', operationId: 'disk-wipe' })).rejects.toThrow(
      code('operation-unknown'),
    );
    await expect(h.ask('job.back', { jobId: 'j9' })).rejects.toThrow(code('job-unknown'));
    expect(() => h.topic('job:j9')).toThrow(code('job-unknown'));
    expect(h.service.topic('ports', callerNamed('ada'))).toBeUndefined();
  });

  it('refuses an answer to another step or attempt, and input that does not fit', async () => {
    const h = make();
    await h.start();
    const ask = (attempt: number, input: object): Promise<unknown> =>
      h.ask('job.answer', { jobId: 'j1', attempt, input });
    await expect(ask(2, { stepId: 'configuration-mode', mode: 'typical' })).rejects.toThrow(code('step-not-current'));
    await expect(ask(1, { stepId: 'plan', accept: true })).rejects.toThrow(code('step-not-current'));
    await expect(ask(1, { stepId: 'configuration-mode', mode: 'fast' })).rejects.toThrow(code('input-invalid'));
    await expect(ask(1, { stepId: 'configuration-mode', mode: 'typical', more: 1 })).rejects.toThrow(
      code('input-invalid'),
    );
    await expect(ask(1, { stepId: 'find-systems' })).rejects.toThrow(code('input-invalid'));
    await h.answer();
    await expect(h.answer({ nodeIds: ['n1', 'zz'] })).rejects.toThrow(code('node-unknown'));
    expect(h.view().eventNumber).toBe(4);
  });

  it('keeps the log of each node and reads it by range', async () => {
    const h = make();
    await h.start();
    await h.driveTo('finished');
    const log = (params: object): Promise<Record<string, unknown>> =>
      h.ask('job.nodeLog', { jobId: 'j1', nodeId: 'n1', from: 0, limit: 100, ...params });
    const all = await log({});
    expect(all['total']).toBe(6);
    expect(await log({ from: 2, limit: 2 })).toMatchObject({
      total: 6,
      lines: [{ stepId: 'shutdown', attempt: 1, text: 'stop-service begins' }, { stepId: 'package-install' }],
    });
    expect(await log({ stepId: 'start' })).toMatchObject({ total: 1 });
    await expect(log({ nodeId: 'zz' })).rejects.toThrow(code('node-unknown'));
  });

  it('writes the report as one HTML page with everything escaped', async () => {
    const h = make(faults({ 'spooling n2': 'fail' }));
    await h.start();
    await expect(h.ask('job.reportHtml', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
    await h.driveTo('finished');
    const reason = '<script>alert("x")</script> & more';
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n2'], reason });
    await h.ask('job.continue', { jobId: 'j1' });
    await h.settle();
    const { html } = (await h.ask('job.reportHtml', { jobId: 'j1' })) as { html: string };
    expect(html).not.toContain('<script');
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toMatch(/https?:|src=/);
    expect(html).toContain('2.0-1');
  });
});

describe('topics', () => {
  it('shows progress without the journal, with numbers that only grow, and cheap differences', async () => {
    const h = make(faults({ 'package-install n1': 'hang' }));
    await h.start();
    const topic = h.topic('job:j1');
    let known = topic.state() as JobView;
    let number = topic.number();
    let patched: JobView = known;
    topic.onChange(() => {
      const now = topic.state() as JobView;
      expect(topic.number()).toBeGreaterThan(number);
      number = topic.number();
      const patch = diffTrees(known, now);
      if (patch) patched = applyPatch(patched, patch);
      known = now;
    });
    await h.driveTo('plan');
    await h.answer();
    await h.until(() => h.cells('package-install')['n2'] === 'ok');
    const before = h.view();
    await h.clock.advance(100);
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'x' }, 'bob');
    expect(patched).toEqual(JSON.parse(JSON.stringify(known)));
    expect(h.view().nodes).toBe(before.nodes);
    expect(h.view().steps['spooling']).toBe(before.steps['spooling']);
    expect(h.view().plan).toBe(before.plan);
  });

  it('lists jobs, with a number that survives a restart', async () => {
    const h = make();
    await h.start();
    await h.driveTo('group-nodes');
    const before = h.topic('jobs').number();
    const view = h.topic('job:j1').number();
    await h.service.close();
    h.open();
    expect(h.topic('jobs').number()).toBeGreaterThanOrEqual(before);
    expect(h.topic('job:j1').number()).toBeGreaterThan(view);
    expect(h.topic('jobs').state()).toMatchObject({
      jobs: { j1: { state: 'input', currentStep: 'group-nodes', nodes: 4 } },
    });
    const over = await h.driveTo('finished');
    expect(over.state).toBe('succeeded');
    await h.service.close();
    h.open();
    expect(h.view()).toEqual(over);
    expect(await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software' })).toEqual({
      jobId: 'j1',
      jobNumber: 1,
    });
  });

  it('shows nodes and reads them anew', async () => {
    const h = make();
    const topic = h.topic('nodes');
    const number = topic.number();
    expect(Object.keys((topic.state() as { nodes: object }).nodes)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(topic.state()).toBe(topic.state());
    await h.ask('nodes.refresh', {});
    expect(h.topic('nodes').number()).toBe(number + 1);
  });
});

describe('practice', () => {
  it('sets faults on practice nodes only and names what is wrong', async () => {
    const h = make();
    const fault = { nodeId: 'n1', stepId: 'package-install', kind: 'fail', times: 1 };
    await h.ask('practice.setFault', fault);
    expect(h.driver.starts).toEqual(['fault fail package-install n1']);
    await expect(h.ask('practice.setFault', { ...fault, nodeId: 'zz' })).rejects.toThrow(code('node-unknown'));
    await expect(h.ask('practice.setFault', { ...fault, stepId: 'lunch' })).rejects.toThrow(code('input-invalid'));
    await h.ask('practice.reset', {});
    await h.start();
    await expect(h.ask('practice.reset', {})).rejects.toThrow(code('job-running'));
    await h.service.close();
    Object.defineProperty(h.driver, 'practice', { value: undefined });
    h.open();
    await expect(h.ask('practice.setFault', fault)).rejects.toThrow(code('not-practice'));
  });
});

describe('the journal', () => {
  it('refuses a state folder of a newer version, a foreign file, and one in use', async () => {
    const h = make();
    expect(() => h.open()).toThrow(code('state-locked'));
    await h.service.close();
    const database = new DatabaseSync(h.journalPath);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => h.open()).toThrow(code('state-newer'));
    writeFileSync(h.journalPath, 'this is no journal, '.repeat(500));
    expect(() => h.open()).toThrow(code('state-damaged'));
  });

  it('names the job and event that cannot be read', async () => {
    const h = make();
    await h.start();
    await h.service.close();
    const database = new DatabaseSync(h.journalPath);
    database.exec("UPDATE events SET body = '{' WHERE number = 2");
    database.close();
    expect(() => h.open()).toThrow(/event 2 of job j1/);
  });
});
