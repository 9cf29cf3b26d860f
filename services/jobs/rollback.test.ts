import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { PackageLibrary } from '../files/PackageLibrary.ts';
import { librarySource } from '../nodes/sim/librarySource.ts';
import { quietLog } from '../nodes/sim/simTestKit.ts';
import { askService, callerNamed, settledJob } from './testing/askService.ts';
import { proposedInput } from './testing/jobHarness.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
});
afterEach(() => practice.end());

async function startFailing(): Promise<JobView> {
  await practice.driver.practice.setFault(practice.nodeIds()[1] ?? '', 'package-install', 'fail', 1);
  await practice.ask('job.start', { operationId: 'install-upgrade-software' });
  return practice.untilTrouble();
}

const start = (jobId: string): Promise<object> =>
  practice.ask('job.start', { jobId, operationId: 'install-upgrade-software' });

/** The job through its questions as they propose, with more packages, or for these nodes alone. */
async function answered(jobId: string, more: readonly string[] = [], nodeIds?: readonly string[]): Promise<void> {
  for (let view = await settledJob(practice.service, jobId); view.state === 'input';) {
    const proposed = proposedInput(view) as { fileNames?: readonly string[] };
    const input = {
      ...proposed,
      ...(proposed.fileNames ? { fileNames: [...proposed.fileNames, ...more] } : {}),
      ...(nodeIds && view.currentStep === 'select-nodes' ? { nodeIds } : {}),
    };
    await practice.ask('job.answer', { jobId, input });
    view = await settledJob(practice.service, jobId);
  }
}

