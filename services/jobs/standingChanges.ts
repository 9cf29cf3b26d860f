import { changedNodes } from '../sequencer/requests.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { whyUnchanged } from '../steps/plan.ts';

/** Nodes whose packages the job changed, or may have, and that did not go back since. One that it only looked at, or started, is none. */
export function standingChanges(state: SequencerState): readonly string[] {
  if (state.spec.rollback.length === 0) return [];
  const job = jobSoFar(state);
  return changedNodes(state, {}).filter((nodeId) => whyUnchanged(job, nodeId) === undefined);
}
