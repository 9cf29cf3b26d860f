import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobHead } from '../../core/model/jobParts.ts';
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
  beforeAll(async () => {
    lab = await Lab.up({ nodes: 4 });
    system = await PracticeSystem.start({
      real: { nodesFile: join(lab.folder, 'nodes.yaml'), keyFile: lab.keyFile },
    });
  });
  afterAll(async () => {
    await system?.stop();
    await lab?.down();
  });

  it('upgrades every node although putservices is killed in the middle, and rpm ran once on each', async () => {
    const client = await system.signIn();
    await uploadSamples(client);
    const jobId = await startInstall(client);
    let restarting: Promise<void> | undefined;
    const onHead = (head: JobHead): void => {
      if (restarting || (head.steps['package-install']?.counts?.running ?? 0) === 0) return;
      restarting = system.killAndRestart().then((next) => {
        system = next;
        client.retryNow();
      });
    };
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
      expect((await lab.run(nodeId, 'ls -d /var/lib/put/work/*/package-install.*')).output.split('\n')).toHaveLength(1);
    }
    await client.close();
  });
});
