import { expect, it } from 'vitest';
import type { JobHead } from '../../core/model/jobParts.ts';
import { createRandom } from '../../core/testing/random.ts';
import { driveJob, startInstall } from '../support/installDriver.ts';
import { readBackPlan } from '../support/installedVersions.ts';
import { workStartedTwiceUnprobed } from '../support/nodeDiaries.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { uploadSamples } from '../support/samples.ts';

const KILLS = 10;
/** Events that an operation on eight nodes writes at least, roughly; kills are spread over them. Work that goes on during a kill adds few. */
const EVENTS = 80;

it('ends right although putservices is killed at ten random points', async () => {
  const seed = Number(process.env['PUT_SEED'] ?? 20_261);
  const random = createRandom(seed);
  const thresholds = Array.from({ length: KILLS }, () => 8 + Math.floor(random() * EVENTS)).sort((a, b) => a - b);
  console.log(`seed ${seed}: killed after events ${thresholds.join(', ')}`);
  let system = await PracticeSystem.start({ nodes: 8, speed: 8 });
  try {
    const client = await system.signIn();
    await uploadSamples(client);
    const jobId = await startInstall(client);
    let kills = 0;
    let restarting: Promise<void> | undefined;
    let restartFailure: Error | undefined;
    const onHead = (view: JobHead): void => {
      if (restartFailure !== undefined) throw restartFailure;
      if (restarting || view.eventNumber < (thresholds[kills] ?? Infinity)) return;
      kills++;
      restarting = system.killAndRestart().then(
        (next) => {
          system = next;
          restarting = undefined;
          client.retryNow();
        },
        (error: unknown) => {
          restartFailure = error instanceof Error ? error : new Error(String(error));
        },
      );
    };
    const job = await driveJob(client, jobId, { onHead, deadlineMs: 150_000 });
    await restarting;
    expect(kills).toBe(KILLS);
    expect(job.state).toBe('succeeded');
    const { ok, wrong } = await readBackPlan(client, jobId);
    expect(wrong).toEqual([]);
    expect(ok).toBeGreaterThan(20);
    expect(await workStartedTwiceUnprobed(system.stateFolder)).toEqual([]);
    await client.close();
  } finally {
    await system.stop();
  }
});
