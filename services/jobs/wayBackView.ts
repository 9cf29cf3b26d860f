import type { JobView } from '../../core/model/job.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { goingBackOf } from '../sequencer/goingBack.ts';
import { isOver, statusOf, type SequencerState } from '../sequencer/state.ts';
import { standingChanges } from './standingChanges.ts';

const goingBackViews = new WeakMap<object, JobView['goingBack'] & object>();

/** The nodes that go back by themselves; the same object while nothing of it changed. */
function shownGoingBack(state: SequencerState): JobView['goingBack'] {
  const made = goingBackOf(state);
  const { goesBackCounts } = state;
  if (!made || !goesBackCounts) return undefined;
  const view = goingBackViews.get(goesBackCounts) ?? made;
  goingBackViews.set(goesBackCounts, view);
  return view;
}

/** Whether nodes can be asked to go back now, and the rollback under way or the last one. */
export function wayBackView(state: SequencerState): Pick<JobView, 'canRollback' | 'rollback' | 'goingBack'> {
  const { rollback, spec, at, exit } = state;
  const begun = stepsOf(spec).some(
    ({ id, policy }) => policy.irreversible && !policy.readOnly && statusOf(state, id).attempt > 0,
  );
  // Of an ended job nothing changes any more, so that its nodes are walked once.
  const stands = isOver(state) ? standingChanges(state).length > 0 : at.program === 'forward' && !exit;
  const can = begun && spec.rollback.length > 0 && stands;
  const goingBack = shownGoingBack(state);
  return {
    ...(goingBack ? { goingBack } : {}),
    ...(can ? { canRollback: true } : {}),
    ...(rollback
      ? {
          rollback: {
            ...{ user: rollback.user, reason: rollback.reason, nodes: rollback.indices.length },
            ...{ goesOn: rollback.returnTo !== undefined, over: rollback.over === true },
          },
        }
      : {}),
  };
}
