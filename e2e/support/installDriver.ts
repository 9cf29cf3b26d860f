import type { PutClient } from '../../core/client/PutClient.ts';
import { askedIn, givenAnswer, type JobAnswers } from '../../core/steps/givenAnswers.ts';
import {
  JOB_OUTCOMES,
  nodesOfRow,
  CELL_STATES,
  countCells,
  seenOf,
  type JobState,
  type JobView,
} from '../../core/model/job.ts';
import {
  allOf,
  jobTopic,
  wholeJob,
  type JobHead,
  type JobPartName,
  type JobParts,
  type StepPart,
} from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** Ends that a followed job can have; `attention`: failed or unreachable nodes wait for a decision. */
const SETTLED: ReadonlySet<JobState> = new Set([...JOB_OUTCOMES, 'attention']);
/** Refusals that only say that somebody (an earlier request of ours, sent before a cut) was faster. */
const ALREADY_DONE: ReadonlySet<string> = new Set(['already-done', 'step-not-current', 'job-over', 'nothing-to-retry']);

/** Throws unless the counts of every step add up to the selection. */
export function assertCountsAddUp(head: JobHead): void {
  for (const { stepId, counts } of Object.values(head.steps)) {
    if (!counts) continue;
    const counted = CELL_STATES.reduce((sum, state) => sum + counts[state], 0);
    if (counted !== head.nodes)
      throw new Error(`${stepId}: ${counted} counted, ${head.nodes} nodes selected (event ${head.eventNumber})`);
  }
}

/** Throws unless every step's cells are those of the selection and of its counts, and the package rows add up. */
export function assertPartsAddUp(job: JobView, head: JobHead): void {
  const selected = Object.keys(job.nodes);
  for (const { stepId, cells } of Object.values(job.steps)) {
    if (!cells) continue;
    const counted = countCells(cells);
    const told = head.steps[stepId]?.counts;
    if (Object.keys(cells).join() !== selected.join() || CELL_STATES.some((state) => counted[state] !== told?.[state]))
      throw new Error(
        `${stepId}: cells ${JSON.stringify(counted)} of ${selected.length} nodes, told ${JSON.stringify(told)} (event ${head.eventNumber})`,
      );
  }
  for (const row of job.packages) {
    const sum = nodesOfRow(row);
    if (sum !== row.nodes)
      throw new Error(`${row.packageName}: ${sum} counted of ${row.nodes} nodes (event ${head.eventNumber})`);
  }
}

/** A topic of a job as it is now. */
export function readNow<T extends object>(client: PutClient, topic: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const watch = client.watchState<T>(
      topic,
      (state) => {
        setImmediate(() => watch.close());
        resolve(state);
      },
      reject,
    );
  });
}

/** A whole job, put together of all its parts, read anew where it went on meanwhile; for small systems. Throws unless they add up. */
export async function readJob(client: PutClient, jobId: string): Promise<JobView> {
  for (let turn = 1; ; turn += 1) {
    const head = await readNow<JobHead>(client, jobTopic(jobId));
    const job = await readParts(client, jobId, head);
    const { eventNumber } = await readNow<JobHead>(client, jobTopic(jobId));
    if (eventNumber !== head.eventNumber && turn < 20) continue;
    assertPartsAddUp(job, head);
    return job;
  }
}

async function readParts(client: PutClient, jobId: string, head: JobHead): Promise<JobView> {
  const parts = new Map<JobPartName, object>();
  const read = async (name: JobPartName): Promise<object> => {
    const part = await readNow(client, jobTopic(jobId, name));
    parts.set(name, part);
    return part;
  };
  for (const name of ['plan', 'packages', 'report'] as const) await read(name);
  for (const { stepId } of Object.values(head.steps)) {
    await read(`step:${stepId}`);
    await read(`cells:${stepId}`);
  }
  const nodes = (await read('nodes')) as JobParts['nodes'];
  for (const nodeId of Object.keys(allOf(nodes))) await read(`node:${nodeId}`);
  return wholeJob(head, (name) => parts.get(name) as never);
}

export interface DriveOptions {
  readonly plan?: JobAnswers | undefined;
  /** Called with every head, before anything is done about it. */
  readonly onHead?: (head: JobHead) => void;
  /** Follow on although the job waits for a decision on failed nodes (something was asked for that goes on). */
  readonly leaveAttentionAbove?: number;
  readonly deadlineMs?: number;
}

/** Follows a job, answering every input step from the plan, until it ends or has failed nodes. Checks the counts at every head. */
export function driveJob(client: PutClient, jobId: string, options: DriveOptions = {}): Promise<JobHead> {
  const answered = new Set<string>();
  let latest: JobHead | undefined;
  return new Promise((resolve, reject) => {
    const finish = (outcome: () => void): void => {
      clearTimeout(deadline);
      watch.close();
      outcome();
    };
    const deadline = setTimeout(
      () =>
        finish(() =>
          reject(
            new Error(
              `the job did not settle in time; it is ${latest?.state ?? 'unseen'} at ${latest?.currentStep ?? '?'}: ${JSON.stringify(latest?.steps[latest.currentStep])}`,
            ),
          ),
        ),
      options.deadlineMs ?? 60_000,
    );
    const answer = async (view: JobHead): Promise<void> => {
      const { screen } = await readNow<StepPart>(client, jobTopic(jobId, `step:${view.currentStep}`));
      // It went on meanwhile: the head that says so follows.
      if (!screen) return;
      await client.request('job.answer', {
        jobId,
        seen: seenOf(view),
        input: givenAnswer(
          options.plan ?? {},
          askedIn({ screen, nodes: {}, currentStep: view.currentStep, steps: view.steps }),
        ) as Record<string, unknown>,
      });
    };
    const watch = client.watchState<JobHead>(
      jobTopic(jobId),
      (view) => {
        latest = view;
        try {
          options.onHead?.(view);
          assertCountsAddUp(view);
        } catch (error) {
          finish(() => reject(asError(error)));
          return;
        }
        if (SETTLED.has(view.state) && view.eventNumber > (options.leaveAttentionAbove ?? 0)) {
          finish(() => resolve(view));
          return;
        }
        const attempt = view.steps[view.currentStep]?.attempt ?? 0;
        const key = `${view.currentStep} ${attempt}`;
        if (view.state !== 'input' || !view.screen || view.screen.stepId !== view.currentStep || answered.has(key))
          return;
        answered.add(key);
        answer(view).catch((error: unknown) => {
          if (error instanceof PutError && ALREADY_DONE.has(error.code)) return;
          finish(() => reject(asError(error)));
        });
      },
      (error) => finish(() => reject(error)),
    );
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

let jobCount = 0;

/** Starts Install/Upgrade Software; answers the job's id. */
export async function startInstall(client: PutClient): Promise<string> {
  const jobId = `e2e-${process.pid}-${Date.now().toString(36)}-${++jobCount}`;
  await client.request('job.start', { jobId, operationId: 'install-upgrade-software' });
  return jobId;
}
