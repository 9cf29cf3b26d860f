import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../core/model/instant.ts';
import { planFileText } from '../../core/model/canonicalText.ts';
import type { JobPlan } from '../../core/model/job.ts';
import { bindPlan } from '../../core/model/planBinding.ts';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { PlanApprovals } from './PlanApprovals.ts';
import { JobHarness } from './testing/jobHarness.ts';

let folder: string;
let h: JobHarness;
let planFiles: PlanApprovals;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-approval-'));
  planFiles = await PlanApprovals.open(join(folder, 'plan-approvals.json'));
  h = new JobHarness({ service: { approval: { needed: true, planFiles } } });
});
afterEach(async () => {
  await h.dispose();
  await rm(folder, { recursive: true });
});

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;
const approve = (user: string, digest = h.view().approval?.digest): Promise<unknown> =>
  h.ask('job.approve', { jobId: 'j1', digest }, user);
const started = (stepId: string): number =>
  h.driver.starts.filter((one) => JSON.stringify(one).includes(stepId)).length;

describe('approval by a second person', () => {
  it('is waited for before the first step that cannot be taken back, over a restart, and the job goes on by itself', async () => {
    await h.start();
    await h.driveTo('plan');
    expect(h.view().approval).toEqual({ waits: false, notBy: ['ada'] });
    await expect(approve('bert', `sha256:${'0'.repeat(64)}`)).rejects.toThrow(code('approval-not-asked'));
    await h.answer();
    const waits = await h.settle();
    expect(waits).toMatchObject({ state: 'attention', currentStep: 'shutdown', approval: { waits: true } });
    expect(waits.nextOffBecause).toBe('Shutdown waits for approval by another person than ada.');
    expect(waits.steps['spooling']?.state).toBe('ok');
    await h.service.close();
    h.open();
    expect(h.view()).toMatchObject({ state: 'attention', approval: waits.approval });
    expect(h.topic('jobs').state()).toMatchObject({ jobs: { j1: { waitsForApproval: true } } });

    await expect(approve('ada')).rejects.toThrow(code('approval-own'));
    await expect(approve('bert', `sha256:${'0'.repeat(64)}`)).rejects.toThrow(code('approval-stale'));
    expect(started('shutdown')).toBe(0);
    await approve('bert');
    const done = await h.settle();
    expect(done.state).toBe('succeeded');
    const digest = waits.approval?.digest ?? '';
    expect(done.report?.approval).toMatchObject({ digest, user: 'bert' });
    expect(done.report?.lines.find((line) => line.startsWith('Approved'))).toContain(`: ${digest}.`);
    expect(h.told.find(({ user }) => user === 'bert')?.text).toBe(`approved what job 1 is about to do: ${digest}`);
    await expect(approve('carl')).rejects.toThrow(code('job-over'));
  });

  it('is not given by who took a part, and not for a plan that was changed since', async () => {
    await h.start();
    await h.driveTo('shutdown');
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'ada went home' }, 'bert');
    await expect(approve('bert')).rejects.toThrow(code('approval-own'));
    await expect(approve('ada')).rejects.toThrow(code('approval-own'));
    const old = h.view().approval?.digest ?? '';
    await approve('carl');
    await h.until(() => h.view().state !== 'attention');
    expect(h.view().approval).toMatchObject({ approved: { user: 'carl', digest: old }, waits: false });
  });

  it('shows what differs from what was approved before when the plan was made anew', async () => {
    await h.startAccepted();
    await h.until(() => h.view().currentStep === 'spooling');
    // Approved while the files are still being sent: nothing has to wait.
    const digest = h.view().approval?.digest ?? '';
    await approve('bert');
    await h.ask('job.back', { jobId: 'j1' });
    expect(h.view()).toMatchObject({ currentStep: 'plan', approval: { waits: false } });
    await h.ask('job.back', { jobId: 'j1' });
    while (h.view().currentStep !== 'select-nodes') await h.ask('job.back', { jobId: 'j1' });
    await h.answer({ nodeIds: ['n1'] });
    const waits = await h.driveTo('shutdown');
    expect(waits.approval).toMatchObject({ waits: true, before: { user: 'bert', digest } });
    expect(waits.approval?.changes).toContain('n2, n3, n4: not in the plan');
    await expect(approve('bert', digest)).rejects.toThrow(/What differs:\n(.*\n)*n2, n3, n4: not in the plan/);
    // Who made the plan can go back from where it waits.
    expect(waits.canBack).toBe(true);
    await approve('bert');
    expect(await h.settle()).toMatchObject({ state: 'succeeded', report: { approval: { user: 'bert' } } });
  });

  it('is not waited for where a plan file was approved before, and where the job goes by nothing else', async () => {
    const plan = await planNow();
    const answers = {
      mode: 'typical',
      spoolArea: '/srv/put',
      bound: { ...bindPlan(plan, { at: 'now', system: 'lab' }), digest: 'x' },
    };
    const operationId = 'install-upgrade-software';
    const text = planFileText({ version: 1, operation: operationId, ...answers });
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    const start = (jobId: string, more: object, user = 'ada'): Promise<unknown> =>
      h.ask('job.start', { jobId, operationId, answers: { ...answers, ...more }, acceptPlan: true }, user);
    await h.ask('plan.approve', { digest }, 'bert');
    planFiles = await PlanApprovals.open(join(folder, 'plan-approvals.json'));
    await h.service.close();
    h.open({ approval: { needed: true, planFiles } });

    await start('own', {}, 'bert');
    expect(await h.settle()).toMatchObject({ state: 'attention', approval: { waits: true } });
    await h.ask('job.cancel', { jobId: 'own', choice: 'exit' }, 'bert');
    await start('other', { mode: 'custom' });
    expect(await h.settle()).toMatchObject({ state: 'attention', approval: { waits: true } });
    await h.ask('job.cancel', { jobId: 'other', choice: 'exit' });
    await start('agreed', {});
    const done = await h.settle();
    expect(done).toMatchObject({ state: 'succeeded', report: { approval: { user: 'bert', planFile: digest } } });
  });

  it('is taken back by who gave it, until what was approved begins; then it waits for one anew', async () => {
    await h.service.close();
    h.open();
    const notBefore = instantOf(h.clock.nowMs() + 3_600_000);
    const withdraw = (user: string): Promise<unknown> => h.ask('job.withdrawApproval', { jobId: 'j1' }, user);
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings: { notBefore } });
    await h.driveTo('shutdown');
    expect(await withdraw('bert')).toEqual({ withdrawn: false });
    await approve('bert');
    await h.until(() => h.view().runWindow?.waits === 'early');
    await expect(withdraw('carl')).rejects.toThrow(code('approval-other'));
    expect(await withdraw('bert')).toEqual({ withdrawn: true });
    expect(h.view()).toMatchObject({ state: 'attention', approval: { waits: true } });
    expect(h.told.at(-1)).toMatchObject({ text: 'took back the approval of what job 1 is about to do', user: 'bert' });
    await h.clock.advance(2 * 3_600_000);
    expect(started('shutdown')).toBe(0);
    await approve('carl');
    await h.until(() => started('shutdown') > 0);
    expect(h.view().approval).toMatchObject({ begun: true });
    await expect(withdraw('carl')).rejects.toThrow(code('step-not-current'));
  });

  it('is asked for anew where the job is given another time, by somebody who had no part in that either', async () => {
    await h.service.close();
    h.open();
    const inHours = (hours: number): string => instantOf(h.clock.nowMs() + hours * 3_600_000);
    const first = inHours(2);
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings: { notBefore: first } });
    await h.driveTo('shutdown');
    const digest = h.view().approval?.digest ?? '';
    await approve('bert');
    await h.until(() => h.view().runWindow?.waits === 'early');
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'ada sleeps' }, 'carl');
    await h.ask('job.setWindow', { jobId: 'j1', notBefore: inHours(4) }, 'carl');
    expect(h.told.findLast(({ user }) => user === 'carl')?.text).toMatch(
      /has to be approved with it anew: no reason was given$/,
    );
    const waits = await h.settle();
    expect(waits).toMatchObject({ state: 'attention', approval: { waits: true, before: { user: 'bert', digest } } });
    expect(waits.approval?.digest).not.toBe(digest);
    expect(waits.approval?.changes).toEqual([expect.stringMatching(/^begins not before .* UTC -> not before .* UTC$/)]);
    await h.clock.advance(5 * 3_600_000);
    expect(started('shutdown')).toBe(0);
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'ada is awake' }, 'ada');
    await expect(approve('carl')).rejects.toThrow(code('approval-own'));
    await expect(approve('bert', digest)).rejects.toThrow(/What differs:\nbegins not before/);
    // With the time that was approved it is what was approved.
    await h.ask('job.setWindow', { jobId: 'j1', notBefore: first });
    expect(h.view().approval).toMatchObject({ approved: { user: 'bert', digest } });
    expect(await h.settle()).toMatchObject({ state: 'succeeded', report: { approval: { user: 'bert' } } });
  });

  it('that another time asks for is waited for where a wave begins, and never amid one', async () => {
    await h.service.close();
    h.open();
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings: { waves: '2' } });
    await h.driveTo('shutdown');
    await approve('bert');
    await h.until(() => h.view().currentStep === 'package-install');
    await h.ask('job.setWindow', { jobId: 'j1', notAfter: instantOf(h.clock.nowMs() + 3_600_000) });
    const waits = await h.settle();
    expect(waits).toMatchObject({ state: 'attention', currentStep: 'shutdown', approval: { waits: true } });
    expect(waits.waves?.map(({ state }) => state)).toEqual(['done', 'waiting']);
    await approve('bert');
    expect((await h.settle()).state).toBe('succeeded');
  });

  it('of a plan file is taken back by who gave it', async () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    await h.ask('plan.approve', { digest }, 'bert');
    expect(await h.ask('plan.withdrawApproval', { digest }, 'carl')).toEqual({ withdrawn: false });
    expect(await h.ask('plan.withdrawApproval', { digest }, 'bert')).toEqual({ withdrawn: true });
    planFiles = await PlanApprovals.open(join(folder, 'plan-approvals.json'));
    expect(planFiles.ofOther(digest, 'ada')).toBeUndefined();
  });

  it('is asked for nowhere without the policy, and a damaged file of approvals is told', async () => {
    await h.service.close();
    h.open({ approval: { needed: false, planFiles } });
    await h.start();
    expect(await h.driveTo('finished')).toMatchObject({ state: 'succeeded' });
    expect(h.view().approval).toBeUndefined();
    await writeFile(join(folder, 'plan-approvals.json'), '{');
    await expect(PlanApprovals.open(join(folder, 'plan-approvals.json'))).rejects.toThrow(code('state-damaged'));
  });
});

/** The plan that the system makes now, by a job that is exited. */
async function planNow(): Promise<JobPlan> {
  await h.start('look');
  const view = await h.driveTo('plan', {}, 'look');
  await h.ask('job.cancel', { jobId: 'look', choice: 'exit' });
  await h.settle();
  return (view.screen?.content as { plan: JobPlan }).plan;
}
