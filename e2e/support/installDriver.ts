import type { PutClient } from '../../core/client/PutClient.ts';
import { askedIn, givenAnswer, type JobAnswers } from '../../core/steps/givenAnswers.ts';
import { CELL_STATES, seenOf, type JobView } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** Ends that a followed job can have; `attention`: failed or unreachable nodes wait for a decision. */
const SETTLED: ReadonlySet<JobView['state']> = new Set(['succeeded', 'warned', 'failed', 'exited', 'attention']);
/** Refusals that only say that somebody (an earlier request of ours, sent before a cut) was faster. */
const ALREADY_DONE: ReadonlySet<string> = new Set(['already-done', 'step-not-current', 'job-over', 'nothing-to-retry']);

/** Throws unless every step's cells cover the selection exactly and the package rows add up. */
export function assertCountsAddUp(view: JobView): void {
  const selected = Object.keys(view.nodes);
  for (const step of Object.values(view.steps)) {
    if (!step.cells) continue;
    const cells = Object.entries(step.cells);
    const counted = CELL_STATES.map((state) => cells.filter(([, cell]) => cell.state === state).length).reduce(
      (a, b) => a + b,
      0,
    );
    if (
      counted !== cells.length ||
      cells.some(([nodeId]) => !Object.hasOwn(view.nodes, nodeId)) ||
      cells.length !== selected.length
    ) {
      throw new Error(
        `${step.stepId}: ${cells.length} cells, ${counted} counted, ${selected.length} nodes selected (event ${view.eventNumber})`,
      );
    }
  }
  for (const row of view.packages) {
    const sum = row.successful + row.fail + row.ignored + row.running + row.waiting;
    if (sum !== row.nodes)
      throw new Error(`${row.packageName}: ${sum} counted of ${row.nodes} nodes (event ${view.eventNumber})`);
  }
}

export interface DriveOptions {
  readonly plan?: JobAnswers | undefined;
  /** Called with every view, before anything is done about it. */
  readonly onView?: (view: JobView) => void;
  /** Follow on although the job waits for a decision on failed nodes (something was asked for that goes on). */
  readonly leaveAttentionAbove?: number;
  readonly deadlineMs?: number;
}

/** Follows a job, answering every input step from the plan, until it ends or has failed nodes. Checks the counts at every view. */
export function driveJob(client: PutClient, jobId: string, options: DriveOptions = {}): Promise<JobView> {
  const answered = new Set<string>();
  let latest: JobView | undefined;
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
    const watch = client.watchState<JobView>(
      `job:${jobId}`,
      (view) => {
        if (!view.steps || !view.nodes || !view.jobId) return;
        latest = view;
        try {
          options.onView?.(view);
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
        client
          .request('job.answer', { jobId, seen: seenOf(view), input: givenAnswer(options.plan ?? {}, askedIn(view)) as Record<string, unknown> })
          .catch((error: unknown) => {
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
