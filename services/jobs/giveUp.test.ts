import { afterEach, describe, expect, it } from 'vitest';
import type { JobHead, SilentNodes } from '../../core/model/jobParts.ts';
import { JobHarness, type HarnessOptions } from './testing/jobHarness.ts';

let open: JobHarness[] = [];

afterEach(async () => {
  for (const harness of open) await harness.dispose();
  open = [];
});

/** A job whose first Package Install on n2 has this trouble; it has begun there. */
async function workingOn(fault: 'hang' | 'deaf'): Promise<JobHarness> {
  const options: HarnessOptions = {
    faultOf: (nodeId, step, mode, attempt) =>
      nodeId === 'n2' && step === 'package-install' && mode === 'run' && attempt === 1 ? fault : undefined,
  };
  const h = new JobHarness(options);
  open.push(h);
  await h.startAccepted();
  await h.until(() => h.cells('package-install')['n1'] === 'ok');
  return h;
}

const GIVE_UP = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'], reason: 'nobody is at the console' };

describe('giving up on a node', () => {
  it('stops its work; then it is unknown with who and why, and Retry probes it first', async () => {
    const h = await workingOn('hang');
    expect(h.cells('package-install')['n2']).toBe('running');
    expect(await h.ask('job.giveUp', GIVE_UP)).toEqual({ stopping: 1 });
    await h.settle();
    const cell = h.view().steps['package-install']?.cells?.['n2'];
    expect(cell).toMatchObject({ state: 'unknown', cause: { code: 'cancelled' } });
    expect(cell?.cause?.message).toMatch(/^\w+ gave up on n2: nobody is at the console$/);
    expect(await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install' })).toEqual({ retried: 1 });
    expect((await h.settle()).state).toBe('succeeded');
    expect([h.driver.besides, h.driver.violations]).toEqual([[], []]);
  });

  it('is offered where a node is silent: the head names it and since when, until it is heard of', async () => {
    const h = await workingOn('hang');
    const silent = (): unknown => (h.topic('job:j1').state() as JobHead).steps['package-install']?.silent;
    expect(silent()).toBeUndefined();
    await h.clock.advance(31_000);
    const told = silent();
    expect(told).toMatchObject({ nodes: 1, first: [{ nodeId: 'n2' }] });
    const since = (told as SilentNodes).first[0]?.sinceMs;
    expect(h.topic('job:j1/node:n2').state()).toMatchObject({ cells: { 'package-install': { silentSinceMs: since } } });
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'x' }, 'bob');
    expect(silent()).toBe(told);
    await h.ask('job.giveUp', GIVE_UP, 'bob');
    await h.settle();
    expect(silent()).toBeUndefined();
  });

  it('leaves a node busy whose stop is not confirmed', async () => {
    const h = await workingOn('deaf');
    await h.ask('job.giveUp', GIVE_UP);
    await h.clock.advance(11_000);
    const cell = h.view().steps['package-install']?.cells?.['n2'];
    expect(cell).toMatchObject({ state: 'unknown', cause: { code: 'node-busy' } });
    expect(cell?.cause?.message).toContain('gave up on n2');
    h.driver.letGo('n2');
    await h.clock.advance(1000);
    const after = h.view().steps['package-install']?.cells?.['n2'];
    expect(after).toMatchObject({ state: 'unknown', cause: { code: 'cancelled' } });
    expect(after?.cause?.message).toMatch(/^\w+ gave up on n2: nobody is at the console; .* has ended by now/);
  });

  it('is refused where nothing runs', async () => {
    const h = await workingOn('hang');
    const refused = h.ask('job.giveUp', { ...GIVE_UP, nodeIds: ['n1'] });
    await expect(refused).rejects.toMatchObject({ code: 'step-not-current' });
  });
});
