import type { AnswersView } from '../../core/model/job.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import type { SequencerState } from '../sequencer/state.ts';

/** The answers that a job was given, as they are shown: what grows with the nodes or packages is left out. */
export function answersView(given: NonNullable<SequencerState['given']>): AnswersView {
  const { bound, acceptWarnings } = given.answers as JobAnswers;
  return {
    ...{ by: given.by, acceptPlan: given.acceptPlan, active: given.active },
    ...(acceptWarnings === undefined ? {} : { acceptWarnings }),
    ...(given.stopped ? { stopped: given.stopped } : {}),
    ...(bound === undefined ? {} : { boundDigest: bound.digest }),
  };
}
