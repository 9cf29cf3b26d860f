import { separated } from '../../core/model/separated.ts';
import { attentionKey, needsDecision } from '../../core/model/jobParts.ts';
import { ofEachNode, withoutNodeName } from '../../core/model/nodeNames.ts';
import type { JobReport } from '../../core/model/job.ts';
import { packageCountsText } from '../../core/model/packageStates.ts';
import { windowText } from '../../core/model/runWindow.ts';
import { asksPerson } from '../../core/model/stepKinds.ts';
import { STATE_WORDS } from '../../core/model/stateWords.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import { isApproved } from '../sequencer/approval.ts';
import { valueAt } from '../sequencer/column.ts';
import type { GivenAnswers, JobEvent } from '../sequencer/events.ts';
import { limitReached } from '../sequencer/failureLimit.ts';
import {
  cellOf,
  currentStep,
  goesByWaves,
  statusOf,
  stepSpec,
  type SequencerState,
  type Trouble,
  isNodeOf,
} from '../sequencer/state.ts';
import { heldByWindow } from '../sequencer/runWindow.ts';
import { countsOfStep, nodesText, someNames as some } from './nextOff.ts';
import { OUTCOME_TEXT } from './outcomeText.ts';
import { heldText } from './runWindowView.ts';

function startedWith(given: GivenAnswers | undefined): string {
  if (!given) return '';
  const { bound } = given.answers as JobAnswers;
  const digest = bound === undefined ? '' : ` of the plan file ${bound.digest}`;
  return `, with the answers${digest}${given.acceptPlan ? ' and the plan accepted' : ''}`;
}

/** Nodes that were away for longer than the current step come later. */
function lateText(state: SequencerState, nodeIds: readonly string[]): string {
  const late = nodeIds.filter((nodeId) => valueAt(state.leftOut, state.nodes.indexOf[nodeId] ?? -1)?.returns === 'due');
  return late.length > 0
    ? `; ${late.length === nodeIds.length ? 'to' : `${late.length} of them to`} catch up what was missed`
    : '';
}

/** Kinds of failure of a step that are told each when its first node comes; what there is beyond them is told once nothing runs any more. */
const TOLD_AT_ONCE = 8;

/** `2 failed: n1, n2: rpm ended with 1`. */
function troubleText({ state: name, cause, nodes, first }: Trouble, { nodes: table }: SequencerState): string {
  const names = first.map((index) => table.ids[index] ?? '');
  const what = nodes > 1 ? ofEachNode(cause.message, isNodeOf(table)) : withoutNodeName(names[0] ?? '', cause.message);
  const saysWho = nodes === 1 && what.startsWith(`${names[0]} `);
  return `${separated(nodes)} ${name}: ${saysWho ? what : `${some(names, nodes)}: ${what}`}`;
}

/**
 * The first node of a step that fails in a way, or comes through with a warning. A thousand that fail alike are one line here, and one with their number when
 * the step needs a decision.
 */
function firstOfItsKind(
  { stepId, nodeId, attempt }: JobEvent & { kind: 'cell-ended' | 'cell-probed' },
  state: SequencerState,
): { text: string } | undefined {
  const cell = cellOf(state, stepId, state.nodes.indexOf[nodeId] ?? -1);
  if (!cell?.cause || cell.attempt !== attempt || stepId !== currentStep(state).id) return undefined;
  const { title } = stepSpec(state.spec, stepId);
  if (cell.state === 'warned')
    return countsOfStep(state, stepId)?.warned === 1
      ? { text: `${nodeId} came through ${title} with a warning: ${withoutNodeName(nodeId, cell.cause.message)}` }
      : undefined;
  if (!needsDecision(cell) || Object.keys(state.troubles).length > TOLD_AT_ONCE) return undefined;
  if (state.troubles[attentionKey(cell)]?.nodes !== 1) return undefined;
  return { text: `${nodeId} ${STATE_WORDS[cell.state]} at ${title}: ${withoutNodeName(nodeId, cell.cause.message)}` };
}

