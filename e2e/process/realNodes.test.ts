import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobHead } from '../../core/model/jobParts.ts';
import { seenOf } from '../../core/model/job.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { driveJob, startInstall } from '../support/installDriver.ts';
import { readBackPlan } from '../support/installedVersions.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { uploadSamples } from '../support/samples.ts';

/*
 * The whole of it: putservices as a site runs it, real nodes with sshd and rpm of their own in a lab of network namespaces.
 */

describe.skipIf(whyNoLab() !== undefined)('Install/Upgrade Software on real nodes', () => {
  let lab: Lab;
  let system: PracticeSystem;
  beforeEach(async () => {
    lab = await Lab.up({ nodes: 4 });
    system = await PracticeSystem.start({
      real: { nodesFile: join(lab.folder, 'nodes.yaml'), keyFile: lab.keyFile },
    });
  });
  afterEach(async () => {
    await system?.stop();
    await lab?.down();
  });

  /** Calls back once, when the packages of a node are being installed. */
  const atInstall = (act: () => void): ((head: JobHead) => void) => {
    let done = false;
    return (head) => {
      if (done || (head.steps['package-install']?.counts?.running ?? 0) === 0) return;
      done = true;
      act();
    };
  };
  const builds = async (nodeId: string): Promise<string[]> => {
    const { output } = await lab.run(nodeId, "rpm -qa --qf '%{NAME}-%{VERSION}\\n' | sort");
    return output.split('\n');
  };

  it('upgrades every node although putservices is killed in the middle, and rpm ran once on each', async () => {
    const client = await system.signIn();
    await uploadSamples(client);
    const jobId = await startInstall(client);
    let restarting: Promise<void> | undefined;
    const onHead = atInstall(() => {
      restarting = system.killAndRestart().then((next) => {
        system = next;
        client.retryNow();
      });
    });
    const job = await driveJob(client, jobId, { onHead, deadlineMs: 120_000 });
    await restarting;
    expect(restarting).toBeDefined();
    expect(job.attention).toEqual([]);
    expect(job.state).toBe('succeeded');
    const { ok, wrong } = await readBackPlan(client, jobId);
    expect(wrong).toEqual([]);
    expect(ok).toBeGreaterThan(10);
    for (const { nodeId } of lab.nodes) {
      // Each transaction that changes something has an identity of its own in rpm's database (INSTALLTID).
      const { output } = await lab.run(nodeId, "rpm -qa --qf '%{INSTALLTID} %{VERSION}\\n' | grep 17.20 | sort -u");
      expect(output.split('\n'), nodeId).toHaveLength(1);
      expect((await lab.run(nodeId, 'systemctl is-active practice-db')).output).toBe('active');
      // An attempt that was cut off before its work began leaves a folder without an end.
      const { output: ends } = await lab.run(nodeId, 'ls /var/lib/put/work/*/package-install.*:end');
      expect(ends.split('\n'), nodeId).toHaveLength(1);
    }
    await client.close();
  });

  it('brings every node to the plan by Retry after rpm was killed on one and another lost power', async () => {
    const client = await system.signIn();
    await uploadSamples(client);
    const [killed = '', powerless = ''] = lab.nodes.map(({ nodeId }) => nodeId);
    // rpm begins after three seconds: there is a middle to be met.
    for (const nodeId of [killed, powerless]) await lab.fault(nodeId, 'slow-disk');
    const jobId = await startInstall(client);
    const told: Promise<string>[] = [];
    const onHead = atInstall(() => {
      // Once it is certain that the work stands on the nodes.
      const troubles = async (): Promise<string> => {
        await expect
          .poll(() => lab.run(powerless, 'pgrep -f "sbin/rpm -U"'), { timeout: 20_000 })
          .toMatchObject({ status: 0 });
        const asked = lab.fault(killed, 'rpm-killed');
        await lab.fault(powerless, 'power-loss');
        return asked;
      };
      told.push(troubles());
    });
    const failed = await driveJob(client, jobId, { onHead, deadlineMs: 150_000 });
    expect(await Promise.all(told)).toEqual([`rpm on ${killed} was killed`]);
    expect(failed.state).toBe('attention');
    for (const nodeId of [killed, powerless]) await lab.fault(nodeId, 'none');
    const request = { jobId, seen: seenOf(failed), stepId: 'package-install' };
    await client.request('job.retry', request);
    const job = await driveJob(client, jobId, { leaveAttentionAbove: failed.eventNumber, deadlineMs: 60_000 });
    expect(job.attention).toEqual([]);
    expect(job.state).toBe('succeeded');
    expect((await readBackPlan(client, job.jobId)).wrong).toEqual([]);
    for (const { nodeId } of lab.nodes) {
      expect(
        (await builds(nodeId)).filter((build) => build.includes('17.10')),
        nodeId,
      ).toEqual([]);
    }
    await client.close();
  });
});
