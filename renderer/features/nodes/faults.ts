import { FAULT_KINDS, type FaultKind } from '../../../core/model/node.ts';
import { INSTALL_UPGRADE_SOFTWARE, type StepDefinition } from '../../../core/model/operation.ts';

/** Steps at which a practice node can be told to have trouble. */
export const FAULT_STEPS: readonly StepDefinition[] = INSTALL_UPGRADE_SOFTWARE.steps.filter(
  (step) => step.onNodes && step.kind === 'automatic',
);

export const FAULT_KIND_ORDER: readonly FaultKind[] = FAULT_KINDS;
