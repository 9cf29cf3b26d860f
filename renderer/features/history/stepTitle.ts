import type { JobSummary } from '../../../core/model/job.ts';
import { findOperation } from '../../../core/model/operation.ts';
import { stepsOf } from '../../../core/model/operationSpec.ts';

/** The title of the step that a job stands at; of older services its id where the operation is not known here. */
export function stepTitle(job: JobSummary): string {
  if (job.currentStepTitle !== undefined) return job.currentStepTitle;
  const operation = findOperation(job.operationId);
  return (operation && stepsOf(operation).find((step) => step.id === job.currentStep)?.title) ?? job.currentStep;
}
