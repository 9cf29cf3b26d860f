import { PutError } from '../../core/protocol/errors.ts';
import { isNodeOf, isOver, type SequencerState } from './state.ts';

/* Why a request cannot be taken, as every kind of request says it. */

/** Throws `job-over` unless the job goes on. */
export function requireOpen(state: SequencerState): void {
  if (isOver(state)) throw new PutError('job-over', `job ${state.jobNumber} has ended`);
}

/** The job is not where the request is about. */
export function notNow(message: string, stepId: string): PutError {
  return new PutError('step-not-current', message, { stepId });
}

/** Throws while the operation is being exited. */
export function requireNotExiting(state: SequencerState): void {
  if (state.exit) throw notNow(`${state.exit.user} exits the operation`, state.exit.atStep);
}

/** Throws `node-unknown` for a node that is not part of the job. */
export function requireKnown(state: SequencerState, nodeIds: readonly string[]): void {
  const isNode = isNodeOf(state.nodes);
  const stranger = nodeIds.find((nodeId) => !isNode(nodeId));
  if (stranger !== undefined)
    throw new PutError('node-unknown', `node ${stranger} is not part of the job`, { nodeId: stranger });
}
