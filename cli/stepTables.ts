import type { JobHead } from '../core/model/jobParts.ts';
import { seenOf } from '../core/model/job.ts';
import { PutError } from '../core/protocol/errors.ts';
import { readTable, tableCsv, type ReadTable } from '../core/steps/readTable.ts';
import type { TableShape } from '../core/steps/tables.ts';
import { openCells } from './commands/decisions.ts';
import { followJob } from './followJob.ts';
import { readPart, readPicture, type JobPicture } from './jobPicture.ts';
import type { SessionContext } from './launch.ts';
import { unlessEnded } from './waiting.ts';

/** The step of a job that uses a kind. @throws PutError usage where it has none */
export function stepOfKind(view: JobHead, kind: string, what: string): string {
  const stepId = view.stepOrder.find((id) => view.steps[id]?.kind === kind);
  if (stepId !== undefined) return stepId;
  throw new PutError('usage', `job ${view.jobNumber} (${view.title}) has no ${what}`, { jobNumber: view.jobNumber });
}

/** A whole table of a step. */
export async function readStepTable<Row>(
  { host, session }: SessionContext,
  shape: TableShape<Row>,
  place: { readonly jobId: string; readonly stepId: string; readonly table: string },
): Promise<ReadTable<Row>> {
  const read = await readTable(shape, (from, limit) =>
    unlessEnded(host, session, session.request('job.table', { ...place, from, limit })),
  );
  return read ?? { rows: [], notes: [], total: 0 };
}

/** A whole table of a step as CSV. */
export async function readStepCsv<Row>(
  context: SessionContext,
  shape: TableShape<Row>,
  place: { readonly jobId: string; readonly stepId: string; readonly table: string },
): Promise<string> {
  const { rows } = await readStepTable(context, shape, place);
  return tableCsv(shape, rows) ?? '';
}

/** Goes on without the nodes that need a decision, as often as there are some, for the reason that was given. */
export async function goOnWithoutFailed(
  context: SessionContext,
  picture: JobPicture,
  reason: string,
): Promise<JobPicture> {
  const { host, session } = context;
  let now = picture.head;
  while (now.state === 'attention') {
    const stepId = now.currentStep;
    const nodeIds = openCells(await readPart(context, now.jobId, `cells:${stepId}`));
    if (nodeIds.length === 0) break;
    const { jobId, eventNumber } = now;
    await unlessEnded(
      host,
      session,
      session.request('job.ignore', { jobId, seen: seenOf(now), stepId, nodeIds, reason }),
    );
    const options = { continueIgnored: true, settledAfter: eventNumber };
    now = (await followJob(host, session, jobId, options)).head;
  }
  return now === picture.head ? picture : readPicture(context, now);
}
