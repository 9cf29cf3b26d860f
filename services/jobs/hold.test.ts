import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proposedInput } from './testing/jobHarness.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
  await practice.open({ nodes: 4 });
});
afterEach(() => practice.end());

const UPGRADED = /ptbase-17\.20.*service up/;

describe('held nodes on practice nodes', { timeout: 60_000 }, () => {
  it('one that was away when its wave went by catches up after the others, over a restart of putservices', async () => {
    const [first = '', ...others] = practice.nodeIds();
    const before = await practice.onNodes();
    await practice.driver.practice.setFault(first, 'shutdown', 'unreachable', 1);
    const settings = { waves: { canary: [first], by: 2, stopBefore: [] } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    expect(await practice.untilTrouble()).toMatchObject({ state: 'attention', currentStep: 'shutdown' });
    await practice.ask('job.hold', { nodeIds: [first], reason: 'a switch is changed' });
    await practice.ask('job.continue');
    const held = await practice.settled();
    expect(held.gate).toMatchObject({ beforeWave: 2, held: true, reason: 'wave 1 failed whole' });
    // Through, but not on the node that is held.
    const without = { state: 'done', nodes: 1, leftOut: 0, held: { nodes: 1, first: [first] } };
    expect(held.waves?.[0]).toMatchObject(without);
    await practice.close();
    await practice.open({ nodes: 4 });
    await practice.ask('job.continue');
    const waits = await practice.settled();
    expect(waits).toMatchObject({ state: 'attention', held: { held: 1, first: [first], waits: true, able: [first] } });
    expect(waits.nextMeans).toMatch(/is held and has not caught up/);
    // Nothing of it was touched, and it is said so.
    expect((await practice.onNodes())[first]).toEqual(before[first]);
    await practice.ask('job.release', { nodeIds: [first] });
    const done = await practice.settled();
    expect(done.state).toBe('succeeded');
    expect(done.waves?.map(({ held: not }) => not)).toEqual([undefined, undefined, undefined]);
    const after = await practice.onNodes();
    for (const nodeId of practice.nodeIds()) expect(after[nodeId]?.join()).toMatch(UPGRADED);
    expect(done.packages.every(({ nodes, successful }) => nodes === successful)).toBe(true);
    for (const nodeId of others) expect(done.steps['package-install']?.cells?.[nodeId]?.attempt).toBe(1);
  });

  it('one that catches up makes its wave one that can be asked to go back', async () => {
    const [first = ''] = practice.nodeIds();
    const settings = { waves: { canary: [first], by: 3, stopBefore: [] } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    let view = await practice.settled();
    for (; view.currentStep !== 'plan'; view = await practice.settled())
      await practice.ask('job.answer', { input: proposedInput(view) });
    await practice.ask('job.hold', { nodeIds: [first], reason: 'a switch is changed' });
    await practice.ask('job.answer', { input: proposedInput(view) });
    for (view = await practice.settled(); !view.held?.waits; view = await practice.settled())
      await practice.ask('job.continue');
    expect(view.waves?.map(({ unchanged }) => unchanged)).toEqual([true, undefined]);
    await practice.ask('job.release', { nodeIds: [first] });
    const done = await practice.settled();
    expect([done.state, done.waves?.map(({ unchanged }) => unchanged)]).toEqual(['succeeded', [undefined, undefined]]);
  });

  it('one that is never released is named in the report, with what it missed', async () => {
    const [, second = ''] = practice.nodeIds();
    const settings = { waves: { by: 2, stopBefore: [] } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    for (let view = await practice.settled(); view.currentStep !== 'plan'; view = await practice.settled())
      await practice.ask('job.answer', { input: proposedInput(view) });
    await practice.ask('job.hold', { nodeIds: [second], reason: 'it stays as it is tonight' });
    const waits = await practice.untilTrouble();
    expect(waits.held).toMatchObject({ held: 1, waits: true });
    expect(waits.steps['spooling']?.cells?.[second]).toMatchObject({ state: 'skipped' });
    await practice.ask('job.continue');
    const done = await practice.settled();
    expect(done.state).toBe('warned');
    expect(done.report?.lines[0]).toMatch(
      new RegExp(`^Attention: ${second} was held by ada .*never caught up, and missed Spooling, Test, Shutdown`),
    );
    expect(done.report?.lines.join('\n')).toMatch(
      new RegExp(`^Wave 1: 2 nodes \\(.*\\); it went by without ${second}, held or to catch up\\.$`, 'm'),
    );
  });

  it('one that cannot catch up any more is not to be released, and why is said; the report names it', async () => {
    const [first = ''] = practice.nodeIds();
    await practice.driver.practice.setFault(first, 'find-systems', 'unreachable', 1);
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    while ((await practice.settled()).state === 'input')
      await practice.ask('job.answer', { input: proposedInput(await practice.settled()) });
    await practice.ask('job.hold', { nodeIds: [first], reason: 'it has no power' });
    await practice.ask('job.continue');
    let view = await practice.settled();
    for (; view.currentStep !== 'plan'; view = await practice.settled())
      await practice.ask('job.answer', { input: proposedInput(view) });
    await expect(practice.ask('job.release', { nodeIds: [first] })).rejects.toThrow(
      `it cannot catch up in this job: ${first} was away when Group Nodes was answered; Back to before that lets it`,
    );
    for (; view.state === 'input'; view = await practice.settled())
      await practice.ask('job.answer', { input: proposedInput(view) });
    expect(view.nextMeans).toBe(
      `${first} is held, and cannot catch up in this job: ${first} was away when Group Nodes was answered. Next goes on without them: they stay as they are.`,
    );
    expect(view.held).toMatchObject({ waits: true, able: [] });
    await practice.ask('job.continue');
    view = await practice.settled();
    expect(view.state).toBe('warned');
    expect(view.report?.lines.join('\n')).toMatch(
      new RegExp(`^Attention: ${first} was held by ada .*never caught up`, 'm'),
    );
  });

  it('a stop before a wave is asked for and taken back while the job runs', async () => {
    const settings = { waves: { by: 1, stopBefore: [2] } };
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings });
    await practice.driver.practice.setFault(practice.nodeIds()[0] ?? '', 'package-install', 'fail', 1);
    await practice.untilTrouble();
    await practice.ask('job.pause', { beforeWave: 3, reason: 'the site looks at it' });
    await expect(practice.ask('job.pause', { beforeWave: 1 })).rejects.toThrow(/before the waves 2 to 4/);
    await practice.ask('job.resume', { beforeWave: 2 });
    await practice.ask('job.retry', { stepId: 'package-install' });
    const held = await practice.settled();
    expect(held.gate).toEqual({ beforeWave: 3, held: true, reason: 'it was asked to stop before wave 3' });
    expect(held.waves?.map(({ stopBefore }) => stopBefore)).toEqual([undefined, undefined, true, undefined]);
    // Taken back where the job stands: it goes on.
    await practice.ask('job.resume', { beforeWave: 3 });
    expect(await practice.settled()).toMatchObject({ state: 'succeeded' });
  });
});
