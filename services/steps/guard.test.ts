import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import { JobService } from '../jobs/JobService.ts';
import { askService, settledJob } from '../jobs/testing/askService.ts';
import { proposedInput } from '../jobs/testing/jobHarness.ts';
import { PRACTICE_SETTINGS } from '../nodes/sim/practiceDeadlines.ts';
import { contextFor, quietLog, SimTestSystem, type WorkedNodes } from '../nodes/sim/simTestKit.ts';

const NODE = 'tpa-001';
let system: SimTestSystem;
let driver: WorkedNodes;
let service: JobService;
let laterMs: number;
beforeEach(async () => {
  laterMs = 0;
  system = await SimTestSystem.make();
  driver = await system.open({ nodes: 2, now: () => Date.now() + laterMs });
  service = new JobService({
    settings: PRACTICE_SETTINGS,
    journalPath: join(system.folder, 'journal.db'),
    ...{ driver, library: system.library, tell: () => undefined, wasTold: () => false },
    ...{ clock: createSystemClock(), log: quietLog },
  });
});
afterEach(async () => {
  await service.close();
  await driver.close();
  await system.end();
});

const ask = (method: MethodName, params: object = {}): Promise<unknown> =>
  askService(service, method, { jobId: 'j1', ...params });

/** The view once the job waits for a decision or is over. */
async function untilTrouble(): Promise<JobView> {
  for (;;) {
    const view = await settledJob(service, 'j1');
    if (view.state !== 'input') return view;
    await ask('job.answer', { input: proposedInput(view) });
  }
}

async function onNode(): Promise<readonly string[]> {
  await driver.refresh();
  return (driver.rows()[NODE]?.packages ?? []).map(formatNevra).sort();
}

const start = (): Promise<unknown> =>
  ask('job.start', { operationId: 'install-upgrade-software', settings: { confirmWithin: '1 h' } });

describe('the dead-man of a job', { timeout: 60_000 }, () => {
  it('is confirmed where everything came through, and does nothing afterwards', async () => {
    await start();
    const view = await untilTrouble();
    expect(['succeeded', 'warned']).toContain(view.state);
    for (const stepId of ['keep-former', 'arm', 'confirm']) expect(view.steps[stepId]?.cells?.[NODE]?.state).toBe('ok');
    const upgraded = await onNode();
    laterMs = 2 * 3_600_000;
    expect(await onNode()).toEqual(upgraded);
  });

  it('brings a node back that was not confirmed in time, and that is told and never shown as ok', async () => {
    const before = await onNode();
    await driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    expect(await untilTrouble()).toMatchObject({ state: 'attention', currentStep: 'start' });
    expect(await onNode()).not.toEqual(before);
    laterMs = 3_600_000;
    expect(await onNode()).toEqual(before);
    await ask('job.retry', { stepId: 'start' });
    const view = await untilTrouble();
    expect(view).toMatchObject({ state: 'attention', currentStep: 'validation' });
    expect(view.steps['validation']?.cells?.[NODE]?.cause).toMatchObject({ code: 'went-back' });
  });

  it('goes away with a rollback', async () => {
    await driver.practice.setFault(NODE, 'start', 'fail', 1);
    await start();
    await untilTrouble();
    await ask('job.rollback', { nodeIds: [NODE], reason: 'back' });
    const view = await untilTrouble();
    expect(view.steps['disarm']?.cells?.[NODE]?.state).toBe('ok');
    // Somebody else changes the node later: nothing brings it back.
    await driver.run(NODE, { use: 'service', work: { action: 'stop', name: 'practice-db' } }, contextFor('later'));
    laterMs = 3_600_000;
    await driver.refresh();
    expect(driver.rows()[NODE]?.service?.state).toBe('down');
  });
});
