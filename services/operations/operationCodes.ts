import { PutError } from '../../core/protocol/errors.ts';
import { installUpgradeSoftware } from './installUpgradeSoftware.ts';
import type { OperationCode } from './OperationCode.ts';

const OPERATION_CODE: Readonly<Record<string, OperationCode>> = { 'install-upgrade-software': installUpgradeSoftware };

/** What an operation does; throws `operation-unknown`. */
export function operationCode(operationId: string): OperationCode {
  const code = Object.hasOwn(OPERATION_CODE, operationId) ? OPERATION_CODE[operationId] : undefined;
  if (!code) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return code;
}
