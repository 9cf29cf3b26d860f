import { INSTALL_UPGRADE_SOFTWARE } from './operations/installUpgradeSoftware.ts';
import { RUN_COMMAND } from './operations/runCommand.ts';
import { VIEW_VERSIONS } from './operations/viewVersions.ts';
import { stepsOf, type OperationSpec, type StepSpec } from './operationSpec.ts';

/** The operations that are built in, in the order in which they are offered. */
export const OPERATIONS: readonly OperationSpec[] = [INSTALL_UPGRADE_SOFTWARE, RUN_COMMAND, VIEW_VERSIONS];

/** The operation that is meant where nobody names one. */
export const DEFAULT_OPERATION = INSTALL_UPGRADE_SOFTWARE;

/** The operation of an id; undefined where there is none. */
export function findOperation(operationId: string): OperationSpec | undefined {
  return OPERATIONS.find((operation) => operation.id === operationId);
}

/** Ids of the steps of all built-in operations that a person names in a command. */
export function stepIds(): readonly string[] {
  return builtInSteps().map((step) => step.id);
}

/** Steps of all built-in operations, each id once. */
export function builtInSteps(): readonly StepSpec[] {
  const steps = OPERATIONS.flatMap((operation) => [...stepsOf(operation), ...operation.rollback]);
  return steps.filter((step, at) => steps.findIndex((other) => other.id === step.id) === at);
}