describe('a rollback on practice nodes', { timeout: 60_000 }, () => {
  it('of the job brings back exactly the packages and services of before, and ends it truthfully', async () => {
    await practice.open({ nodes: 4 });
    const before = await practice.onNodes();
    expect(await startFailing()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    expect(await practice.onNodes()).not.toEqual(before);
    const preview = (await practice.ask('job.rollbackPreview')) as MethodResult<'job.rollbackPreview'>;
    expect(preview).toMatchObject({ possible: true, nodes: 4 });
    const packages = preview.groups.flatMap((group) => group.packages);
    expect(packages.filter(({ name }) => name === 'ppde')[0]).toMatchObject({ to: '17.10.04.02-1', wayBack: true });
    expect(packages.filter(({ name }) => name === 'plicense')[0]?.to).toBeUndefined();
    await practice.ask('job.rollback', { reason: 'the site changed its mind' });
    const view = await practice.settled();
    expect(await practice.onNodes()).toEqual(before);
    expect(view).toMatchObject({ state: 'rolled-back', report: { installed: 0, ignored: 0 } });
    // A package is what its nodes are: none of them was ignored.
    for (const row of view.packages) expect(row).toMatchObject({ 'rolled-back': row.nodes, ignored: 0, successful: 0 });
    const results = view.packages.reduce((sum, { nodes }) => sum + nodes, 0);
    expect(view.report?.packageCounts).toEqual({ 'rolled-back': results });
    expect(view.report?.lines).toContain(`Package results, packages x nodes: ${results} rolled back.`);
    expect(view.report?.lines[0]).toMatch(/was rolled back/);
    expect(view.report?.lines.join('\n')).toMatch(/4 nodes went back .* as ada asked: the site changed its mind/);
  });

  it('of nodes that were only stopped brings no package back, and its preview says so', async () => {
    await practice.open({ nodes: 4 });
    const before = await practice.onNodes();
    const [first = '', second = ''] = practice.nodeIds();
    await practice.driver.practice.setFault(second, 'shutdown', 'fail', 1);
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    expect(await practice.untilTrouble()).toMatchObject({ currentStep: 'shutdown' });
    const preview = (await practice.ask('job.rollbackPreview')) as MethodResult<'job.rollbackPreview'>;
    expect(preview).toMatchObject({ nodes: 4, groups: [{ nodes: 4, packages: [] }] });
    expect(preview.groups[0]?.nodeIds).toContain(first);
    await practice.ask('job.rollback', { reason: 'not tonight' });
    expect(await practice.settled()).toMatchObject({ state: 'rolled-back' });
    expect(await practice.onNodes()).toEqual(before);
  });

  it('of one node brings it back alone; the others go on to their end', async () => {
    await practice.open({ nodes: 4 });
    const before = await practice.onNodes();
    const [, nodeId = ''] = practice.nodeIds();
    await startFailing();
    await expect(practice.ask('job.rollback', { nodeIds: [nodeId], wave: 1, reason: 'x' })).rejects.toThrow(/not both/);
    await practice.ask('job.rollback', { nodeIds: [nodeId], reason: 'a bad disk' });
    const view = await practice.untilTrouble();
    expect(view).toMatchObject({ state: 'warned' });
    const after = await practice.onNodes();
    expect(after[nodeId]).toEqual(before[nodeId]);
    for (const other of practice.nodeIds().filter((one) => one !== nodeId)) {
      expect(after[other]?.join()).toMatch(/ptbase-17\.20.*service up/);
    }
    expect(view.report?.lines).toContain(`${nodeId}: rolled back, as ada asked: a bad disk`);
    for (const row of view.packages) {
      expect(row).toMatchObject({
        'rolled-back': view.nodes[nodeId]?.outcomes[row.packageName] === 'rolled-back' ? 1 : 0,
      });
      expect(row.successful + row['rolled-back']).toBe(row.nodes);
    }
    expect(view.nodes[nodeId]?.outcomes).toMatchObject({ ptbase: 'rolled-back' });
  });

  it('of a node whose former package is not kept fails before anything is stopped, and says so in the plan', async () => {
    const folder = join(practice.system.folder, 'library');
    await unlink(join(folder, 'pagent-17.10.04.02-1.noarch.rpm'));
    const library = await PackageLibrary.open({ folder, log: quietLog });
    await practice.open({ nodes: 4, packages: librarySource(library) }, { library });
    const view = await startFailing();
    expect(view.plan?.warnings.map(({ name }) => name)).toContain('no-way-back');
    const [first = ''] = practice.nodeIds();
    const installed = await practice.onNodes();
    await practice.ask('job.rollback', { nodeIds: [first], reason: 'back' });
    const stopped = await practice.settled();
    expect(stopped).toMatchObject({ state: 'attention', currentStep: 'bring-back' });
    expect(stopped.attention[0]?.cause).toMatchObject({ code: 'no-way-back', packageName: 'pagent' });
    expect(stopped.steps['stop-again']).toMatchObject({ state: 'waiting', attempt: 0 });
    expect(await practice.onNodes()).toEqual(installed);
    // Left as it is: the job goes on with the others.
    await practice.ask('job.ignore', { stepId: 'bring-back', nodeIds: [first], reason: 'it stays' });
    await practice.ask('job.continue');
    expect(await practice.settled()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
  });

  it('of a job that has ended brings its nodes back, whoever asks, and it ends once more', async () => {
    await practice.open({ nodes: 4 });
    const before = await practice.onNodes();
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    const ended = await practice.untilTrouble();
    expect(ended).toMatchObject({ state: 'succeeded', canRollback: true });
    const [first = '', second = '', ...others] = practice.nodeIds();
    // A window that looks at the ended job sees it go on, after a restart of putservices too.
    await practice.close();
    await practice.open({ nodes: 4 });
    const topic = practice.service.topic('job:j1', callerNamed('ada'));
    const seen = new Set<string>();
    if (topic?.kind === 'state') topic.onChange(() => seen.add((topic.state() as JobHead).state));
    await askService(practice.service, 'job.rollback', { jobId: 'j1', nodeIds: [first], reason: 'slow' }, 'bea');
    expect(await practice.settled()).toMatchObject({ state: 'warned', driver: 'bea', canRollback: true });
    expect([...seen]).toEqual(['running', 'warned']);
    expect((await practice.onNodes())[first]).toEqual(before[first]);
    expect((await practice.onNodes())[second]).not.toEqual(before[second]);
    // Killed on the way back, it goes on by itself.
    await practice.ask('job.rollback', { reason: 'the rest too' });
    await practice.close();
    await practice.open({ nodes: 4 });
    const back = await practice.settled();
    expect(await practice.onNodes()).toEqual(before);
    expect(back).toMatchObject({ state: 'rolled-back', report: { outcome: 'rolled-back' } });
    expect(back.canRollback).toBeUndefined();
    const lines = back.report?.lines.join('\n');
    expect(lines).toMatch(/was rolled back/);
    expect(lines).toMatch(/It had ended at .* before that: ended with warnings/);
    expect(lines).toMatch(/4 nodes went back .* as ada asked: the rest too/);
    expect(others).toHaveLength(2);
    await expect(practice.ask('job.rollback', { reason: 'x' })).rejects.toMatchObject({ code: 'nothing-to-roll-back' });
    await expect(practice.ask('job.pause', { reason: 'x' })).rejects.toMatchObject({ code: 'job-over' });
  });

  it('of a job that has ended is refused while another one runs, and where a later one changed the nodes since', async () => {
    await practice.open({ nodes: 4 });
    await start('j1');
    await answered('j1');
    await start('j2');
    await expect(practice.ask('job.rollback', { reason: 'x' })).rejects.toMatchObject({ code: 'job-running' });
    await answered('j2', ['plicense-17.20.03.01-1.noarch.rpm']);
    await expect(practice.ask('job.rollback', { reason: 'x' })).rejects.toMatchObject({
      code: 'changed-since',
      message: expect.stringMatching(/^job 2 changed 4 nodes .* since$/),
    });
    // A job that came to nothing changes nothing: neither is it offered back, nor does it keep the others.
    await start('j3');
    await answered('j3');
    const idle = await settledJob(practice.service, 'j3');
    expect(idle).toMatchObject({ state: 'succeeded' });
    expect(idle.canRollback).toBeUndefined();
    // The later one first; then nothing of it stands any more.
    await practice.ask('job.rollback', { jobId: 'j2', reason: 'first this' });
    await settledJob(practice.service, 'j2');
    await practice.ask('job.rollback', { reason: 'then that' });
    expect(await practice.settled()).toMatchObject({ state: 'rolled-back' });
  });

  it('of the nodes that a job changed is one of all that it did, whatever it only started', async () => {
    await practice.open({ nodes: 4 });
    const [first = '', second = '', ...others] = practice.nodeIds();
    await start('j2');
    await answered('j2', [], [first, second]);
    await start('j1');
    await answered('j1');
    await practice.ask('job.rollback', { nodeIds: others, reason: 'these alone were changed' });
    const back = await practice.settled();
    expect(back).toMatchObject({ state: 'rolled-back' });
    expect(back.canRollback).toBeUndefined();
  });
});
