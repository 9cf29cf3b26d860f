import { allNodes, countsText, endedNodes } from '../../core/model/cellCounts.ts';
import { separated } from '../../core/model/separated.ts';
import { briefNames } from '../../core/model/nodeNames.ts';
import { authorsOf, awaitsApproval } from '../sequencer/approval.ts';
import { waitedFor, whyNotBack } from '../sequencer/catchUp.ts';
import { totalCounts, undecided, unsettled, type WaveCounts } from '../sequencer/cells.ts';
import { whyNotContinue } from '../sequencer/requests.ts';
import { limitReached } from '../sequencer/failureLimit.ts';
import { currentStep, hasUnsettled, isOver, statusOf, type SequencerState } from '../sequencer/state.ts';
import { heldByWindow } from '../sequencer/runWindow.ts';
import { heldText } from './runWindowView.ts';
import { obstacleOf } from '../steps/openStep.ts';

/** `1 node`, `3,000 nodes`. */
export function nodesText(count: number): string {
  return count === 1 ? '1 node' : `${separated(count)} nodes`;
}

/** A few nodes one by one, more as ranges. `inAll`: how many there are, where these are only the first of them. */
export function someNames(nodeIds: readonly string[], inAll = nodeIds.length): string {
  return inAll <= 3 ? nodeIds.join(', ') : briefNames(nodeIds, inAll);
}

/** Why Next is off, with numbers; undefined when it is on. */
export function nextOffBecause(state: SequencerState): string | undefined {
  if (isOver(state)) return 'The operation is over.';
  if (state.exit) {
    return state.exit.begun && !state.exit.givenUp
      ? 'The operation is being exited; the services that were not up are being started.'
      : 'The operation is being exited; running work is coming to its end.';
  }
  if (state.gate) {
    const wave = `Wave ${state.gate.nextWave + 1} of ${state.nodes.waves.length}`;
    return state.gate.state === 'held'
      ? undefined
      : `${wave} waits: ${state.gate.reason ?? 'the gate is being looked at'}.`;
  }
  if (state.paused) return `Paused by ${state.paused.user}: ${state.paused.reason}. Resume it first.`;
  if (waitedFor(state).length > 0) return undefined;
  if (awaitsApproval(state)) return approvalText(state);
  const held = heldByWindow(state);
  if (held) return held === 'early' ? `${heldText(state, held)}.` : undefined;
  switch (statusOf(state, currentStep(state).id).state) {
    case 'input':
      return obstacleOf(state);
    case 'attention':
      return attentionText(state);
    default:
      return runningText(state);
  }
}

function approvalText(state: SequencerState): string {
  const { approved } = state.approval ?? {};
  const before = approved ? ` What ${approved.user} approved was another plan.` : '';
  const { title } = currentStep(state);
  return `${title} waits for approval by another person than ${[...authorsOf(state)].join(', ')}.${before}`;
}

/** What Next means where it is more than the next step; undefined where it is not, or is off. */
export function nextMeans(state: SequencerState): string | undefined {
  if (isOver(state) || state.exit || state.paused) return undefined;
  if (state.gate) {
    const wave = `wave ${state.gate.nextWave + 1} of ${state.nodes.waves.length}`;
    return state.gate.state === 'held'
      ? `The gate is held: ${state.gate.reason ?? 'no reason is known'}. Next lets ${wave} begin all the same.`
      : undefined;
  }
  const waited = waitedFor(state);
  const held = waited.map((index) => state.nodes.ids[index] ?? '');
  if (held.length > 0) {
    const stays = waited.map((index) => whyNotBack(state, index));
    // To release what cannot come back any more is no advice.
    if (stays.every((why) => why !== undefined)) {
      const which = held.length === 1 ? 'cannot' : 'none of them can';
      return `${someNames(held)} ${held.length === 1 ? 'is' : 'are'} held, and ${which} catch up in this job: ${stays[0]}. Next goes on without them: they stay as they are.`;
    }
    const [names, verb] = [someNames(held), held.length === 1 ? 'is' : 'are'];
    return held.length === 1
      ? `${names} ${verb} held and has not caught up. Release it, or Next goes on without it: it stays as it is.`
      : `${names} ${verb} held and have not caught up. Release them, or Next goes on without them: they stay as they are.`;
  }
  if (!awaitsApproval(state) && heldByWindow(state) === 'late') {
    return `${heldText(state, 'late')} (window-over). Next lets it begin all the same.`;
  }
  if (statusOf(state, currentStep(state).id).state !== 'attention' || nextOffBecause(state) !== undefined)
    return undefined;
  const limit = limitReached(state);
  return limit !== undefined && hasUnsettled(state)
    ? `No further node is begun: ${limit}. Next goes on with the nodes that are still to come.`
    : undefined;
}

function runningText(state: SequencerState): string {
  const { id, title } = currentStep(state);
  const counts = countsOfStep(state, id);
  if (!counts) return `${title} is running.`;
  return `${title} is running, ${separated(endedNodes(counts))} of ${nodesText(allNodes(counts))} ended: ${countsText(counts)}.`;
}

function attentionText(state: SequencerState): string | undefined {
  const step = currentStep(state);
  const status = statusOf(state, step.id);
  const counts = countsOfStep(state, step.id);
  if (!counts || status.stuck) {
    return `${step.title} could not begin: ${status.note ?? 'no reason is known'}. Mend it, then Retry or go Back.`;
  }
  const open = undecided(counts);
  if (open > 0) {
    const parts: string[] = [];
    if (counts.failed > 0) parts.push(`${separated(counts.failed)} failed`);
    if (counts.unreachable > 0) parts.push(`${separated(counts.unreachable)} unreachable`);
    if (counts.unknown > 0) parts.push(`${separated(counts.unknown)} unknown`);
    const limit = limitReached(state);
    const stopped = limit !== undefined && unsettled(counts) > 0 ? ` No further node is begun: ${limit}.` : '';
    return `${separated(open)} of ${nodesText(allNodes(counts))} ${open === 1 ? 'needs a decision' : 'need a decision'} (${parts.join(', ')}): Retry or Ignore ${open === 1 ? 'it' : 'them'} first.${stopped}`;
  }
  return whyNotContinue(state);
}

/** Counts of a step over all its nodes; undefined for one without work on nodes. */
export function countsOfStep(state: SequencerState, stepId: string): WaveCounts | undefined {
  const table = state.cells[stepId];
  return table && totalCounts(table);
}
