import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { FileClient } from '../../core/client/FileClient.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import type { JobView } from '../../core/model/job.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
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

/** Ages in ms of the changes that came with a view: both ends share the clock of this machine. */
function agesOf(before: JobView | undefined, view: JobView, nowMs: number): number[] {
  const ages: number[] = [];
  if (!before) return ages;
  for (const [stepId, step] of Object.entries(view.steps)) {
    const cellsBefore = before.steps[stepId]?.cells;
    if (step.cells === cellsBefore) continue;
    for (const [nodeId, cell] of Object.entries(step.cells ?? {})) {
      const old = cellsBefore?.[nodeId];
      if (cell === old) continue;
      if (cell.endedAtMs !== undefined && cell.endedAtMs !== old?.endedAtMs) ages.push(nowMs - cell.endedAtMs);
      else if (cell.startedAtMs !== undefined && cell.startedAtMs !== old?.startedAtMs)
        ages.push(nowMs - cell.startedAtMs);
    }
  }
  return ages;
}

const tasks = {
  /** Starts Install/Upgrade Software and answers its screens; the job goes on by itself. */
  async drive(place: Place): Promise<string> {
    const client = await signIn(place);
    await uploadSamples(client);
    const jobId = await startInstall(client);
    void driveJob(client, jobId, { deadlineMs: 3_600_000 }).catch(() => {});
    return jobId;
  },

  /** Watches the job and uploads; measures from when nodes work. */
  async watch({ seconds, jobId, ...place }: Place & { seconds: number; jobId: string }): Promise<{
    ages: number[];
    uploadedBytes: number;
    measuredSeconds: number;
    views: number;
    step: string;
  }> {
    const client = await signIn(place);
    const ages: number[] = [];
    let views = 0;
    let measuring = false;
    let latest: JobView | undefined;
    client.watchState<JobView>(`job:${jobId}`, (view) => {
      if (measuring) {
        views++;
        ages.push(...agesOf(latest, view, Date.now()));
      }
      latest = view;
    });
    while (latest === undefined) await wait(50);
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
    return { ages, uploadedBytes, measuredSeconds, views, step: latest.currentStep };
  },
};
serveTasks(tasks);
