import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { PracticeJobs } from '../jobs/testing/PracticeJobs.ts';
import { contextFor } from '../nodes/sim/simTestKit.ts';

const NODE = 'tpa-001';
let practice: PracticeJobs;
let laterMs: number;
beforeEach(async () => {
  laterMs = 0;
  practice = await PracticeJobs.make();
  await practice.open({ nodes: 2, now: () => Date.now() + laterMs });
});
afterEach(() => practice.end());

async function onNode(): Promise<readonly string[]> {
  await practice.driver.refresh();
  return (practice.driver.rows()[NODE]?.packages ?? []).map(formatNevra).sort();
}

const start = (): Promise<unknown> =>
  practice.ask('job.start', { operationId: 'install-upgrade-software', settings: { confirmWithin: '1 h' } });

describe('the dead-man of a job', { timeout: 60_000 }, () => {
  it('is confirmed where everything came through, and does nothing afterwards', async () => {
    await start();
    const view = await practice.untilTrouble();
    expect(['succeeded', 'warned']).toContain(view.state);
    for (const stepId of ['keep-former', 'arm', 'confirm']) expect(view.steps[stepId]?.cells?.[NODE]?.state).toBe('ok');
    const upgraded = await onNode();
    laterMs = 2 * 3_600_000;
    expect(await onNode()).toEqual(upgraded);
  });

  it('brings a node back that was not confirmed in time, and that is told and never shown as ok', async () => {
    const before = await onNode();
    await practice.driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    expect(await practice.untilTrouble()).toMatchObject({ state: 'attention', currentStep: 'start' });
    expect(await onNode()).not.toEqual(before);
    laterMs = 3_600_000;
    expect(await onNode()).toEqual(before);
    await practice.ask('job.retry', { stepId: 'start' });
    const view = await practice.untilTrouble();
    expect(view).toMatchObject({ state: 'attention', currentStep: 'validation' });
    expect(view.steps['validation']?.cells?.[NODE]?.cause).toMatchObject({ code: 'went-back' });
  });

  it('is confirmed by a person while the job waits for a decision, and the node stays as it is', async () => {
    await practice.driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    const waits = await practice.untilTrouble();
    const { firstAtMs = 0 } = waits.goingBack ?? {};
    expect(waits.goingBack?.nodes).toBe(2);
    expect(firstAtMs).toBeGreaterThan(Date.now() + 3_500_000);
    expect(firstAtMs).toBeLessThanOrEqual(Date.now() + 3_600_000);
    const upgraded = await onNode();
    const [, other = ''] = Object.keys(waits.nodes);
    expect(await practice.ask('job.confirm', { nodeIds: [NODE] })).toEqual({
      ...{ confirmed: [NODE], failed: [], unfinished: [] },
    });
    await expect(practice.ask('job.confirm', { nodeIds: [NODE] })).rejects.toThrow(/does not go back by itself/);
    laterMs = 2 * 3_600_000;
    expect(await onNode()).toEqual(upgraded);
    // The other one's time is over: it went back, and that is told.
    const late = (await practice.ask('job.confirm', {})) as { failed: { nodeId: string; code: string }[] };
    expect(late.failed).toMatchObject([{ nodeId: other, code: 'went-back' }]);
    const told = await practice.untilTrouble();
    expect(told.goingBack).toBeUndefined();
    const both = told.packages.filter(({ nodes }) => nodes === 2);
    expect(both.length).toBeGreaterThan(0);
    // The new versions are on the confirmed one alone.
    expect(both.map((row) => [row.successful, row['rolled-back']])).toEqual(both.map(() => [1, 1]));
    await practice.ask('job.cancel', { choice: 'exit' });
    const { report } = await practice.untilTrouble();
    expect(report?.lines.filter((line) => line.startsWith('Attention') && line.includes(other))).toEqual([
      expect.stringMatching(/^Attention: 1 node \(.*\) went back to the versions before by itself/),
    ]);
  });

  it('is confirmed by a person after the job was exited, and job and report say who did when, over restarts too', async () => {
    await practice.driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    await practice.untilTrouble();
    await practice.ask('job.cancel', { choice: 'exit' });
    const exited = await practice.untilTrouble();
    expect(exited.report?.lines.at(0)).toMatch(/^Attention: 2 nodes go back .* unless confirmed.*: putctl confirm 1/);
    await practice.close();
    await practice.open({ nodes: 2, now: () => Date.now() + laterMs });
    // Who watches hears of it.
    let heard = 0;
    const topic = practice.service.topic('job:j1', {} as never);
    const stop = topic?.kind === 'state' ? topic.onChange(() => (heard += 1)) : undefined;
    expect(await practice.ask('job.confirm', { nodeIds: [NODE] })).toMatchObject({ confirmed: [NODE] });
    expect(heard).toBeGreaterThan(0);
    stop?.();
    const after = await practice.settled();
    expect(after.goingBack?.nodes).toBe(1);
    const told = new RegExp(`^${NODE}: confirmed by \\w+ at \\S+ \\S+ UTC, after the end`);
    expect(after.report?.lines.at(-1)).toMatch(told);
    await practice.close();
    await practice.open({ nodes: 2, now: () => Date.now() + laterMs });
    expect((await practice.settled()).report?.lines).toEqual(after.report?.lines);
    expect(await practice.ask('job.confirm')).toMatchObject({ failed: [] });
    const all = await practice.settled();
    expect(all.goingBack).toBeUndefined();
    expect(all.report?.lines.join('\n')).not.toMatch(/Attention: .* go(es)? back/);
    await expect(practice.ask('job.confirm')).rejects.toThrow(/no node of job 1 goes back by itself/);
    await expect(practice.ask('job.pause', { reason: 'too late' })).rejects.toMatchObject({ code: 'job-over' });
  });

  it('goes away with a rollback', async () => {
    await practice.driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    await practice.untilTrouble();
    await practice.ask('job.rollback', { nodeIds: [NODE], reason: 'back' });
    const view = await practice.untilTrouble();
    expect(view.steps['disarm']?.cells?.[NODE]?.state).toBe('ok');
    // Somebody else changes the node later: nothing brings it back.
    await practice.driver.run(
      NODE,
      { use: 'service', work: { action: 'stop', name: 'practice-db' } },
      contextFor('later'),
    );
    laterMs = 3_600_000;
    await practice.driver.refresh();
    expect(practice.driver.rows()[NODE]?.service?.state).toBe('down');
  });
});
