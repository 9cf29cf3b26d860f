import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import { quietLog, SimTestSystem, type WorkedNodes } from '../nodes/sim/simTestKit.ts';
import { librarySource } from '../nodes/sim/librarySource.ts';
import { JobService } from './JobService.ts';
import { askService, settledJob } from './testing/askService.ts';
import { PRACTICE_SETTINGS } from '../nodes/sim/practiceDeadlines.ts';
import { proposedInput } from './testing/jobHarness.ts';

let system: SimTestSystem;
let driver: WorkedNodes;
let service: JobService;

async function open(): Promise<void> {
  const { library } = system;
  driver = await system.open({ nodes: 4, packages: librarySource(library) });
  service = new JobService({
    settings: PRACTICE_SETTINGS,
    journalPath: join(system.folder, 'journal.db'),
    ...{ driver, library, tell: () => undefined, wasTold: () => false },
    ...{ clock: createSystemClock(), log: quietLog },
  });
}
beforeEach(async () => {
  system = await SimTestSystem.make();
});
afterEach(async () => {
  await service.close();
  await driver.close();
  await system.end();
});

const ask = (method: MethodName, params: object = {}): Promise<unknown> =>
  askService(service, method, { jobId: 'j1', ...params });

const settled = (): Promise<JobView> => settledJob(service, 'j1');

async function untilTrouble(): Promise<JobView> {
  for (;;) {
    const view = await settled();
    if (view.state !== 'input') return view;
    await ask('job.answer', { input: proposedInput(view) });
  }
}

/** Every build on every node, and whether its service is up. */
async function onNodes(): Promise<Record<string, readonly string[]>> {
  await driver.refresh();
  return Object.fromEntries(
    Object.entries(driver.rows()).map(([nodeId, { packages, service: state }]) => [
      nodeId,
      [...packages.map(formatNevra).sort(), `service ${state?.state ?? 'unknown'}`],
    ]),
  );
}

const nodeIds = (): string[] => driver.entries().map(({ nodeId }) => nodeId);

describe('waves on practice nodes', { timeout: 60_000 }, () => {
  it('a canary that does not pass the gate is rolled back; the others begin only when a person lets them', async () => {
    await open();
    const before = await onNodes();
    const [canary = '', ...others] = nodeIds();
    await driver.practice?.setFault(canary, 'health-gate', 'fail', 1);
    const settings = {
      ...{ waves: { canary: 1, by: 2, stopBefore: 2 }, stopAt: 'job 3' },
      ...{ gateService: 'practice-db', gatePort: 1025, gateCommand: 'true' },
    };
    await ask('job.start', { operationId: 'install-upgrade-software', settings });
    const sick = await untilTrouble();
    expect(sick).toMatchObject({ state: 'attention', currentStep: 'health-gate' });
    expect(sick.attention[0]?.cause).toMatchObject({ code: 'gate-failed' });
    expect(sick.plan?.waves?.map(({ nodes }) => nodes)).toEqual([1, 2, 1]);
    expect(sick.plan?.stops?.[0]).toBe('The job stops when 3 of 4 nodes failed or were unreachable.');
    expect(sick.waves?.map(({ state }) => state)).toEqual(['running', 'waiting', 'waiting']);
    await ask('job.rollback', { wave: 1, reason: 'the canary is sick' });
    const held = await settled();
    expect(held.gate).toEqual({ beforeWave: 2, held: true, reason: 'wave 1 failed whole' });
    expect(await onNodes()).toEqual(before);
    await ask('job.continue');
    const done = await untilTrouble();
    expect(done.state).toBe('warned');
    const after = await onNodes();
    expect(after[canary]).toEqual(before[canary]);
    for (const nodeId of others) expect(after[nodeId]?.join()).toMatch(/ptbase-17\.20.*service up/);
    expect(done.report?.lines).toContain('The job stops when 3 of 4 nodes failed or were unreachable.');
  });

  it('a wave that came through waits where it was asked to stop before the next one', async () => {
    await open();
    const settings = { waves: { by: '50 %', stopBefore: [2] } };
    await ask('job.start', { operationId: 'install-upgrade-software', settings });
    const held = await untilTrouble();
    expect(held.gate).toEqual({ beforeWave: 2, held: true, reason: 'it was asked to stop before wave 2' });
    expect(held.nextMeans).toMatch(/Next lets wave 2 of 2 begin all the same/);
    await ask('job.continue');
    expect(await untilTrouble()).toMatchObject({ state: 'succeeded' });
  });
});
