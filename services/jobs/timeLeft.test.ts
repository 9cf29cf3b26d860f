import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endOfJob } from '../../core/model/endOfJob.ts';
import { installedAs } from './testing/FakeDriver.ts';
import { faults, JobHarness } from './testing/jobHarness.ts';

const START = { operationId: 'install-upgrade-software' };
let h: JobHarness;
beforeEach(() => {
  h = new JobHarness();
});
afterEach(() => h.dispose());

const accepted = async (jobId: string, settings: object = {}): Promise<void> => {
  await h.ask('job.start', { jobId, ...START, settings });
  await h.driveTo('plan', {}, jobId);
  await h.answer({}, jobId);
};
/** The nodes as they were, so that there is as much to do again. */
const downgraded = (): void => {
  for (const node of h.driver.nodes.values()) {
    node.packages = node.packages.map(({ name }) => installedAs(name, '1.0'));
    node.spooled.clear();
  }
};
const end = (jobId: string): ReturnType<typeof endOfJob> => endOfJob(h.head(jobId), h.clock.nowMs());

describe('the end of a job', () => {
  it('is not known before the steps ever ran, and then lies around what they took, over a restart', async () => {
    await accepted('j1');
    await h.until(() => h.head('j1').currentStep === 'shutdown');
    expect(end('j1')).toMatchObject({ kind: 'unknown' });
    await h.settle();
    expect(h.head('j1').timeLeft).toBeUndefined();
    await h.service.close();
    h.open();

    downgraded();
    await accepted('j2');
    await h.until(() => h.head('j2').currentStep === 'shutdown');
    const told = end('j2');
    await h.until(() => h.head('j2').endedAtMs !== undefined);
    const endedAtMs = h.head('j2').endedAtMs ?? 0;
    if (told?.kind !== 'between') throw new Error(`it is ${told?.kind}`);
    expect(told.fromMs).toBeLessThanOrEqual(endedAtMs);
    expect(told.toMs).toBeGreaterThanOrEqual(endedAtMs);
    expect(told.toMs - told.fromMs).toBeLessThan(4 * (endedAtMs - told.fromMs) + 60_000);
  });

  it('is known of later waves by the first one, and counts the waits between them', async () => {
    await accepted('j1', { waves: '2', gateWait: '1 h' });
    await h.until(() => h.head('j1').gate !== undefined);
    await h.clock.advance(1000);
    const told = end('j1');
    // Nothing but the check of the end, that has no run yet, is unknown.
    expect(told).toMatchObject({ kind: 'between' });
    if (told?.kind === 'between') expect(told.toMs - h.clock.nowMs()).toBeGreaterThanOrEqual(3_600_000);
  });

  it('is not taken from steps that waited for a person', async () => {
    await h.dispose();
    h = new JobHarness(faults({ 'package-install n2 1': 'fail' }));
    await accepted('j1');
    await h.settle();
    await h.clock.advance(8 * 3_600_000);
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' });
    await h.settle();
    downgraded();
    await accepted('j2');
    await h.until(() => h.head('j2').currentStep === 'spooling');
    expect(end('j2')).toEqual({ kind: 'unknown', steps: ['Package Install'] });
  });
});
