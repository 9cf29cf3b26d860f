import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { FileClient } from '../../core/client/FileClient.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import type { Watch } from '../../core/client/Watches.ts';
import type { Cell, JobSummary } from '../../core/model/job.ts';
import { jobTopic, type JobHead, type Sharded } from '../../core/model/jobParts.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { newId } from '../../core/session/newId.ts';
import { driveJob, startInstall } from '../../e2e/support/installDriver.ts';
import { uploadSamples } from '../../e2e/support/samples.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';

/* Runs at one end of a line: on the master's side it drives a job, on the client's side it watches it while it uploads. */

interface Place {
  readonly target: TargetAddress;
  readonly user: string;
  readonly password: string;
}

async function signIn({ target, user, password }: Place): Promise<PutClient> {
  const client = new PutClient({
    target,
    pathOrder: ['single-port'],
    dial: dialNetwork,
    clock: createSystemClock(),
    random: Math.random,
    software: 'bench',
    clientSystem: 'bench',
    compression: deflateCompression,
    onChange: () => {},
  });
  await client.signIn({ user, password });
  return client;
}

/** Ages in ms of the changes that came with the cells of a step: both ends share the clock of this machine. */
function agesOf(before: Sharded<Cell> | undefined, after: Sharded<Cell>, nowMs: number): number[] {
  const ages: number[] = [];
  if (!before) return ages;
  for (const [at, shard] of Object.entries(after.shards)) {
    const shardBefore = before.shards[at];
    if (shard === shardBefore) continue;
    for (const [nodeId, cell] of Object.entries(shard)) {
      const old = shardBefore?.[nodeId];
      if (cell === old) continue;
      if (cell.endedAtMs !== undefined && cell.endedAtMs !== old?.endedAtMs) ages.push(nowMs - cell.endedAtMs);
      else if (cell.startedAtMs !== undefined && cell.startedAtMs !== old?.startedAtMs)
        ages.push(nowMs - cell.startedAtMs);
    }
  }
  return ages;
}

const tasks = {
  /** Runs Install/Upgrade Software over and over, the nodes set back in between; answers when the first has begun. */
  async drive(place: Place): Promise<void> {
    const client = await signIn(place);
    await uploadSamples(client);
    const again = async (): Promise<void> => {
      for (;;) {
        const jobId = await startInstall(client);
        await driveJob(client, jobId, { deadlineMs: 3_600_000 });
        await client.request('practice.reset', { requestId: newId(Math.random) });
      }
    };
    again().catch((error: unknown) => {
      process.stderr.write(`the jobs ended: ${String(error)}\n`);
      process.exitCode = 1;
    });
  },

  /** Watches the job under way and uploads; measures from when both have begun. */
  async watch({ seconds, ...place }: Place & { seconds: number }): Promise<{
    ages: number[];
    uploadedBytes: number;
    measuredSeconds: number;
    pictureSeconds: number;
    views: number;
    jobs: number;
  }> {
    const beganMs = performance.now();
    const client = await signIn(place);
    const ages: number[] = [];
    let views = 0;
    let jobs = 0;
    let measuring = false;
    let picture = false;
    let nodesCame = false;
    let watched: { readonly jobId: string; readonly close: () => void } | undefined;
    const fail = (error: Error): void => {
      throw error;
    };
    /** As a window does: the head, the nodes, and the cells of the step that is the current one. */
    const follow = (jobId: string): void => {
      jobs++;
      watched?.close();
      let step: { readonly stepId: string; readonly watch: Watch } | undefined;
      const followStep = (stepId: string): void => {
        step?.watch.close();
        let latest: Sharded<Cell> | undefined;
        const watch = client.watchState<Sharded<Cell>>(
          jobTopic(jobId, `cells:${stepId}`),
          (cells) => {
            picture ||= nodesCame;
            if (measuring) {
              views++;
              ages.push(...agesOf(latest, cells, Date.now()));
            }
            latest = cells;
          },
          fail,
        );
        step = { stepId, watch };
      };
      const head = client.watchState<JobHead>(
        jobTopic(jobId),
        ({ currentStep, steps }) => {
          if (steps[currentStep]?.counts && step?.stepId !== currentStep) followStep(currentStep);
        },
        fail,
      );
      const nodes = client.watchState(jobTopic(jobId, 'nodes'), () => (nodesCame = true), fail);
      watched = {
        jobId,
        close: () => {
          for (const watch of [head, nodes, step?.watch]) watch?.close();
        },
      };
    };
    client.watchState<{ jobs: Record<string, JobSummary> }>('jobs', (view) => {
      const newest = Object.values(view.jobs).sort((a, b) => b.jobNumber - a.jobNumber)[0];
      if (newest && newest.jobId !== watched?.jobId) follow(newest.jobId);
    });
    while (!picture) await wait(50);
    const pictureSeconds = (performance.now() - beganMs) / 1000;
    let storedBytes = 0;
    const sizeBytes = 64 * 1024 * 1024;
    const block = randomBytes(64 * 1024);
    const files = new FileClient(client, createSystemClock());
    const upload = files.upload(
      {
        name: 'filler-1.0-1.noarch.rpm',
        sizeBytes,
        // Nothing compresses it, and nobody needs its digest: the upload is given up before its end.
        read: (_offset, lengthBytes) => Promise.resolve(block.subarray(0, lengthBytes)),
        sha256: () => Promise.resolve('0'.repeat(64)),
        close: () => Promise.resolve(),
      },
      (progress) => (storedBytes = progress.storedBytes),
    );
    upload.done.catch(() => {});
    while (storedBytes === 0) await wait(50);
    await wait(5_000);
    measuring = true;
    const fromMs = performance.now();
    const fromBytes = storedBytes;
    await wait(seconds * 1000);
    const measuredSeconds = (performance.now() - fromMs) / 1000;
    const uploadedBytes = storedBytes - fromBytes;
    upload.cancel();
    return { ages, uploadedBytes, measuredSeconds, pictureSeconds, views, jobs };
  },
};
serveTasks(tasks);
