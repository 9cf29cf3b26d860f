import { afterEach, describe, expect, it } from 'vitest';
import type { NodePart } from '../../core/model/jobParts.ts';
import { faults, JobHarness } from './testing/jobHarness.ts';

let h: JobHarness | undefined;
afterEach(() => h?.dispose());

describe('the report', () => {
  it('leads with what a person must do, and has each retry in its table', async () => {
    h = new JobHarness(faults({ 'package-install n2': 'unreachable', 'package-install n3 1': 'fail' }));
    await h.startAccepted();
    await h.settle();
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n3'] });
    await h.settle();
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'], reason: 'no power' });
    await h.ask('job.continue', { jobId: 'j1' });
    await h.settle();
    const lines = h.view().report?.lines ?? [];
    const todo = lines.findIndex((line) =>
      /^Attention: 1 node \(n2\) did not come through and may have old or mixed versions/.test(line),
    );
    const told = lines.findIndex((line) => line.startsWith('Install/Upgrade Software, job 1'));
    expect(todo).toBeGreaterThanOrEqual(0);
    expect(todo).toBeLessThan(told);
    const { html } = (await h.ask('job.reportHtml', { jobId: 'j1' })) as { html: string };
    expect(html).toMatch(/<td>Package Install<\/td><td>n3<\/td><td>done<\/td><td class="n">2<\/td>/);
    expect(html).not.toContain('overflow-wrap:anywhere');
  });

  it('names the nodes that a job which was exited between waves had not come to', async () => {
    h = new JobHarness();
    const settings = { waves: { by: '50 %', stopBefore: [2] } };
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings });
    await h.driveTo('plan');
    await h.answer();
    expect(await h.settle()).toMatchObject({ state: 'attention', gate: { beforeWave: 2 } });
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    const { state, report } = await h.settle();
    expect(state).toBe('exited');
    expect(h.view().waves?.map((wave) => wave.state)).toEqual(['done', 'skipped']);
    expect(report?.lines[0]).toMatch(
      /^Attention: 2 nodes \(n3, n4\) are as before, while 2 nodes were changed: ada exited the operation\./,
    );
  });

  it('says of a node that was never reached that nothing was begun there', async () => {
    h = new JobHarness(faults({ 'shutdown n2': 'not-reached', 'package-install n3': 'unreachable' }));
    await h.startAccepted();
    await h.driveTo('shutdown');
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'shutdown', nodeIds: ['n2'] })).toEqual({ retried: 1 });
    await h.settle();
    // Nothing is there that a probe could find.
    expect(h.driver.starts.filter((start) => start.endsWith('shutdown n2'))).toEqual([
      'run shutdown n2',
      'run shutdown n2',
    ]);
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'shutdown', nodeIds: ['n2'], reason: 'no line' });
    await h.ask('job.continue', { jobId: 'j1' });
    await h.driveTo('package-install');
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n3'], reason: 'lost' });
    await h.ask('job.continue', { jobId: 'j1' });
    const { report, state } = await h.settle();
    expect(state).toBe('warned');
    const todo = report?.lines.filter((line) => line.startsWith('Attention:')) ?? [];
    expect(todo).toContainEqual(
      expect.stringMatching(/^Attention: Shutdown never reached 1 node \(n2\): nothing of it was begun there/),
    );
    expect(todo.filter((line) => line.includes('not known to have ended'))).toEqual([
      expect.stringMatching(/^Attention: Package Install is not known to have ended on 1 node \(n3\)/),
    ]);
    expect(todo.filter((line) => line.includes('old or mixed'))).toEqual([expect.stringContaining('1 node (n3)')]);
    expect(await h.ask('job.rollbackPreview', { jobId: 'j1' })).toMatchObject({ nodes: 3 });
    const decided = report?.lines.filter((line) => /^\d{4}-\d\d-\d\d .*UTC\)?, /.test(line)) ?? [];
    expect(decided.map((line) => line.replace(/^.*?UTC\)?, /, ''))).toEqual([
      'Shutdown needs a decision: 1 unreachable: n2 does not answer',
      'ada: Retry at Shutdown: n2',
      'Shutdown needs a decision: 1 unreachable: n2 does not answer',
      'ada: Ignore at Shutdown: n2: no line',
      'Package Install needs a decision: 1 unreachable: n3 does not answer',
      'ada: Ignore at Package Install: n3: lost',
    ]);
    expect(h.driver.violations).toEqual([]);
  });
});

describe('what was read of a node', () => {
  it('has its age, and is not held for what is there after work that did not come through', async () => {
    h = new JobHarness(faults({ 'package-install n2 1': 'unreachable' }));
    const nodeOf = (nodeId: string): NodePart['node'] => (h?.topic(`job:j1/node:${nodeId}`).state() as NodePart).node;
    await h.startAccepted();
    expect(nodeOf('n1')?.readAtMs).toBeLessThanOrEqual(h.clock.nowMs());
    await h.settle();
    const cells = h.view().steps['package-install']?.cells;
    expect(cells?.['n2']?.state).toBe('unreachable');
    expect(nodeOf('n2')?.notReadSince).toEqual({ stepId: 'package-install', atMs: cells?.['n2']?.startedAtMs });
    expect(nodeOf('n1')).toMatchObject({ readAtMs: cells?.['n1']?.endedAtMs });
    expect(nodeOf('n1')?.notReadSince).toBeUndefined();
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'] });
    await h.settle();
    expect(nodeOf('n2')?.notReadSince).toBeUndefined();
  });
});
