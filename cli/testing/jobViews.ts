import type { Cell, CellState, JobView, StepState, StepView } from '../../core/model/job.ts';
import type { AskKindName } from '../../core/steps/registry.ts';
import { SCREENS } from '../../core/steps/testing/screens.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { stepsOf, type StepId } from '../../core/model/operationSpec.ts';

const STEPS = stepsOf(INSTALL_UPGRADE_SOFTWARE);
const STEP_IDS = STEPS.map((step) => step.id);

/** A cell in a state. */
export function cell(state: CellState, more: Partial<Cell> = {}): Cell {
  return { state, attempt: state === 'waiting' ? 0 : 1, ...more };
}

/** A view of job 7 at a step; steps before it are ok, those after it wait. */
export function jobView(at: StepId, state: JobView['state'], more: Partial<JobView> = {}): JobView {
  const here = STEP_IDS.indexOf(at);
  const stepState = (index: number): StepState => {
    if (index !== here) return index < here ? 'ok' : 'waiting';
    return state === 'input' || state === 'attention' || state === 'running' ? state : 'ok';
  };
  const steps = Object.fromEntries(
    STEP_IDS.map((stepId, index): [StepId, StepView] => [
      stepId,
      {
        stepId,
        kind: STEPS[index]?.use ?? stepId,
        title: STEPS[index]?.title ?? stepId,
        help: STEPS[index]?.help ?? '',
        state: stepState(index),
        attempt: index <= here ? 1 : 0,
      },
    ]),
  );
  return {
    jobId: 'job7',
    jobNumber: 7,
    operationId: 'install-upgrade-software',
    title: 'Install/Upgrade Software',
    state,
    eventNumber: here,
    startedBy: 'anna',
    driver: 'anna',
    startedAtMs: 1_799_999_990_000,
    currentStep: at,
    stepOrder: STEP_IDS,
    steps,
    inputs: {},
    nodes: {},
    packages: [],
    attention: [],
    canBack: false,
    ...more,
  };
}

/** The view that waits for input at a step, with its screen. */
export function asking(at: StepId, more: Partial<JobView> = {}): JobView {
  const screen = { stepId: at, kind: at, content: SCREENS[at as AskKindName] };
  return jobView(at, 'input', { screen, ...more });
}
