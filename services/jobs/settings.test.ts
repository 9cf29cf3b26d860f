import { afterEach, describe, expect, it } from 'vitest';
import { faults, JobHarness, type HarnessOptions } from './testing/jobHarness.ts';

let harness: JobHarness | undefined;
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

function make(options: HarnessOptions = {}): JobHarness {
  return (harness = new JobHarness(options));
}

const start = (h: JobHarness, settings: object): Promise<unknown> =>
  h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings });

describe('settings of a job', () => {
  it('are given at its start, shown with it, and kept over a restart', async () => {
    const h = make({ service: { concurrency: 16 } });
    await start(h, { stopAt: '25 %' });
    const settings = { nodesAtOnce: 16, stopAt: { job: { percent: 25 } } };
    expect(h.view().settings).toEqual(settings);
    await h.service.close();
    h.open({ concurrency: 3 });
    expect(h.view().settings).toEqual(settings);
  });

  it('are refused by name, and then nothing is started', async () => {
    const h = make();
    await expect(start(h, { nodesAtOnce: 2000 })).rejects.toThrow(/^settings\.nodesAtOnce: a whole number/);
    await expect(start(h, { colour: 'blue' })).rejects.toMatchObject({ code: 'input-invalid' });
    expect((h.topic('jobs').state() as { jobs: object }).jobs).toEqual({});
  });

  it('stop a job at its limit; Next says what it means and goes on with the rest', async () => {
    const h = make(faults({ 'spooling n1': 'fail' }));
    await start(h, { nodesAtOnce: 1, stopAt: 1 });
    await h.driveTo('spooling');
    expect(h.cells('spooling')).toEqual({ n1: 'failed', n2: 'waiting', n3: 'waiting', n4: 'waiting' });
    expect(h.view().nextOffBecause).toMatch(/No further node is begun: 1 of 4 nodes failed/);
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n1'], reason: 'broken' });
    expect(h.view()).toMatchObject({ state: 'attention' });
    expect(h.view().nextOffBecause).toBeUndefined();
    expect(h.view().nextMeans).toMatch(/^No further node is begun: 1 of 4 .* Next goes on with the nodes/);
    await h.ask('job.continue', { jobId: 'j1' });
    await h.settle();
    expect(h.view()).toMatchObject({ state: 'warned' });
    expect(h.cells('start')).toMatchObject({ n2: 'ok', n3: 'ok', n4: 'ok' });
  });
});

describe('a pause', () => {
  it('lets what runs come to its end, begins nothing more, and ends with resume', async () => {
    const h = make();
    await start(h, { nodesAtOnce: 1 });
    await h.driveTo('plan');
    await h.answer();
    await h.ask('job.pause', { jobId: 'j1', reason: 'the site asks' });
    await h.clock.advance(3_600_000);
    const paused = h.view();
    expect(paused.paused).toEqual({ user: 'ada', reason: 'the site asks' });
    expect(paused.nextOffBecause).toBe('Paused by ada: the site asks. Resume it first.');
    expect(Object.values(h.cells(paused.currentStep)).filter((state) => state === 'running')).toEqual([]);
    await h.ask('job.resume', { jobId: 'j1' });
    expect((await h.settle()).state).toBe('succeeded');
    expect(h.told.map(({ text }) => text)).toContain('paused the operation: the site asks');
  });
});
