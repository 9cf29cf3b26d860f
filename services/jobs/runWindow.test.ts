import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../core/model/instant.ts';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { faults, JobHarness } from './testing/jobHarness.ts';

const HOUR_MS = 3_600_000;
let h: JobHarness;
beforeEach(() => {
  h = new JobHarness();
});
afterEach(() => h.dispose());

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;
const inHours = (hours: number): string => instantOf(h.clock.nowMs() + hours * HOUR_MS);
const begun = (stepId: string): boolean => h.driver.starts.some((one) => JSON.stringify(one).includes(stepId));

/** A job whose plan is accepted; what may be prepared is prepared. */
async function accepted(settings: object, extra: object = {}): Promise<void> {
  await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings, ...extra });
  await h.driveTo('plan');
  await h.answer();
  await h.clock.advance(600_000);
}

describe('the time in which a job may begin', () => {
  it('is waited for before the first step that cannot be taken back, and the job goes on by itself', async () => {
    const [notBefore, notAfter] = [inHours(2), inHours(4)];
    await accepted({ notBefore, notAfter });
    const waits = h.view();
    expect(waits).toMatchObject({
      state: 'running',
      currentStep: 'shutdown',
      runWindow: { notBefore, waits: 'early' },
    });
    expect(waits.steps['spooling']?.state).toBe('ok');
    expect(waits.nextOffBecause).toMatch(/^Shutdown waits until 1970-01-01 02:16:40 UTC, and is to begin until/);
    expect(h.topic('jobs').state()).toMatchObject({ jobs: { j1: { waitsUntil: notBefore } } });
    expect(h.told.at(-1)?.text).toMatch(/^Shutdown waits until/);
    await h.clock.advance(1.8 * HOUR_MS);
    expect(begun('shutdown')).toBe(false);
    await h.clock.advance(0.2 * HOUR_MS);
    expect(begun('shutdown')).toBe(true);
    expect((await h.settle()).state).toBe('succeeded');
  });

  it('is by the clock of the master, however it is set, and over a restart', async () => {
    await accepted({ notBefore: inHours(2) });
    // An hour that was wrong is set right: it is an hour later than it seemed.
    h.clock.setWall(HOUR_MS);
    await h.service.close();
    h.open();
    expect(h.view()).toMatchObject({ state: 'running', runWindow: { waits: 'early' } });
    h.clock.setWall(-2 * HOUR_MS);
    await h.clock.advance(1.9 * HOUR_MS);
    expect(begun('shutdown')).toBe(false);
    h.clock.setWall(2 * HOUR_MS);
    await h.clock.advance(60_000);
    expect(begun('shutdown')).toBe(true);
  });

  it('is asked about where it is over, and a person lets the job begin all the same', async () => {
    const notAfter = inHours(1);
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings: { notAfter } });
    await h.driveTo('plan');
    await h.clock.advance(HOUR_MS);
    await h.answer();
    const late = await h.settle();
    expect(late).toMatchObject({ state: 'attention', currentStep: 'shutdown' });
    expect(late.runWindow).toMatchObject({ waits: 'late', cause: { code: 'window-over' } });
    expect(late.nextOffBecause).toBeUndefined();
    expect(late.nextMeans).toMatch(/which is over \(window-over\)\. Next lets it begin all the same\./);
    expect(begun('shutdown')).toBe(false);
    await h.ask('job.continue', { jobId: 'j1' });
    expect((await h.settle()).state).toBe('succeeded');
    expect(h.told.find(({ text }) => text.startsWith('lets Shutdown begin'))?.user).toBe('ada');
  });

  it('is passed over by the driver alone, who says so', async () => {
    await accepted({ notBefore: inHours(5) });
    await expect(h.ask('job.beginNow', { jobId: 'j1' }, 'bert')).rejects.toThrow(code('baton-needed'));
    await h.ask('job.beginNow', { jobId: 'j1', reason: 'the site is ready' });
    expect((await h.settle()).state).toBe('succeeded');
    expect(h.told.map(({ text }) => text)).toContain('lets Shutdown begin out of its time: the site is ready');
  });

  it('holds a wave that would begin after it; what has begun before is brought to its end', async () => {
    const notAfter = inHours(1);
    await h.ask('job.start', {
      ...{ jobId: 'j1', operationId: 'install-upgrade-software' },
      settings: { notAfter, waves: '2', gateWait: '2 h' },
    });
    await h.driveTo('plan');
    await h.answer();
    const late = await h.settle();
    expect(late).toMatchObject({ state: 'attention', currentStep: 'shutdown', runWindow: { waits: 'late' } });
    // Nothing of the second one has begun.
    expect(late.waves?.map(({ state }) => state)).toEqual(['done', 'waiting']);
    await h.ask('job.continue', { jobId: 'j1' });
    expect((await h.settle()).state).toBe('succeeded');
  });

  it('is not begun without a person who comes back, where the job was paused meanwhile', async () => {
    await accepted({ notBefore: inHours(1), notAfter: inHours(2) });
    await h.ask('job.pause', { jobId: 'j1' });
    await h.clock.advance(3 * HOUR_MS);
    expect(begun('shutdown')).toBe(false);
    await h.ask('job.resume', { jobId: 'j1' });
    expect((await h.settle()).runWindow).toMatchObject({ waits: 'late' });
  });

  it('is given anew to a job that waits for it, that is late, or that has none, by its driver alone', async () => {
    const set = (to: object, user = 'ada'): Promise<unknown> => h.ask('job.setWindow', { jobId: 'j1', ...to }, user);
    await accepted({ notBefore: inHours(2) });
    await expect(set({ notBefore: inHours(1) }, 'bert')).rejects.toThrow(code('baton-needed'));
    await expect(set({ notAfter: inHours(1) })).rejects.toThrow(/notAfter: .* is not after notBefore/);
    await expect(set({ notBefore: null, notAfter: inHours(-1) })).rejects.toThrow(/notAfter: .* is over/);
    await expect(set({ notBefore: 'at night' })).rejects.toThrow(code('input-invalid'));
    const [later, until] = [inHours(5), inHours(6)];
    await set({ notBefore: later, notAfter: until, reason: 'the site sleeps later' });
    expect(h.told.findLast(({ user }) => user === 'ada')?.text).toMatch(
      /^set when the operation may begin: not before .* UTC, not after .* UTC \(before: not before .* UTC\): the site sleeps later$/,
    );
    expect(h.topic('jobs').state()).toMatchObject({ jobs: { j1: { waitsUntil: later } } });
    // The alarm of the former time moves nothing, over a restart neither.
    await h.service.close();
    h.open();
    await h.clock.advance(4 * HOUR_MS);
    expect(h.view()).toMatchObject({ runWindow: { notBefore: later, notAfter: until, waits: 'early' } });
    // Nothing of it is new: no decision.
    const events = h.view().eventNumber;
    await set({ notAfter: until });
    expect(h.view().eventNumber).toBe(events);
    await set({ notBefore: null });
    const done = await h.settle();
    expect(done.state).toBe('succeeded');
    expect(begun('shutdown')).toBe(true);
    expect(done.report?.lines.join('\n')).toMatch(
      /ada: set when the operation may begin: not after .* UTC \(before: not before/,
    );
    await expect(set({ notBefore: inHours(1) })).rejects.toThrow(code('job-over'));
  });

  it('is given anew amid waves for those that come, and refused once none does', async () => {
    await h.ask('job.start', {
      ...{ jobId: 'j1', operationId: 'install-upgrade-software' },
      settings: { notAfter: inHours(1), waves: '2', gateWait: '2 h' },
    });
    await h.driveTo('plan');
    await h.answer();
    expect(await h.settle()).toMatchObject({ state: 'attention', runWindow: { waits: 'late' } });
    // Whoever let it begin out of its time did so for that time.
    await h.ask('job.setWindow', { jobId: 'j1', notBefore: inHours(3), notAfter: null });
    await h.until(() => h.view().runWindow?.waits === 'early');
    expect(h.view().state).toBe('running');
    await h.clock.advance(3 * HOUR_MS);
    expect((await h.settle()).state).toBe('succeeded');
    const failing = new JobHarness(faults({ 'start n4 1': 'fail' }));
    try {
      await failing.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software' });
      await failing.driveTo('start');
      expect(await failing.settle()).toMatchObject({ state: 'attention', currentStep: 'start' });
      await expect(failing.ask('job.setWindow', { jobId: 'j1', notBefore: inHours(90) })).rejects.toThrow(
        /is at Start and has nothing more to begin that a time is for/,
      );
    } finally {
      await failing.dispose();
    }
  });

  it('is refused where it never comes', async () => {
    const start = (settings: object): Promise<unknown> =>
      h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings });
    await expect(start({ notAfter: inHours(-1) })).rejects.toThrow(/notAfter: .* is over/);
    await expect(start({ notBefore: inHours(2), notAfter: inHours(1) })).rejects.toThrow(/is not after notBefore/);
    await expect(start({ notBefore: '2026-11-27T01:00' })).rejects.toThrow(/notBefore: a zone is needed/);
  });
});
