import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { MethodName, MethodResult } from '../../core/protocol/methods.ts';
import { quietLog, SimTestSystem, type WorkedNodes } from '../nodes/sim/simTestKit.ts';
import { PackageLibrary } from '../files/PackageLibrary.ts';
import { librarySource } from '../nodes/sim/librarySource.ts';
import { JobService } from './JobService.ts';
import { askService, settledJob } from './testing/askService.ts';
import { PRACTICE_SETTINGS } from '../nodes/sim/practiceDeadlines.ts';
import { proposedInput } from './testing/jobHarness.ts';

let system: SimTestSystem;
let driver: WorkedNodes;
let service: JobService;

async function open(library = system.library): Promise<void> {
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

async function startFailing(): Promise<JobView> {
  await driver.practice?.setFault(nodeIds()[1] ?? '', 'package-install', 'fail', 1);
  await ask('job.start', { operationId: 'install-upgrade-software' });
  return untilTrouble();
}

describe('a rollback on practice nodes', { timeout: 60_000 }, () => {
  it('of the job brings back exactly the packages and services of before, and ends it truthfully', async () => {
    await open();
    const before = await onNodes();
    expect(await startFailing()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    expect(await onNodes()).not.toEqual(before);
    const preview = (await ask('job.rollbackPreview')) as MethodResult<'job.rollbackPreview'>;
    expect(preview).toMatchObject({ possible: true, nodes: 4 });
    const packages = preview.groups.flatMap((group) => group.packages);
    expect(packages.filter(({ name }) => name === 'ppde')[0]).toMatchObject({ to: '17.10.04.02-1', wayBack: true });
    expect(packages.filter(({ name }) => name === 'plicense')[0]?.to).toBeUndefined();
    await ask('job.rollback', { reason: 'the site changed its mind' });
    const view = await settled();
    expect(await onNodes()).toEqual(before);
    expect(view).toMatchObject({ state: 'failed', report: { installed: 0 } });
    expect(view.report?.lines[0]).toMatch(/was rolled back/);
    expect(view.report?.lines.join('\n')).toMatch(/4 nodes went back .* as ada asked: the site changed its mind/);
  });

  it('of one node brings it back alone; the others go on to their end', async () => {
    await open();
    const before = await onNodes();
    const [, nodeId = ''] = nodeIds();
    await startFailing();
    await expect(ask('job.rollback', { nodeIds: [nodeId], wave: 1, reason: 'x' })).rejects.toThrow(/not both/);
    await ask('job.rollback', { nodeIds: [nodeId], reason: 'a bad disk' });
    const view = await untilTrouble();
    expect(view).toMatchObject({ state: 'warned' });
    const after = await onNodes();
    expect(after[nodeId]).toEqual(before[nodeId]);
    for (const other of nodeIds().filter((one) => one !== nodeId)) {
      expect(after[other]?.join()).toMatch(/ptbase-17\.20.*service up/);
    }
    expect(view.report?.lines).toContain(`${nodeId}: rolled back, as ada asked: a bad disk`);
  });

  it('of a node whose former package is not kept fails before anything is stopped, and says so in the plan', async () => {
    const folder = join(system.folder, 'library');
    await unlink(join(folder, 'pagent-17.10.04.02-1.noarch.rpm'));
    await open(await PackageLibrary.open({ folder, log: quietLog }));
    const view = await startFailing();
    expect(view.plan?.warnings.map(({ name }) => name)).toContain('no-way-back');
    const [first = ''] = nodeIds();
    const installed = await onNodes();
    await ask('job.rollback', { nodeIds: [first], reason: 'back' });
    const stopped = await settled();
    expect(stopped).toMatchObject({ state: 'attention', currentStep: 'bring-back' });
    expect(stopped.attention[0]?.cause).toMatchObject({ code: 'no-way-back', packageName: 'pagent' });
    expect(stopped.steps['stop-again']).toMatchObject({ state: 'waiting', attempt: 0 });
    expect(await onNodes()).toEqual(installed);
    // Left as it is: the job goes on with the others.
    await ask('job.ignore', { stepId: 'bring-back', nodeIds: [first], reason: 'it stays' });
    await ask('job.continue');
    expect(await settled()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
  });
});
