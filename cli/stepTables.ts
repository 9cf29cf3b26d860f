import type { JobHead } from '../core/model/jobParts.ts';
import { PutError } from '../core/protocol/errors.ts';
import { readTable, tableCsv, type ReadTable } from '../core/steps/readTable.ts';
import type { TableShape } from '../core/steps/tables.ts';
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
