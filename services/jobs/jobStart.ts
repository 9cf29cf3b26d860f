import type { JobSummary } from '../../core/model/job.ts';
import { findOperation, OPERATIONS } from '../../core/model/operation.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';

/** The time zone of the master node's place, as its own tools tell it. */
export const MASTER_TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The operation of an id. @throws PutError operation-unknown */
export function operationOf(operationId: string): OperationSpec {
  const spec = findOperation(operationId);
  if (!spec) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return spec;
}

/** The operations that can be started, as clients offer them. */
export function offeredOperations(): MethodResult<'operation.list'> {
  return {
    operations: OPERATIONS.map(({ id, version, title, purpose, settings }) => ({
      ...{ id, version, title, purpose, settings },
    })),
    timeZone: MASTER_TIME_ZONE,
  };
}

/** One job at a time. @throws PutError job-running where there is one that is not over */
export function requireNone(running: JobSummary | undefined): void {
  if (!running) return;
  const { jobId, jobNumber, title, driver } = running;
  const message = `job ${jobNumber} (${title}), driven by ${driver}, is not over`;
  throw new PutError('job-running', message, { jobId, jobNumber, driver });
}
