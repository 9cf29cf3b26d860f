import type { Slices } from '../../core/model/slices.ts';
import type { Clock } from '../../core/session/ports.ts';
import { requireAnswerable } from '../sequencer/requests.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { Handlers } from '../service.ts';
import { answerStep, checkAnswer, prepareAnswer } from '../steps/openStep.ts';
import type { Drive } from './drive.ts';
import { answersEvent } from './givenAnswers.ts';
import type { SelectionLibrary } from '../steps/SelectionLibrary.ts';
import { inTurns } from './turns.ts';

interface AnswerPorts {
  readonly clock: Clock;
  readonly stateOf: (jobId: string) => SequencerState;
  readonly library: () => SelectionLibrary;
  readonly drive: Drive;
}

/** Next at a step that asks, what stands against an answer, and the answers that the master gives by itself. */
export function answerHandlers({ clock, stateOf, library, drive }: AnswerPorts): Handlers {
  /** Finds out without holding the event loop what judging takes long to find out, then goes on; it is at hand by then. */
  const judged = <T>(slices: Slices<unknown>, then: () => T): T | Promise<T> => {
    const ready = inTurns(slices, clock);
    return ready === true ? then() : ready.then(then);
  };
  return {
    'job.answer': (params, caller) => {
      const { jobId, seen, input } = params;
      // Older software names the step in its answer; it must be the one that was seen.
      const stepId = typeof input.stepId === 'string' ? input.stepId : seen.stepId;
      return judged(prepareAnswer(stateOf(jobId), stepId, input, library()), () => {
        drive('job.answer', ['answered'], params, caller, (state) => {
          requireAnswerable(state, stepId);
          return answerStep(state, input, caller.user, library());
        });
        return {};
      });
    },
    'job.checkAnswer': ({ jobId, stepId, input }) =>
      judged(prepareAnswer(stateOf(jobId), stepId, input, library()), () => {
        const { problems, notes, inTheWay } = checkAnswer(stateOf(jobId), stepId, input, library());
        return {
          problems: problems.map((problem) => ({ ...problem, offers: [...problem.offers] })),
          ...(notes ? { notes: [...notes] } : {}),
          ...(inTheWay && inTheWay.length > 0 ? { inTheWay: [...inTheWay] } : {}),
        };
      }),
    'job.setAnswers': (params, caller) => {
      drive('job.setAnswers', ['answers-given'], params, caller, (state) => answersEvent(state, params, caller.user));
      return {};
    },
  };
}
