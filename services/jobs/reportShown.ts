import { timeText } from './reportTime.ts';
import type { JobReport } from '../../core/model/job.ts';
import { goingBackOf } from '../sequencer/goingBack.ts';
import { stepSpec, type SequencerState } from '../sequencer/state.ts';
import { counted } from './counted.ts';
import { someNodes } from './SideWork.ts';
import type { Confirmation, Acceptance } from '../sequencer/recordedDecisions.ts';

/**
 * The report of an ended job as it is shown: what was written at its end, with what is open until today before it and what people said of
 * the job since below it. Undefined while the job goes on.
 */
export function shownReport(state: SequencerState): JobReport | undefined {
  const report = state.report as JobReport | undefined;
  if (!report) return undefined;
  const confirmations = (state.confirmations ?? []).flatMap(confirmationLines);
  const accepted = (state.acceptances ?? []).flatMap((one) => acceptanceLines(state, one));
  return { ...report, lines: [...guardLines(state), ...report.lines, ...confirmations, ...accepted] };
}

/** Those before the end stand at their warnings. */
function acceptanceLines({ spec }: SequencerState, { stepId, nodeIds, user, atMs, afterEnd }: Acceptance): string[] {
  if (!afterEnd) return [];
  const at = timeText(atMs);
  return [
    `${someNodes(nodeIds)}: the warning of ${stepSpec(spec, stepId).title} was accepted by ${user} at ${at}, after the end of the job.`,
  ];
}

function guardLines(state: SequencerState): string[] {
  const waiting = goingBackOf(state);
  if (!waiting) return [];
  const { nodes, firstAtMs } = waiting;
  const at = timeText(firstAtMs);
  const who = `${counted(nodes, 'node')} ${nodes === 1 ? 'goes' : 'go'} back to the versions before`;
  return [
    `Attention: ${who} by ${nodes === 1 ? 'itself' : 'themselves'}, the first at ${at}, unless confirmed before: putctl confirm ${state.jobNumber}, or Confirm in the operation. After that time the same tells what became of them.`,
  ];
}

function confirmationLines({ user, atMs, confirmed, wentBack, afterEnd }: Confirmation): string[] {
  const at = `${timeText(atMs)}${afterEnd ? ', after the end of the job' : ''}`;
  return [
    ...(confirmed.length > 0 ? [`${someNodes(confirmed)}: confirmed by ${user} at ${at}.`] : []),
    ...(wentBack.length > 0
      ? [`${someNodes(wentBack)}: had gone back to the versions before, as ${user} saw at ${at}.`]
      : []),
  ];
}
