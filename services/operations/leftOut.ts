import type { StepId } from '../../core/model/operation.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';
import { STEP_POLICIES } from './stepPolicies.ts';

/*
 * What Ignore on a whole node means for the steps after it. A node goes on only where that is sensible:
 * - Find All Systems: nothing is known of the node; it is out of every later step.
 * - Spooling: the packages are not on the node and its service still runs; it is out of every later step.
 * - Shutdown: a node that answers goes on, since the person who ignored it knows that the service may stay as it is;
 *   one that does not answer is out.
 * - Package Install: Switch Versions and Validation leave it out, but a node that answers is started, so that its service,
 *   stopped by Shutdown, is not left down.
 * - Switch Versions: a node that answers goes on with the versions it has.
 * - Start: Validation leaves it out, since it checks the service too.
 */
function goesOn(stepId: StepId, ignoredAt: StepId, answers: boolean): boolean {
  if (!answers) return false;
  switch (ignoredAt) {
    case 'shutdown':
    case 'switch-versions':
      return true;
    case 'package-install':
      return stepId === 'start';
    default:
      return false;
  }
}

/** Why a person's Ignore keeps the node out of a step; undefined when it takes part. */
export function leftOutReason(state: SequencerState, stepId: StepId, nodeId: string): string | undefined {
  const left = state.leftOut[nodeId];
  if (!left || left.stepId === stepId || goesOn(stepId, left.stepId, left.state === 'failed')) return undefined;
  const title = state.view.steps[left.stepId]?.title ?? left.stepId;
  return `ignored at ${title}: ${left.reason}`;
}

/** Nodes of the selection that nobody left out, in their order. */
export function takingPart(state: SequencerState): string[] {
  return Object.keys(state.view.nodes).filter((nodeId) => !state.leftOut[nodeId]);
}

/** Whether the accepted plan changes anything on the node. */
export function hasChanges(state: SequencerState, nodeId: string): boolean {
  return state.view.plan?.nodes[nodeId]?.some((change) => change.action !== 'keep') ?? false;
}

/** Nodes that a step with work leaves alone, with the reason of each. */
export function skipsOf(state: SequencerState, stepId: StepId): Record<string, string> {
  const skips: Record<string, string> = {};
  for (const nodeId of Object.keys(state.view.nodes)) {
    const reason =
      leftOutReason(state, stepId, nodeId) ??
      (STEP_POLICIES[stepId].onlyWhereChanged && !hasChanges(state, nodeId)
        ? 'the plan changes nothing on this node'
        : undefined);
    if (reason !== undefined) skips[nodeId] = reason;
  }
  return skips;
}
