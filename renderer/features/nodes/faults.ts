import { FAULT_KINDS, type FaultKind } from '../../../core/model/node.ts';
import { builtInSteps } from '../../../core/model/operation.ts';
import type { StepSpec } from '../../../core/model/operationSpec.ts';
import { formOf } from '../../../core/model/stepKinds.ts';

/** Steps at which a practice node can be told to have trouble. */
export const FAULT_STEPS: readonly StepSpec[] = builtInSteps().filter((step) => formOf(step.use) === 'work');

/** What people call such a step; one of a site's own operation goes by its id. */
export const titleOfFaultStep = (stepId: string): string =>
  FAULT_STEPS.find(({ id }) => id === stepId)?.title ?? stepId;

/** Where trouble is told of most often: where packages are installed. */
export const USUAL_FAULT_STEP = (FAULT_STEPS.find(({ use }) => use === 'rpm-install') ?? FAULT_STEPS[0])?.id ?? '';

export const FAULT_KIND_ORDER: readonly FaultKind[] = FAULT_KINDS;
