import { isJobOver, type JobSummary } from '../core/model/job.ts';
import { needsPerson } from '../core/model/needsPerson.ts';
import { JOB_STATE_WORDS } from '../core/model/stateWords.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { SessionContext } from './launch.ts';
import { readTopic } from './waiting.ts';

/** Kinds of job that are asked for beside their states. */
export const JOB_GROUPS: Readonly<Record<string, (job: JobSummary) => boolean>> = {
  waiting: needsPerson,
  over: ({ state }) => isJobOver(state),
};

/** What jobs can be chosen by. */
export const JOB_STATES_AND_GROUPS: readonly string[] = [...Object.keys(JOB_STATE_WORDS), ...Object.keys(JOB_GROUPS)];

/** Every job of the system, oldest first. */
export async function readJobs({ host, session }: SessionContext): Promise<JobSummary[]> {
  const { jobs } = await readTopic<{ jobs: Record<string, JobSummary> }>(host, session, 'jobs');
  return Object.values(jobs).sort((a, b) => a.jobNumber - b.jobNumber);
}

/**
 * The job that a person means: by number or id, or the running one. With `orLast` the last ended one is as good.
 * Throws `job-unknown` naming what there is.
 */
export async function findJob(
  context: SessionContext,
  named: string | undefined,
  options: { orLast: boolean },
): Promise<JobSummary> {
  const jobs = await readJobs(context);
  if (named !== undefined) {
    const found = jobs.find((job) => String(job.jobNumber) === named) ?? jobs.find((job) => job.jobId === named);
    if (found) return found;
    const last = jobs.slice(-5).map((job) => String(job.jobNumber));
    const known = last.length === 0 ? 'none was ever started' : `the last are ${last.join(', ')}`;
    // A word where a job is asked for is most likely the name of a node.
    const of = /^\d+$/.test(named)
      ? ''
      : `; jobs are named by their numbers, and a node is asked for by putctl nodes ${named}`;
    throw new PutError('job-unknown', `there is no job ${named}; ${known}${of}`, { job: named });
  }
  const running = jobs.findLast((job) => !isJobOver(job.state));
  const chosen = running ?? (options.orLast ? jobs.at(-1) : undefined);
  if (chosen) return chosen;
  throw new PutError(
    'job-unknown',
    jobs.length === 0 ? 'no job was ever started on this system' : 'no job is running; name an ended one by its number',
  );
}
