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

function bringDown(h: JobHarness, ...nodeIds: string[]): void {
  for (const nodeId of nodeIds) {
    const node = h.driver.nodes.get(nodeId);
    if (node) node.serviceUp = false;
  }
}

/** Asks, and lets time pass until the answer is there. */
async function startServices(h: JobHarness, params: object = {}): Promise<Record<string, unknown>> {
  const answer = h.ask('nodes.startServices', params);
  answer.catch(() => undefined);
  await h.clock.advance(40_000);
  return answer;
}

describe('nodes.startServices', () => {
  it('starts what is down and nothing else, and tells it in the timeline', async () => {
    const h = make();
    bringDown(h, 'n2', 'n4');
    expect(await startServices(h)).toEqual({ started: ['n2', 'n4'], failed: [], unfinished: [] });
    expect(h.driver.starts).toEqual(['run start n2', 'run start n4']);
    expect(h.told).toEqual([{ text: 'started practice on n2, n4', user: 'ada' }]);
    expect(await startServices(h)).toEqual({ started: [], failed: [], unfinished: [] });
    expect(h.told).toHaveLength(1);
  });

  it('tells which did not start and why', async () => {
    const h = make({ faultOf: (nodeId) => (nodeId === 'n2' ? 'fail' : nodeId === 'n3' ? 'throw' : undefined) });
    bringDown(h, 'n1', 'n2', 'n3');
    expect(await startServices(h)).toEqual({
      started: ['n1'],
      failed: [
        { nodeId: 'n3', code: 'internal', message: 'the work ended with an unexpected error: the driver broke' },
        { nodeId: 'n2', code: 'service-failed', message: 'service failed on n2' },
      ],
      unfinished: [],
    });
    expect(h.told.at(-1)?.text).toBe('started practice on n1; could not start practice on n3, n2');
  });

  it('answers in time and goes on; two pieces of work never meet on a node', async () => {
    const h = make({
      faultOf: (nodeId, _step, _mode) => (nodeId === 'n2' && h.driver.starts.length < 3 ? 'deaf' : undefined),
    });
    bringDown(h, 'n1', 'n2');
    expect(await startServices(h)).toEqual({ started: ['n1'], failed: [], unfinished: ['n2'] });
    expect(await startServices(h)).toMatchObject({ failed: [{ nodeId: 'n2', code: 'node-busy' }] });
    await h.start();
    await h.driveTo('find-systems');
    expect(h.view().steps['find-systems']?.cells?.['n2']).toMatchObject({ cause: { code: 'node-busy' } });
    h.driver.letGo('n2');
    await h.clock.advance(1000);
    await h.ask('job.retry', { jobId: 'j1', stepId: 'find-systems' });
    await h.settle();
    expect(h.cells('find-systems')['n2']).toBe('ok');
    expect(h.driver.besides).toEqual([]);
  });

  it('refuses a node that a running operation works on, and takes one that was left out of it', async () => {
    const h = make({
      faultOf: (nodeId, stepId) => (nodeId === 'n2' && stepId === 'package-install' ? 'fail' : undefined),
    });
    await h.start();
    await h.driveTo('package-install');
    await h.driveTo('shutdown');
    await expect(startServices(h, { nodeIds: ['n1'] })).rejects.toMatchObject({ code: 'job-running' });
    await expect(startServices(h)).rejects.toMatchObject({ code: 'job-running' });
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'], reason: 'later' });
    expect(await startServices(h, { nodeIds: ['n2'] })).toMatchObject({ started: ['n2'] });
  });

  it('refuses a node that is not there', async () => {
    await expect(startServices(make(), { nodeIds: ['n9'] })).rejects.toMatchObject({ code: 'node-unknown' });
  });
});
