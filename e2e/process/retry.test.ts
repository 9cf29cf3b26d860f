import { expect, it } from 'vitest';
import { seenOf, type JobView } from '../../core/model/job.ts';
import { driveJob, readJob, startInstall } from '../support/installDriver.ts';
import { readBackPlan } from '../support/installedVersions.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { uploadSamples } from '../support/samples.ts';

/** Attempts of the install step by node. */
function attempts(view: JobView): Record<string, number> {
  const cells = view.steps['package-install']?.cells ?? {};
  return Object.fromEntries(Object.entries(cells).map(([nodeId, cell]) => [nodeId, cell.attempt]));
}

it('fails two nodes, retries exactly those, and the counts add up at every moment', async () => {
  const system = await PracticeSystem.start({ nodes: 8, speed: 20 });
  try {
    const client = await system.signIn();
    await uploadSamples(client);
    const broken = ['tpa-002', 'tpa-004'];
    for (const nodeId of broken) {
      const fault = {
        requestId: `fault-${nodeId}`,
        nodeId,
        stepId: 'package-install',
        kind: 'fail',
        times: 1,
      } as const;
      await client.request('practice.setFault', fault);
    }
    const jobId = await startInstall(client);
    // driveJob checks at every head that the counts cover the selection, readJob that the cells and package rows do.
    await driveJob(client, jobId);
    const failed = await readJob(client, jobId);
    expect(failed.state).toBe('attention');
    expect(failed.currentStep).toBe('package-install');
    expect(failed.attention.flatMap(({ nodeIds }) => nodeIds).sort()).toEqual(broken);
    expect(failed.nextOffBecause).toBeTruthy();
    const before = attempts(failed);

    const request = { jobId, seen: seenOf(failed), stepId: 'package-install' };
    await expect(client.request('job.retry', request)).resolves.toEqual({ retried: 2 });
    await driveJob(client, jobId, { leaveAttentionAbove: failed.eventNumber });
    const done = await readJob(client, jobId);
    expect(done.state).toBe('succeeded');
    const after = attempts(done);
    for (const [nodeId, attempt] of Object.entries(after))
      expect([nodeId, attempt - (before[nodeId] ?? 0)]).toEqual([nodeId, broken.includes(nodeId) ? 1 : 0]);
    expect((await readBackPlan(client, jobId)).wrong).toEqual([]);
    await client.close();
  } finally {
    expect(await system.stop()).toBe(0);
  }
});
