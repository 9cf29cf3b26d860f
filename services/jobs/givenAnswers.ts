import { changedAnswers, mergedAnswers, parseAnswers, type JobAnswers } from '../../core/steps/givenAnswers.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { requireNotExiting } from '../sequencer/refusals.ts';
import { stepBefore } from '../sequencer/requests.ts';
import { currentStep, stepSpec, type SequencerState } from '../sequencer/state.ts';

/**
 * The job goes on by its answers; parts that are named replace those it had, null takes one away. Undefined: it does already. Parts for
 * steps that were answered are what was agreed on and done: to change one, a person goes back first.
 */
export function answersEvent(
  state: SequencerState,
  request: { answers?: object | undefined; acceptPlan?: boolean | undefined },
  user: string,
): JobEventBody | undefined {
  requireNotExiting(state);
  const before = (state.given?.answers ?? {}) as JobAnswers;
  const answers = parseAnswers(state.spec, mergedAnswers(before, request.answers ?? {}));
  const acceptPlan = request.acceptPlan ?? state.given?.acceptPlan ?? false;
  const changed = changedAnswers(state.spec, before, answers);
  const order = stepsOf(state.spec).map((step) => step.id);
  const at = order.indexOf(currentStep(state).id);
  const late = changed.find(
    ({ stepId }) => stepId !== undefined && order.includes(stepId) && order.indexOf(stepId) < at,
  );
  if (late?.stepId !== undefined) {
    const way = stepBefore(state) === undefined ? 'exit the operation and start anew' : 'go back to it first';
    const { title } = stepSpec(state.spec, late.stepId);
    throw new PutError('step-not-current', `${late.part}: ${title} was answered already; ${way}`, { part: late.part });
  }
  const same = changed.length === 0 && acceptPlan === (state.given?.acceptPlan ?? false);
  if (same && state.given?.active === true) return undefined;
  const given = { answers, acceptPlan, by: user };
  return { kind: 'answers-given', given, changed: changed.map(({ part }) => part), user };
}
