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
