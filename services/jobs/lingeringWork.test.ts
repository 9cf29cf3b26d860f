import { afterEach, describe, expect, it } from 'vitest';
import { JobHarness, type HarnessOptions } from './testing/jobHarness.ts';

let open: JobHarness[] = [];
function make(options: HarnessOptions = {}): JobHarness {
  const harness = new JobHarness(options);
  open.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of open) await harness.dispose();
  open = [];
});

/** The first run of `stepId` on n2 hears no stop and goes on until it is let go. */
const deafAt = (stepId: string): HarnessOptions => ({
  faultOf: (nodeId, step, mode, attempt) =>
    nodeId === 'n2' && step === stepId && mode === 'run' && attempt === 1 ? 'deaf' : undefined,
});

async function untilItLingers(h: JobHarness, stepId: string): Promise<void> {
  await h.startAccepted();
  await h.driveTo(stepId);
  expect(h.view()).toMatchObject({ state: 'attention', currentStep: stepId });
}

describe('work that outlives its deadline and its stop', () => {
  it('keeps its node: the cell says why, and Retry is refused with the reason', async () => {
    const h = make(deafAt('package-install'));
    await untilItLingers(h, 'package-install');
    const cell = h.view().steps['package-install']?.cells?.['n2'];
    expect(cell).toMatchObject({ state: 'unknown', cause: { code: 'node-busy' } });
    expect(cell?.cause?.message).toContain('is not known to have ended');
    await expect(h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' })).rejects.toMatchObject({
      code: 'node-busy',
    });
    const retryN2 = h.ask('job.retry', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'] });
    await expect(retryN2).rejects.toMatchObject({ code: 'node-busy' });
    expect(h.driver.besides).toEqual([]);
    h.driver.letGo('n2');
    await h.clock.advance(1000);
    expect(h.view().steps['package-install']?.cells?.['n2']?.cause).toMatchObject({
      code: 'node-timeout',
      message: expect.stringMatching(/told nothing for .* has ended by now/) as string,
    });
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' })).toEqual({ retried: 1 });
    expect((await h.settle()).state).toBe('succeeded');
    expect(h.driver.besides).toEqual([]);
    expect(h.driver.violations).toEqual([]);
  });

  it('is not part of the progress, whatever it told last', async () => {
    const h = make(deafAt('package-install'));
    await untilItLingers(h, 'package-install');
    expect(h.head().steps['package-install']).toMatchObject({ percent: 75, counts: { ok: 3, unknown: 1 } });
  });

  it('Retry of all tries the others', async () => {
    const h = make({
      faultOf: (nodeId, step, mode, attempt) =>
        step === 'package-install' && mode === 'run' && attempt === 1
          ? nodeId === 'n2'
            ? 'deaf'
            : nodeId === 'n3'
              ? 'fail'
              : undefined
          : undefined,
    });
    await untilItLingers(h, 'package-install');
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' })).toEqual({ retried: 1 });
    await h.settle();
    expect(h.cells('package-install')).toEqual({ n1: 'ok', n2: 'unknown', n3: 'ok', n4: 'ok' });
    expect(h.driver.besides).toEqual([]);
  });

  it('Restart Current Step begins nothing beside it', async () => {
    const h = make(deafAt('package-install'));
    await h.startAccepted();
    await h.until(() => h.cells('package-install')['n1'] === 'ok');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    await h.settle();
    expect(h.view()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    expect(h.view().steps['package-install']?.cells?.['n2']?.cause?.code).toBe('node-busy');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    await h.settle();
    expect(h.cells('package-install')).toMatchObject({ n1: 'ok', n2: 'unknown' });
    expect(h.driver.besides).toEqual([]);
  });

  it('after Exit the node is busy for the next operation too, until the work has ended', async () => {
    const h = make(deafAt('package-install'));
    await untilItLingers(h, 'package-install');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    await h.settle();
    expect(h.view().state).toBe('exited');
    expect(h.view().report?.lines.join('\n')).toContain('not known to have ended on 1 node (n2)');
    await h.start('j2');
    await h.driveTo('find-systems', {}, 'j2');
    expect(h.view('j2').steps['find-systems']?.cells?.['n2']).toMatchObject({
      state: 'failed',
      cause: { code: 'node-busy' },
    });
    h.driver.letGo('n2');
    await h.clock.advance(1000);
    await h.ask('job.retry', { jobId: 'j2', stepId: 'find-systems' });
    await h.settle();
    expect(h.cells('find-systems', 'j2')['n2']).toBe('ok');
    expect(h.driver.besides).toEqual([]);
  });

  it('after Exit a look that goes on is nothing that a person has to do', async () => {
    const h = make(deafAt('find-systems'));
    await h.start('j1');
    await h.driveTo('find-systems');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    await h.settle();
    expect(h.view().state).toBe('exited');
    expect(h.view().steps['find-systems']?.cells?.['n2']).toMatchObject({ state: 'unknown' });
    expect(h.view().report?.lines.filter((line) => line.startsWith('Attention'))).toEqual([]);
  });

  it('a node that is never free can be ignored, and the job ends', async () => {
    const h = make(deafAt('shutdown'));
    await untilItLingers(h, 'shutdown');
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'shutdown', nodeIds: ['n2'], reason: 'dead' });
    await h.ask('job.continue', { jobId: 'j1' });
    const view = await h.settle();
    expect(view.state).toBe('warned');
    expect(view.report?.lines.join('\n')).toContain('not known to have ended on 1 node (n2)');
    expect(h.driver.besides).toEqual([]);
  });

  it('takes no place of the nodes that are worked on at once', async () => {
    const h = make({ ...deafAt('shutdown'), service: { concurrency: 1 } });
    await untilItLingers(h, 'shutdown');
    expect(h.cells('shutdown')).toEqual({ n1: 'ok', n2: 'unknown', n3: 'ok', n4: 'ok' });
  });
});
