import { PutError } from '../core/protocol/errors.ts';
import { readBackPlan } from '../e2e/support/installedVersions.ts';
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
    const jobId = await startInstall(client);
    const job = await driveJob(client, jobId);
    const installSeconds = seconds(installFrom);
    if (job.state !== 'succeeded')
      throw new PutError(
        'validation-failed',
        `Install/Upgrade Software ended ${job.state} at ${job.currentStep}: ${JSON.stringify(job.attention)}`,
      );
    say(`Install/Upgrade Software ${job.state} in ${installSeconds} s`);
    const { ok, wrong } = await readBackPlan(client, jobId);
    const failed = wrong.length;
    say(`read back: ${ok} packages at their new version, ${failed} not${failed > 0 ? `: ${wrong.join('; ')}` : ''}`);
    const { nodes, packages } = job;
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
