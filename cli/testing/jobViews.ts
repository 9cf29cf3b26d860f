import type { Cell, CellState, JobView, StepScreen, StepState, StepView } from '../../core/model/job.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import type { StepId } from '../../core/model/operation.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';

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
        title: STEPS[index]?.title ?? stepId,
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

const node = (nodeId: string, type: 'TPA' | 'AWS') => ({ nodeId, address: '192.0.2.1', type, system: 1 });

/** Screens of a small system, one a step that asks. */
export const SCREENS: Readonly<Partial<Record<StepId, StepScreen>>> = {
  'configuration-mode': { stepId: 'configuration-mode', proposal: 'typical' },
  'select-nodes': {
    stepId: 'select-nodes',
    nodes: [node('tpa-1', 'TPA'), node('tpa-2', 'TPA'), node('aws-1', 'AWS')],
    proposal: ['tpa-1', 'tpa-2', 'aws-1'],
  },
  'group-nodes': { stepId: 'group-nodes', systems: [] },
  'package-source': {
    stepId: 'package-source',
    certLists: [
      { fileName: 'put-17.20.certlist', release: '17.20.03', title: 'new', missing: [] },
      { fileName: 'put-17.10.certlist', release: '17.10.04', title: 'old', missing: [] },
    ],
    packageCount: 2,
    proposal: 'put-17.20.certlist',
  },
  'select-packages': {
    stepId: 'select-packages',
    choices: ['a', 'b'].map((name) => ({
      name,
      epoch: 0,
      version: '2',
      release: '1',
      arch: 'noarch',
      fileName: `${name}-2-1.noarch.rpm`,
      recommended: name === 'a',
      mandatory: name === 'a',
      selected: name === 'a',
      onNodes: [],
      nodeTypes: [],
    })),
    problems: [],
  },
  'spool-area': {
    stepId: 'spool-area',
    areas: [{ path: '/var', leastFreeBytes: 10, neededBytes: 1, enough: true }],
    proposal: '/var',
  },
  plan: {
    stepId: 'plan',
    plan: {
      createdAtMs: 0,
      mode: 'typical',
      spoolArea: '/var',
      packages: [],
      nodes: { 'tpa-1': [{ packageName: 'a', action: 'upgrade', from: '1-1', to: '2-1', wayBack: true }], 'tpa-2': [] },
      skips: [],
      pointOfNoReturn: 'shutdown',
      warnings: [],
    },
  },
  'switch-versions': {
    stepId: 'switch-versions',
    components: [{ name: 'a', versions: ['2-1', '1-1'], proposal: '2-1' }],
  },
};

/** The view that waits for input at a step, with its screen. */
export function asking(at: StepId, more: Partial<JobView> = {}): JobView {
  return jobView(at, 'input', { screen: SCREENS[at], ...more });
}
