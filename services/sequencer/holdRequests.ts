import { needsDecision } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { whyNotBack } from './catchUp.ts';
import { valueAt } from './column.ts';
import type { JobEventBody } from './events.ts';
import { notNow, requireKnown, requireNotExiting, requireOpen } from './refusals.ts';
import { stepBefore } from './requests.ts';
import { cellOf, currentStep, isOnTheWay, waveUnderWay, type SequencerState } from './state.ts';

/* Requests about nodes that are held and come back, and about stops before a wave while the job runs. Pure, as in requests.ts. */

const indexOf = (state: SequencerState, nodeId: string): number => state.nodes.indexOf[nodeId] ?? -1;

function requireGoing(state: SequencerState): void {
  requireOpen(state);
  requireNotExiting(state);
}

/**
 * Hold of nodes, with a reason: nothing further is begun on them while the others go on. A node that fails, or is away, is held as well and catches up later.
 * Throws `node-unknown`, `step-not-current` while nodes go back, and `input-invalid` where all of the nodes are out already.
 */
export function holdEvent(
  state: SequencerState,
  { nodeIds, reason }: { readonly nodeIds: readonly string[]; readonly reason: string },
  user: string,
): JobEventBody & { kind: 'held' } {
  requireGoing(state);
  const { id: stepId, title } = currentStep(state);
  if (!isOnTheWay(state)) throw notNow(`${title} brings nodes back; hold them when the job goes on`, stepId);
  requireKnown(state, nodeIds);
  const free = [...new Set(nodeIds)].filter((nodeId) => {
    const left = valueAt(state.leftOut, indexOf(state, nodeId));
    if (!left || left.returns === 'due') return true;
    const cell = cellOf(state, stepId, indexOf(state, nodeId));
    // Its last work failed after it was held.
    return left.returns === 'held' && cell !== undefined && needsDecision(cell);
  });
  if (free.length === 0) {
    throw new PutError('input-invalid', 'these nodes are held or left out already', { place: 'nodeIds' });
  }
  return { kind: 'held', nodeIds: free, reason, user };
}

/**
 * Release of nodes that are held, or that were left out by Ignore: they take part again, and what they missed they catch up. Throws `node-unknown`,
 * `nothing-to-retry` where none of them is out, and `step-not-current` with the reason where one cannot come back.
 */
export function releaseEvent(
  state: SequencerState,
  nodeIds: readonly string[],
  user: string,
): JobEventBody & { kind: 'released' } {
  requireGoing(state);
  const { id: stepId } = currentStep(state);
  requireKnown(state, nodeIds);
  const out = [...new Set(nodeIds)].filter((nodeId) => {
    const left = valueAt(state.leftOut, indexOf(state, nodeId));
    return left !== undefined && left.returns !== 'due';
  });
  if (out.length === 0) throw new PutError('nothing-to-retry', 'none of these nodes is held or was left out');
  for (const nodeId of out) {
    const why = whyNotBack(state, indexOf(state, nodeId));
    if (why === undefined) continue;
    const back = stepBefore(state) === undefined ? '' : '; Back to before that lets it';
    throw notNow(`it cannot catch up in this job: ${why}${back}`, stepId);
  }
  return { kind: 'released', nodeIds: out, user };
}

/**
 * A stop before a wave (from 0) of the running job, or taking it back. Undefined: it is so already. Throws `input-invalid` where there is no such wave to stop
 * before, and `step-not-current` once it has begun.
 */
export function waveStopEvent(
  state: SequencerState,
  { wave, stop, reason, isSo }: { wave: number; stop: boolean; reason?: string | undefined; isSo: boolean },
  user: string,
): JobEventBody | undefined {
  requireGoing(state);
  const { length } = state.nodes.waves;
  if (wave < 1 || wave >= length) {
    const there = length < 2 ? 'the job has one wave' : `a stop is possible before the waves 2 to ${length}`;
    throw new PutError('input-invalid', `there is no stop before wave ${wave + 1}: ${there}`, { place: 'beforeWave' });
  }
  if (wave <= waveUnderWay(state)) throw notNow(`wave ${wave + 1} has begun`, currentStep(state).id);
  return isSo === stop
    ? undefined
    : { kind: 'wave-stop-set', wave, stop, user, ...(reason === undefined ? {} : { reason }) };
}
