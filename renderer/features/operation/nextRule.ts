import type { JobView, SelectionProblem, StepInput, StepScreen } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { isJobOver, userOf } from '../../stores/selectors.ts';
import type { SelectionCheck } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';

/** What stands on a step's screen before the person changes anything: the last answer, else the master's proposal. */
export function initialDraft(screen: StepScreen, inputs: JobView['inputs']): StepInput | undefined {
  const answered = inputs[screen.stepId];
  switch (screen.stepId) {
    case 'configuration-mode':
      return answered ?? { stepId: screen.stepId, mode: screen.proposal };
    case 'select-nodes':
      return answered ?? { stepId: screen.stepId, nodeIds: [...screen.proposal] };
    case 'group-nodes':
      return answered ?? { stepId: screen.stepId, types: {} };
    case 'package-source':
      return (
        answered ?? {
          stepId: screen.stepId,
          ...(screen.proposal === undefined ? {} : { certList: screen.proposal }),
        }
      );
    case 'select-packages':
      return {
        stepId: screen.stepId,
        fileNames: screen.choices
          .filter((choice) => choice.selected && !choice.refused)
          .map(({ fileName }) => fileName),
      };
    case 'spool-area':
      return answered ?? { stepId: screen.stepId, path: screen.proposal };
    case 'plan':
      // Reading the plan is asked for anew each time.
      return undefined;
    case 'switch-versions':
      return (
        answered ?? {
          stepId: screen.stepId,
          versions: Object.fromEntries(screen.components.map(({ name, proposal }) => [name, proposal])),
        }
      );
    default:
      // Of newer software: this window cannot make its answer.
      screen satisfies never;
      return undefined;
  }
}

/** Problems of the selection: those of the last check, before any those that the screen came with. */
export function selectionProblems(screen: StepScreen, check: SelectionCheck | undefined): readonly SelectionProblem[] {
  if (check) return check.problems;
  return screen.stepId === 'select-packages' ? screen.problems : [];
}

/** What is still missing on the screen itself, in words; undefined when its answer can be sent. */
export function whyAnswerOff(
  screen: StepScreen,
  draft: StepInput | undefined,
  check: SelectionCheck | undefined,
): string | undefined {
  const off = t.operation.nextOff;
  switch (screen.stepId) {
    case 'select-nodes':
      return draft?.stepId === 'select-nodes' && draft.nodeIds.length > 0 ? undefined : off.noNodes;
    case 'select-packages': {
      if (draft?.stepId !== 'select-packages' || draft.fileNames.length === 0) return off.noPackages;
      if (check?.pending) return off.checking;
      const problems = selectionProblems(screen, check);
      const first = problems[0];
      return first ? off.problems(problems.length, first.message) : undefined;
    }
    case 'spool-area': {
      if (draft?.stepId !== 'spool-area') return off.noArea;
      return screen.areas.find((area) => area.path === draft.path)?.enough ? undefined : off.noArea;
    }
    case 'plan':
      return draft?.stepId === 'plan' ? undefined : off.notAccepted;
    case 'switch-versions':
      return draft?.stepId === 'switch-versions' && screen.components.every(({ name }) => draft.versions[name])
        ? undefined
        : off.versions;
    case 'configuration-mode':
    case 'group-nodes':
    case 'package-source':
      return undefined;
    default:
      screen satisfies never;
      return off.unknownStep;
  }
}

/** Why the person may not decide at all: the line, the role, the baton. */
export function whyHandsOff(system: SystemView, job: JobView): string | undefined {
  const { session } = system;
  const off = t.operation.nextOff;
  if (session.kind !== 'online') return off.offline;
  if (isJobOver(job.state)) return off.over;
  if (session.role === 'observer') return off.observer;
  return job.driver === userOf(session) ? undefined : off.notDriver(job.driver);
}

/** Why Next is off, in words; undefined when it is on. */
export function whyNextOff(
  system: SystemView,
  job: JobView,
  draft: StepInput | undefined,
  check: SelectionCheck | undefined,
): string | undefined {
  const handsOff = whyHandsOff(system, job);
  if (handsOff) return handsOff;
  const step = job.steps[job.currentStep];
  if (step?.state === 'input' && job.screen?.stepId === job.currentStep) {
    return whyAnswerOff(job.screen, draft, check);
  }
  if (job.state === 'attention') return job.nextOffBecause;
  return job.nextOffBecause ?? t.operation.nextOff.working;
}