/** What an event says in the timeline, and who did it; undefined for events that are only for the record. `state` is the one after it. */
export function timelineText(
  event: JobEvent,
  state: SequencerState,
): { text: string; user?: string | undefined } | undefined {
  const { spec, jobNumber } = state;
  const title = (stepId: string): string => stepSpec(spec, stepId).title;
  // Of a step that the other waves have before them, an end without its wave would be told of all nodes.
  const inWave = (stepId: string): string => (goesByWaves(state, stepId) ? ` in wave ${state.at.wave + 1}` : '');
  switch (event.kind) {
    case 'job-started':
      return {
        text: `started ${spec.title}, job ${event.jobNumber}${startedWith(event.given)}`,
        user: event.user,
      };
    case 'step-opened':
      return event.screen ? undefined : { text: `${title(event.stepId)} began${inWave(event.stepId)}` };
    case 'step-stuck':
      return { text: `${title(event.stepId)} could not begin: ${event.cause.message}` };
    case 'step-skipped':
      return { text: `${title(event.stepId)} skipped${inWave(event.stepId)}: ${event.note}` };
    case 'answered': {
      const by = event.asBefore ? ', as in the wave before' : event.byGiven ? ', as given at the start or since' : '';
      return { text: `answered ${title(event.stepId)}${by}`, user: event.user };
    }
    case 'answers-given': {
      const accepts = event.given.acceptPlan ? ', the plan accepted' : '';
      return {
        text:
          event.changed.length === 0
            ? `lets the operation go on by its answers${accepts}`
            : `changed the answers of the operation (${event.changed.join(', ')})${accepts}`,
        user: event.user,
      };
    }
    case 'answers-stopped':
      return { text: `${title(event.stepId)} waits for a person, its answer cannot be used: ${event.cause.message}` };
    case 'cell-ended':
    case 'cell-probed':
      return firstOfItsKind(event, state);
    case 'step-attention': {
      const parts = Object.values(state.troubles).map((trouble) => troubleText(trouble, state));
      const limit = limitReached(state);
      if (limit !== undefined) parts.push(limit);
      return { text: `${title(event.stepId)} needs a decision: ${parts.join('; ')}` };
    }
    case 'step-ended': {
      const warned = countsOfStep(state, event.stepId)?.warned ?? 0;
      const is = statusOf(state, event.stepId).state;
      const parts = [
        ...(warned > 0 && is === 'warned' ? [] : [STATE_WORDS[is]]),
        ...(warned > 0 ? [`${nodesText(warned)} ${STATE_WORDS.warned}`] : []),
      ];
      return { text: `${title(event.stepId)} ended${inWave(event.stepId)}: ${parts.join(', ')}`, user: event.user };
    }
    case 'retried':
      return { text: `Retry at ${title(event.stepId)}: ${some(event.nodeIds)}`, user: event.user };
    case 'ignored': {
      const what = event.item === undefined ? '' : `${event.item} on `;
      if (asksPerson(stepSpec(state.spec, event.stepId).use))
        return {
          text: `left out of ${title(event.stepId)}: ${some(event.nodeIds)}: ${event.reason}`,
          user: event.user,
        };
      return {
        text: `Ignore at ${title(event.stepId)}: ${what}${some(event.nodeIds)}: ${event.reason}`,
        user: event.user,
      };
    }
    case 'accepted':
      return { text: `accepted the warning of ${title(event.stepId)}: ${some(event.nodeIds)}`, user: event.user };
    case 'held':
      return { text: `Hold: ${some(event.nodeIds)}: ${event.reason}`, user: event.user };
    case 'released':
      return { text: `Release: ${some(event.nodeIds)}${lateText(state, event.nodeIds)}`, user: event.user };
    case 'catch-up-begun':
      return { text: `${some(event.nodeIds)} ${event.nodeIds.length === 1 ? 'catches' : 'catch'} up what was missed` };
    case 'went-on-without':
      return { text: `goes on without ${some(event.nodeIds)}, held until now: ${event.reason}`, user: event.user };
    case 'wave-stop-set': {
      const wave = `wave ${event.wave + 1}`;
      const why = event.reason === undefined ? '' : `: ${event.reason}`;
      const text = event.stop ? `asked to stop before ${wave}${why}` : `took back the stop before ${wave}`;
      return { text, user: event.user };
    }
    case 'ignore-undone':
      return {
        text: `Ignore taken back at ${title(event.stepId)}: ${event.item === undefined ? '' : `${event.item} on `}${some(event.nodeIds)}`,
        user: event.user,
      };
    case 'given-up':
      return { text: `Give up at ${title(event.stepId)}: ${some(event.nodeIds)}: ${event.reason}`, user: event.user };
    case 'step-restarted':
      return { text: `restarted ${title(event.stepId)}`, user: event.user };
    case 'went-back':
      return { text: `went back to ${title(event.stepId)}`, user: event.user };
    case 'exit-asked':
      return {
        text: `exits the operation at ${currentStep(state).title}${event.step === undefined ? '' : ' and has the services started'}`,
        user: event.user,
      };
    case 'work-lingers':
      return { text: `${title(event.stepId)}: ${event.cause.message}` };
    case 'baton-taken':
      return { text: `took the baton: ${event.reason}`, user: event.user };
    case 'service-restarted':
      return { text: `putservices was started anew; job ${jobNumber} goes on at ${currentStep(state).title}` };
    case 'gate-judged':
      return {
        text: `gate before wave ${(state.gate?.nextWave ?? state.at.wave) + 1}: ${event.verdict}, ${event.reason}`,
      };
    case 'gate-passed':
      return { text: `let wave ${state.at.wave + 1} begin: ${event.reason}`, user: event.user };
    case 'limit-lifted':
      return { text: `goes on although the limit of failures was reached: ${event.reason}`, user: event.user };
    case 'paused':
      return { text: `paused the operation: ${event.reason}`, user: event.user };
    case 'resumed':
      return { text: 'resumed the operation', user: event.user };
    case 'approved':
      return { text: `approved what job ${jobNumber} is about to do: ${event.digest}`, user: event.user };
    case 'approval-withdrawn':
      return { text: `took back the approval of what job ${jobNumber} is about to do`, user: event.user };
    case 'window-looked': {
      const held = heldByWindow(state);
      return held && { text: heldText(state, held) };
    }
    case 'window-set': {
      const approval =
        event.digest === undefined || isApproved(state) ? '' : '; what is approved has to be approved with it anew';
      const text = `set when the operation may begin: ${windowText(event.window)} (before: ${windowText(event.was)})${approval}: ${event.reason}`;
      return { text, user: event.user };
    }
    case 'window-passed':
      return { text: `lets ${currentStep(state).title} begin out of its time: ${event.reason}`, user: event.user };
    case 'rollback-asked':
      return { text: `began the rollback of ${nodesText(event.nodeIds.length)}: ${event.reason}`, user: event.user };
    case 'rollback-ended':
      return {
        text: `the rollback of ${nodesText(state.rollback?.indices.length ?? 0)} is over${state.rollback?.returnTo ? `; the job goes on at ${currentStep(state).title}` : ''}`,
      };
    case 'job-ended': {
      const { outcome, nodes, packages, installed, failed, ignored, packageCounts } = event.report as JobReport;
      const counts = packageCounts ?? { successful: installed, fail: failed, ignored };
      return {
        text: `${spec.title}, job ${jobNumber}, ${OUTCOME_TEXT[outcome]}: ${nodesText(nodes)}${
          packages > 0 ? `; packages x nodes: ${packageCountsText(counts)}` : ''
        }`,
      };
    }
    default:
      return undefined;
  }
}
