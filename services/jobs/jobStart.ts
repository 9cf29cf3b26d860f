import { findOperation } from '../../core/model/operation.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** The operation of an id. @throws PutError operation-unknown */
export function operationOf(operationId: string): OperationSpec {
  const spec = findOperation(operationId);
  if (!spec) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return spec;
}

/** Settings of a job that begins: the defaults of its operation. */
export function settingsOf(spec: OperationSpec, nodesAtOnce: number): Record<string, unknown> {
  const defaults = Object.entries(spec.settings).flatMap(([name, setting]) =>
    setting.default === undefined ? [] : [[name, setting.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...(spec.settings.nodesAtOnce ? { nodesAtOnce } : {}) };
}
