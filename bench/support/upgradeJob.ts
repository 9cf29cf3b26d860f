import { JOB_OUTCOMES } from '../../core/model/job.ts';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { PutClient } from '../../core/client/PutClient.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { stateWhere } from '../../e2e/support/installedVersions.ts';
import { secondsSince } from './labTools.ts';

/** How long a job took, in seconds. */
export interface JobSeconds {
  /** From the request of the client to the end as that client saw it. */
  readonly seen: number;
  /** From start to end by the master's clock. */
  readonly job: number;
}

const ENDS = new Set<string>([...JOB_OUTCOMES, 'attention', 'input']);

/**
 * Install/Upgrade Software of packages that are in the library, by a client that is signed in; every answer is given with the start.
 * @throws PutError internal where the job did not come through
 */
export async function upgradeJob(client: PutClient, files: readonly string[]): Promise<JobSeconds> {
  const jobId = randomUUID();
  const startMs = performance.now();
  await client.request('job.start', {
    jobId,
    operationId: 'install-upgrade-software',
    answers: { packages: files.map((file) => basename(file)) },
    acceptPlan: true,
  });
  const head = await stateWhere<JobHead>(
    client,
    `job:${jobId}`,
    (state) => ENDS.has(state.state) && (state.state !== 'input' || state.answers?.active === false),
  );
  const seen = secondsSince(startMs);
  if (head.state !== 'succeeded' && head.state !== 'warned') {
    const why = JSON.stringify(head.attention[0]?.cause ?? head.answers);
    throw new PutError('internal', `the job is ${head.state} at ${head.currentStep}: ${why}`);
  }
  return { seen, job: ((head.endedAtMs ?? NaN) - head.startedAtMs) / 1000 };
}
