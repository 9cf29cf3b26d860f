import type { JobView } from '../../core/model/job.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { isOver, statusOf, type SequencerState } from '../sequencer/state.ts';

/** Whether nodes can be asked to go back now, and the rollback under way or the last one. */
export function wayBackView(state: SequencerState): Pick<JobView, 'canRollback' | 'rollback'> {
  const { rollback, spec, at, exit } = state;
  const begun = stepsOf(spec).some(
    ({ id, policy }) => policy.irreversible && !policy.readOnly && statusOf(state, id).attempt > 0,
  );
  const can = begun && spec.rollback.length > 0 && at.program === 'forward' && !exit && !isOver(state);
  return {
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
