import type { JobEvent } from './events.ts';
import { countCells, type SequencerState } from './sequencerState.ts';
import { nodesText } from './deriveView.ts';

const some = (nodeIds: readonly string[]): string =>
  nodeIds.length <= 3 ? nodeIds.join(', ') : `${nodeIds.slice(0, 3).join(', ')} and ${nodeIds.length - 3} more`;

function startedWith({ answers, acceptPlan }: JobEvent & { kind: 'job-started' }): string {
  if (!answers) return '';
  const digest = answers.bound === undefined ? '' : ` of the plan file ${answers.bound.digest}`;
  return `, with the answers${digest}${acceptPlan === true ? ' and the plan accepted' : ''}`;
}

/** What an event says in the timeline, and who did it; undefined for events that are only for the record. `state` is the one after it. */
export function timelineText(
  event: JobEvent,
  state: SequencerState,
): { text: string; user?: string | undefined } | undefined {
  const { view } = state;
  const title = (stepId: string): string => view.steps[stepId]?.title ?? stepId;
  switch (event.kind) {
    case 'job-started':
      return {
        text: `started ${event.title}, job ${event.jobNumber}${startedWith(event)}`,
        user: event.user,
      };
    case 'step-opened':
      return event.screen ? undefined : { text: `${title(event.stepId)} began` };
    case 'step-stuck':
      return { text: `${title(event.stepId)} could not begin: ${event.cause.message}` };
    case 'step-skipped':
      return { text: `${title(event.stepId)} skipped: ${event.note}` };
    case 'input-given':
      return {
        text: `answered ${title(event.stepId)}${event.byAnswers ? ', as given at the start or since' : ''}`,
        user: event.user,
      };
    case 'answers-given': {
      const accepts = event.acceptPlan ? ', the plan accepted' : '';
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
    case 'step-attention': {
      const counts = countCells(view.steps[event.stepId]?.cells ?? {});
      const parts = (['failed', 'unreachable', 'unknown'] as const)
        .filter((name) => counts[name] > 0)
        .map((name) => `${counts[name]} ${name}`);
      return { text: `${title(event.stepId)} needs a decision: ${parts.join(', ')}` };
    }
    case 'step-ended':
      return { text: `${title(event.stepId)} ended: ${view.steps[event.stepId]?.state ?? ''}`, user: event.user };
    case 'retried':
      return { text: `Retry at ${title(event.stepId)}: ${some(event.nodeIds)}`, user: event.user };
    case 'ignored': {
      const what = event.packageName === undefined ? '' : `${event.packageName} on `;
      return {
        text: `Ignore at ${title(event.stepId)}: ${what}${some(event.nodeIds)}: ${event.reason}`,
        user: event.user,
      };
    }
    case 'step-restarted':
      return { text: `restarted ${title(event.stepId)}`, user: event.user };
    case 'went-back':
      return { text: `went back to ${title(event.stepId)}`, user: event.user };
    case 'exit-asked':
      return {
        text: `exits the operation at ${title(view.currentStep)}${event.startServices ? ' and has the services started' : ''}`,
        user: event.user,
      };
    case 'work-lingers':
      return { text: `${title(event.stepId)}: ${event.cause.message}` };
    case 'baton-taken':
      return { text: `took the baton: ${event.reason}`, user: event.user };
    case 'service-restarted':
      return { text: `putservices was started anew; job ${view.jobNumber} goes on at ${title(view.currentStep)}` };
    case 'job-ended':
      return {
        text: `${view.title}, job ${view.jobNumber}, ${event.report.outcome}: ${nodesText(event.report.nodes)}, ${event.report.installed} successful, ${event.report.failed} failed, ${event.report.ignored} ignored`,
      };
    default:
      return undefined;
  }
}
