import type { JobPlan } from '../../core/model/job.ts';
import { stepsOf, type StepSpec } from '../../core/model/operationSpec.ts';
import { statusOf, type SequencerState } from '../sequencer/state.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { acceptedPlan } from '../steps/plan.ts';

/** The step whose plan holds; undefined where the job has not come as far, or makes none. */
export function plannedStep(state: SequencerState): StepSpec | undefined {
  const step = stepsOf(state.spec).find((one) => one.use === 'plan');
  return step && statusOf(state, step.id).state === 'ok' ? step : undefined;
}

/** The plan that holds. */
export function planOfJob(state: SequencerState): JobPlan | undefined {
  return plannedStep(state) && acceptedPlan(jobSoFar(state));
}
