import type { JobView } from '../core/model/job.ts';
import type { NodeRow } from '../core/model/node.ts';
import { formatEvr } from '../core/model/rpmVersion.ts';
import type { PutClient } from '../core/client/PutClient.ts';
import { PutError } from '../core/protocol/errors.ts';
import { driveJob, startInstall } from '../e2e/support/installDriver.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { uploadSamples } from '../e2e/support/samples.ts';

/*
 * `npm run story [-- --json]`: the main story without a window. A practice system comes up, the sample packages are
 * uploaded, Install/Upgrade Software runs on all eight nodes, the versions are read back, and it goes down again.
 */

interface Story {
  readonly nodes: number;
  readonly packages: number;
  /** Planned packages found at their version, over all nodes. */
  readonly ok: number;
  readonly failed: number;
  readonly seconds: number;
  readonly uploadSeconds: number;
  readonly installSeconds: number;
}

/** Waits for the next state of a topic that fits. */
function stateWhere<T extends object>(client: PutClient, topic: string, fits: (state: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PutError('request-timeout', `topic ${topic} did not get there`)), 30_000);
    const watch = client.watchState<T>(
      topic,
      (state) => {
        if (!fits(state)) return;
        clearTimeout(timer);
        setImmediate(() => watch.close());
        resolve(state);
      },
      reject,
    );
  });
}

/** Reads the nodes anew and counts planned packages that are, or are not, at their version. */
async function readBack(client: PutClient, job: JobView): Promise<{ ok: number; failed: number }> {
  await client.request('nodes.refresh', {});
  const { nodes } = await stateWhere<{ nodes?: Record<string, NodeRow> }>(
    client,
    'nodes',
    (state) => Object.keys(state.nodes ?? {}).length >= Object.keys(job.nodes).length,
  );
  let ok = 0;
  let failed = 0;
  for (const [nodeId, changes] of Object.entries(job.plan?.nodes ?? {})) {
    for (const change of changes) {
      const found = nodes?.[nodeId]?.packages.some(
        (pkg) => pkg.name === change.packageName && formatEvr(pkg) === change.to,
      );
      if (found === true) ok++;
      else failed++;
    }
  }
  return { ok, failed };
}

async function tellStory(say: (line: string) => void): Promise<Story> {
  const startedAt = performance.now();
  const seconds = (from: number): number => Math.round(performance.now() - from) / 1000;
  const system = await PracticeSystem.start({ nodes: 8, speed: 'max' });
  try {
    say(`practice system up in ${seconds(startedAt)} s: 8 nodes, portmgmt on ${system.target.ccPort}`);
    const client = await system.signIn({ clientSystem: 'story' });
    const uploadFrom = performance.now();
    const names = await uploadSamples(client);
    const uploadSeconds = seconds(uploadFrom);
    say(`${names.length} files uploaded in ${uploadSeconds} s`);
    const installFrom = performance.now();
    const job = await driveJob(client, await startInstall(client));
    const installSeconds = seconds(installFrom);
    if (job.state !== 'succeeded')
      throw new PutError(
        'validation-failed',
        `Install/Upgrade Software ended ${job.state} at ${job.currentStep}: ${JSON.stringify(job.attention)}`,
      );
    say(`Install/Upgrade Software ${job.state} in ${installSeconds} s`);
    const { ok, failed } = await readBack(client, job);
    say(`read back: ${ok} packages at their new version, ${failed} not`);
    const nodes = Object.keys(job.nodes).length;
    const packages = job.plan?.packages.length ?? 0;
    await client.close();
    const exitCode = await system.stop();
    if (exitCode !== 0) throw new PutError('internal', `putservices stopped with exit code ${String(exitCode)}`);
    return { nodes, packages, ok, failed, seconds: seconds(startedAt), uploadSeconds, installSeconds };
  } finally {
    await system.stop();
  }
}

const json = process.argv.includes('--json');
const story = await tellStory((line) => (json ? process.stderr : process.stdout).write(`${line}\n`));
if (json) console.log(JSON.stringify(story));
else
  console.log(
    `${story.nodes} nodes, ${story.packages} packages, ${story.ok} ok, ${story.failed} failed, ${story.seconds} s`,
  );
process.exitCode = story.failed === 0 && story.ok > 0 ? 0 : 1;
