import { changedNodes } from '../sequencer/requests.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { acceptedPlan, whyUnchanged } from '../steps/plan.ts';

/** Nodes that the job changed, or may have, and that did not go back since. By a plan those whose packages it changes: one that was only started is none. */
export function standingChanges(state: SequencerState): readonly string[] {
  if (state.spec.rollback.length === 0) return [];
  const job = jobSoFar(state);
  const changed = changedNodes(state, {});
  return acceptedPlan(job) ? changed.filter((nodeId) => whyUnchanged(job, nodeId) === undefined) : changed;
}
