import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proposedInput } from './testing/jobHarness.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
  await practice.open({ nodes: 4 });
});
afterEach(() => practice.end());

describe('waves on practice nodes', { timeout: 60_000 }, () => {
  it('a canary that does not pass the gate is rolled back; the others begin only when a person lets them', async () => {
    const before = await practice.onNodes();
    const [canary = '', ...others] = practice.nodeIds();
    await practice.driver.practice.setFault(canary, 'health-gate', 'fail', 1);
    const settings = {
      ...{ waves: { canary: 1, by: 2, stopBefore: 2 }, stopAt: 'job 3' },
      ...{ gateService: 'practice-db', gatePort: 1025, gateCommand: 'true' },
    };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    const sick = await practice.untilTrouble();
    expect(sick).toMatchObject({ state: 'attention', currentStep: 'health-gate' });
    expect(sick.attention[0]?.cause).toMatchObject({ code: 'gate-failed' });
    expect(sick.plan?.waves?.map(({ nodes }) => nodes)).toEqual([1, 2, 1]);
    expect(sick.plan?.stops?.[0]).toBe('The job stops when 3 of 4 nodes failed or were unreachable.');
    expect(sick.waves?.map(({ state }) => state)).toEqual(['running', 'waiting', 'waiting']);
    await practice.ask('job.rollback', { wave: 1, reason: 'the canary is sick' });
    const held = await practice.settled();
    expect(held.gate).toEqual({
      ...{ beforeWave: 2, held: true, reason: 'every node of wave 1 went back' },
      unchanged: true,
    });
    await expect(practice.ask('job.rollback', { wave: 1, reason: 'x' })).rejects.toMatchObject({
      code: 'nothing-to-roll-back',
      message: 'every changed node of wave 1 is back already',
    });
    expect(held.waves?.map(({ unchanged }) => unchanged)).toEqual([true, undefined, undefined]);
    expect(await practice.onNodes()).toEqual(before);
    await practice.ask('job.continue');
    const done = await practice.untilTrouble();
    expect(done.state).toBe('warned');
    const after = await practice.onNodes();
    expect(after[canary]).toEqual(before[canary]);
    for (const nodeId of others) expect(after[nodeId]?.join()).toMatch(/ptbase-17\.20.*service up/);
    expect(done.report?.lines).toContain('The job stops when 3 of 4 nodes failed or were unreachable.');
  });

  it('which versions become active is asked in the first wave, of its nodes, and the others go by the answer', async () => {
    const settings = { waves: { canary: 1, by: 2 } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    const asked: (number | undefined)[] = [];
    for (;;) {
      const view = await practice.settled();
      if (view.state !== 'input') break;
      if (view.currentStep === 'switch-versions')
        asked.push((view.waves ?? []).findIndex(({ state }) => state === 'running'));
      const input = view.currentStep === 'configuration-mode' ? { mode: 'custom' } : proposedInput(view);
      await practice.ask('job.answer', { input });
    }
    const done = await practice.settled();
    expect([done.state, asked]).toEqual(['succeeded', [0]]);
    expect(done.report?.lines).toContain(
      'Skipped: Keep Former Packages, Arm Dead-Man, Confirm (no dead-man was asked for); Reboot (no node has anything to do here); Health Gate (no check between waves was asked for).',
    );
    const cells = Object.values(done.steps['switch-versions']?.cells ?? {}).map(({ state }) => state);
    expect(cells).toEqual(practice.nodeIds().map(() => 'ok'));
  });

  it('a wave that came through waits where it was asked to stop before the next one', async () => {
    const settings = { waves: { by: '50 %', stopBefore: [2] } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    const held = await practice.untilTrouble();
    expect(held.gate).toEqual({ beforeWave: 2, held: true, reason: 'it was asked to stop before wave 2' });
    expect(held.nextMeans).toMatch(/Next lets wave 2 of 2 begin all the same/);
    await practice.ask('job.continue');
    expect(await practice.untilTrouble()).toMatchObject({ state: 'succeeded' });
  });
});
