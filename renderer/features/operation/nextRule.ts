import type { OpenJob } from '../../stores/openJob.ts';
import type { StepScreen } from '../../../core/model/job.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import { emptyAnswer } from '../../../core/steps/answerForm.ts';
import { knownScreen } from '../../../core/steps/knownScreen.ts';
import { whyAnswerOff } from '../../../core/steps/whyOff.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { askWindow } from '../../steps/registry.ts';
import { isJobOver, userOf } from '../../stores/selectors.ts';
import type { AnswerCheck } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';

/** What stands on a step's screen before the person changes anything: the last answer, else the master's proposal. */
export function initialDraft(screen: StepScreen, inputs: OpenJob['inputs']): unknown {
  const known = knownScreen(screen);
  if (!known) return undefined;
  const before = known.shape.answer.safeParse(inputs[screen.stepId]);
  const proposal = known.shape.propose(known.content, before.success ? before.data : undefined);
  return proposal ?? (askWindow(screen.kind) ? undefined : emptyAnswer(known.shape.answer));
}

/** What is still missing on the screen itself, in words; undefined when its answer can be sent. `button`: what Next is called there. */
export function whyScreenOff(
  screen: StepScreen,
  draft: unknown,
  check: AnswerCheck | undefined,
  button?: string,
): string | undefined {
  const off = t.operation.nextOff;
  const known = knownScreen(screen);
  if (!known) return off.unknownStep;
  const why = whyAnswerOff(known.shape, known.content, draft, check);
  if (check?.pending && (why === undefined || check.problems.length > 0)) return off.checking;
  return why === undefined ? undefined : off.because(why, button);
}

/** Whether the step that is looked at is where the job stands; of one that is over any step is. */
export const showsCurrent = (job: Pick<OpenJob, 'state' | 'currentStep'>, shown: string): boolean =>
  isJobOver(job.state) || shown === job.currentStep;

/** Why the person may not decide at all: the line, the role, the baton; given a step, that it is not the current one, to which alone something can be done. */
export function whyHandsOff(system: SystemView, job: OpenJob, stepId = job.currentStep): string | undefined {
  const { session } = system;
  const off = t.operation.nextOff;
  if (session.kind !== 'online') return off.offline;
  if (isJobOver(job.state)) return off.over;
  if (stepId !== job.currentStep) return off.otherStep;
  if (session.role === 'observer') return off.observer;
  return job.driver === userOf(session) ? undefined : off.notDriver(job.driver);
}

/** Why nodes cannot be asked to go back from here, in words; undefined when they can. Of a job that has ended anybody may, who may drive one. */
export function whyNoRollback(system: SystemView, job: OpenJob, stepId = job.currentStep): string | undefined {
  const { session } = system;
  if (!isJobOver(job.state) || session.kind !== 'online') return whyHandsOff(system, job, stepId);
  return session.role === 'observer' ? t.operation.nextOff.observer : undefined;
}

/** Whether warnings of the job can be accepted by this person: by who drives it, or once it has ended by any operator. */
export function canAccept({ session }: SystemView, job: OpenJob): boolean {
  if (session.kind !== 'online' || session.role === 'observer') return false;
  return isJobOver(job.state) || job.driver === userOf(session);
}

/** What the button says that goes on: where it begins the work on the nodes, on how many. */
export const nextName = (job: OpenJob): string => (startsWork(job) ? t.operation.startOn(job.nodes) : t.operation.next);

/** Why Next is off, in words; undefined when it is on. */
export function whyNextOff(
  system: SystemView,
  job: OpenJob,
  draft: unknown,
  check: AnswerCheck | undefined,
): string | undefined {
  const handsOff = whyHandsOff(system, job);
  if (handsOff) return handsOff;
  const step = job.steps[job.currentStep];
  if (step?.state === 'input') {
    if (job.screen?.stepId === job.currentStep) return whyScreenOff(job.screen, draft, check, nextName(job));
    if (job.screenComes) return t.operation.nextOff.reading;
  }
  if (job.state === 'attention') return job.nextOffBecause;
  return job.nextOffBecause ?? t.operation.nextOff.working;
}

const isPassed = ({ state }: StepHead): boolean => state !== 'waiting' && state !== 'skipped';

/** Whether the job stands at or behind work that may change something on a node. */
export function isAtWork({ steps }: Pick<OpenJob, 'steps'>): boolean {
  return Object.values(steps).some((step) => step.changesNodes && isPassed(step));
}

/** Whether something may have been changed on a node, also where Back led to before it again. */
export function nodesWereChanged({ steps }: Pick<OpenJob, 'steps'>): boolean {
  return Object.values(steps).some(
    (step) => step.changesNodes && (isPassed(step) || (step.state === 'waiting' && step.attempt > 0)),
  );
}

/** Whether Next begins the work that changes the nodes: it is the next step that is not left out. */
export function startsWork(job: Pick<OpenJob, 'steps' | 'stepOrder' | 'currentStep'>): boolean {
  const next = job.stepOrder
    .slice(job.stepOrder.indexOf(job.currentStep) + 1)
    .map((stepId) => job.steps[stepId])
    .find((step) => step?.state !== 'skipped');
  return next?.changesNodes === true && !isAtWork(job);
}
