import type { AnswersView } from '../../core/model/job.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import type { SequencerState } from '../sequencer/state.ts';

/** The answers that a job was given, as they are shown: what is bound is large and left out. */
export function answersView(given: NonNullable<SequencerState['given']>): AnswersView {
  const { bound, ...parts } = given.answers as JobAnswers;
  return {
    ...{ by: given.by, given: parts, acceptPlan: given.acceptPlan, active: given.active },
    ...(given.stopped ? { stopped: given.stopped } : {}),
    ...(bound === undefined ? {} : { boundDigest: bound.digest }),
  };
}
