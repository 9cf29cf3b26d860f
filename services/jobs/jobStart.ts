import { findOperation } from '../../core/model/operation.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** The operation of an id. @throws PutError operation-unknown */
export function operationOf(operationId: string): OperationSpec {
  const spec = findOperation(operationId);
  if (!spec) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return spec;
}
