import { seenOf, type JobOutcome, type JobSeen } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { ExitCode } from '../exitCodes.ts';
import { followJob } from '../followJob.ts';
import { readHead, readPicture } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import type { JobWatcher } from '../JobWatcher.ts';
import type { SessionContext } from '../launch.ts';
import type { BatonOptions } from './jobOptions.ts';
import { takeBaton, tellJob } from './run.ts';

/** A job that is about to be changed. */
interface DrivenJob {
  readonly jobId: string;
  readonly jobNumber: number;
  /** As it was when the person asked for the change. */
  readonly before: JobHead;
  readonly seen: JobSeen;
}

/** The job that a person means to change, by number or id, or the running one; its baton is taken where they said so. */
export async function driveJob(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions,
): Promise<DrivenJob> {
  const { jobId, jobNumber } = await findJob(context, named, { orLast: false });
  const before = await readHead(context, jobId);
  const seen = seenOf(before);
  await takeBaton(context, jobId, seen, options.takeBaton);
  return { jobId, jobNumber, before, seen };
}

/**
 * Follows a job after something was asked for at it until it settles again, and tells where it stands; `watcher` knows it as it was before. `wanted`: the
 * end that was asked for, which is a success then.
 */
export async function followOn(
  context: SessionContext,
  watcher: JobWatcher,
  { jobId, eventNumber }: JobHead,
  more: object,
  wanted?: JobOutcome,
): Promise<ExitCode> {
  try {
    const { head } = await followJob(context.host, context.session, jobId, {
      settledAfter: eventNumber,
      onHead: (latest) => watcher.onHead(latest),
    });
    await watcher.finish();
    return tellJob(context, await readPicture(context, head), { stream: false, more, wanted });
  } finally {
    watcher.close();
  }
}
