import { findOperation, OPERATIONS } from '../../core/model/operation.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** The operation of an id. @throws PutError operation-unknown */
export function operationOf(operationId: string): OperationSpec {
  const spec = findOperation(operationId);
  if (!spec) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return spec;
}

/** The operations that can be started, as clients offer them. */
export function offeredOperations(): { id: string; version: number; title: string; purpose: string }[] {
  return OPERATIONS.map(({ id, version, title, purpose }) => ({ id, version, title, purpose }));
}
