import { isJobOver } from '../core/model/job.ts';
import { countsText, nodesInTrouble } from '../core/model/cellCounts.ts';
import { endOfJob } from '../core/model/endOfJob.ts';
import type { JobHead, StepHead } from '../core/model/jobParts.ts';
import { attemptAnew, jobProgress, type JobProgress } from '../core/model/jobProgress.ts';
import { servicesNotUpText, type ServicesNotUp } from '../core/model/servicesNotUp.ts';
import { silentText } from '../core/model/silence.ts';
import { jobWord, needsPerson, standing } from '../core/model/needsPerson.ts';
import { JOB_STATE_WORDS } from '../core/model/stateWords.ts';
import { printable } from '../core/model/strangerText.ts';
import { allIgnored } from './followJob.ts';
import { nextStepOf } from './nodeCause.ts';
import {
  approvalText,
  attentionText,
  endText,
  goingBackText,
  heldText,
  jobTitle,
  pastFailures,
  mayBeginText,
  runWindowText,
  silentNodesText,
  wavesText,
} from './jobText.ts';
import { formatPairs } from './output/table.ts';
import { colouredMark, formatDuration, formatTime, lastingText, plural, spanText, type Style } from './output/words.ts';
import type { Terminal } from './Terminal.ts';

/** Whether a person is needed, and how it goes otherwise; scripts decide by it. */
export type Assessment = 'goes-well' | 'goes-with-failures' | 'needs-person' | 'over-well' | 'over-with-failures';

/** How a job is, judged by its head alone. */
export function assess(head: JobHead): Assessment {
  if (isJobOver(head.state)) return head.state === 'succeeded' ? 'over-well' : 'over-with-failures';
  if (needsPerson(standing(head))) return 'needs-person';
  const counts = head.steps[head.currentStep]?.counts;
  const trouble = counts ? nodesInTrouble(counts) : 0;
  return trouble > 0 || head.steps[head.currentStep]?.silent ? 'goes-with-failures' : 'goes-well';
}

const pausedText = ({ user, reason }: NonNullable<JobHead['paused']>): string =>
  `${printable(user)} paused it (${printable(reason)})`;

/** One sentence of how the job is. */
export function assessmentText(head: JobHead): string {
  const step = head.steps[head.currentStep]?.title ?? head.currentStep;
  const open = head.attention.reduce((sum, { nodes }) => sum + nodes, 0);
  switch (assess(head)) {
    case 'goes-well':
      if (head.paused)
        return `${pausedText(head.paused)}: what runs comes to its end, and no further node is begun: ${step}.`;
      if (head.runWindow?.waits === 'early') return runWindowText(head) ?? '';
      return `It goes on without trouble: ${step}.`;
    case 'goes-with-failures':
      return `It goes on with trouble: ${step}.`;
    case 'over-well':
      return 'It is over and came through on every node.';
    case 'over-with-failures':
      return `It is over: ${JOB_STATE_WORDS[head.state]}.`;
    case 'needs-person': {
      if (head.journalFault) return `It stands still: ${journalFaultText(head.journalFault)}`;
      if (head.paused) return `It stands still: ${pausedText(head.paused)}.`;
      if (head.approval?.waits)
        return `It stands still at ${step} until another person approves what it is about to do.`;
      if (head.state === 'input') return `It waits for an answer at ${step}.`;
      if (allIgnored(head))
        return `It waits to be let on at ${step}: ${printable(head.nextMeans ?? pastFailures(head))}`;
      if (open > 0) return `It waits for a decision on ${plural(open, 'node')} at ${step}.`;
      return `It waits for a person at ${step}${head.nextOffBecause === undefined ? '' : `: ${printable(head.nextOffBecause)}`}`;
    }
  }
}

/** Why nothing of a job goes on while its journal cannot be written, since when, and what ends it. */
export function journalFaultText({ code, message, sinceMs }: NonNullable<JobHead['journalFault']>): string {
  const next = nextStepOf(code);
  const advice = next === undefined ? '' : ` Next: ${next}`;
  return `since ${formatTime(sinceMs)} its journal cannot be written, so that nothing further is begun: ${printable(message)} (${code}).${advice}`;
}

/** How fast nodes come to their end. */
const rateText = (perMinute: number): string =>
  perMinute >= 1
    ? `${perMinute.toFixed(perMinute < 10 ? 1 : 0)} nodes a minute`
    : `${(perMinute * 60).toFixed(1)} nodes an hour`;

/** `116 of 200 nodes ended (58 % of the work): 114 done, 2 failed, ...`; undefined where the step works on no nodes. The share is told while work is to come. */
export function nodesText(head: JobHead, nowMs: number): string | undefined {
  const { nodes } = jobProgress(head, nowMs);
  if (!nodes) return undefined;
  const share = nodes.ended === nodes.all ? '' : ` (${nodes.percent} % of the work)`;
  return `${nodes.ended} of ${plural(nodes.all, 'node')} ended${share}: ${countsText(nodes.counts)}`;
}

function stepText(head: JobHead, nowMs: number): string {
  const step: StepHead | undefined = head.steps[head.currentStep];
  const { ended, all } = jobProgress(head, nowMs).steps;
  const since = step?.startedAtMs === undefined ? '' : `, ${lastingText(step.startedAtMs, nowMs)}`;
  const again = step && attemptAnew(head, step);
  const attempt = again === undefined ? '' : `, attempt ${again}`;
  const place = Math.min(all, head.stepOrder.indexOf(head.currentStep) + 1);
  return `${step?.title ?? head.currentStep}, step ${place} of ${all} (${ended} ended)${since}${attempt}`;
}

export interface StatusPicture {
  readonly head: JobHead;
  readonly services: ServicesNotUp;
}

/** A job on one screen: how it is, what is done, how fast, until when, who is needed, who is silent, what comes next. */
export function statusText(
  { head, services }: StatusPicture,
  terminal: Terminal,
  nowMs: number,
  next: readonly string[],
): string {
  const over = isJobOver(head.state);
  const progress = jobProgress(head, nowMs);
  const lasted = spanText(head.startedAtMs, head.endedAtMs ?? nowMs);
  const held = heldText(head);
  const silent = silentNodesText(head, nowMs);
  const approval = approvalText(head);
  const notUp = over || head.state !== 'running' || head.journalFault ? servicesNotUpText(services) : undefined;
  const rate = progress.nodes?.endedPerMinute;
  const window = mayBeginText(head);
  const waves = head.waves && wavesText(head.waves).replace(/^Waves: /, '');
  const goingBack = goingBackText(head, nowMs);
  const pairs: [string, string][] = [
    ['job', `${head.jobNumber}, ${head.title}, driven by ${head.driver}`],
    ['since', `${formatTime(head.startedAtMs)}, ${over ? `took ${lasted}` : lastingText(head.startedAtMs, nowMs)}`],
    ...(over ? [] : ([['step', stepText(head, nowMs)]] as [string, string][])),
    ['nodes', over ? String(head.nodes) : (nodesText(head, nowMs) ?? `${head.nodes}, none worked on at this step`)],
    ...(over || head.state !== 'running'
      ? []
      : ([['rate', rate === undefined ? 'unknown' : rateText(rate)]] as [string, string][])),
    ...(over ? [] : ([['end', endText(head, nowMs) ?? 'unknown']] as [string, string][])),
    ...(waves === undefined || over ? [] : ([['waves', waves]] as [string, string][])),
    ...(goingBack === undefined ? [] : ([['dead-man', goingBack]] as [string, string][])),
    ...(window === undefined ? [] : ([['time', window]] as [string, string][])),
    ...(approval === undefined ? [] : ([['approval', approval.split('\n', 1)[0] ?? '']] as [string, string][])),
    ...(held === undefined || over ? [] : ([['held', held]] as [string, string][])),
    ...(silent === undefined ? [] : ([['silent', silent]] as [string, string][])),
    ...(notUp === undefined ? [] : ([['services', notUp]] as [string, string][])),
  ];
  return [
    `${colouredMark(head.state, terminal.style, jobWord(standing(head)))}  ${assessmentText(head)}`,
    formatPairs(pairs),
    ...(head.attention.length > 0 ? [attentionText(head, terminal)] : []),
    ...(next.length > 0 ? [`Next:\n${next.map((line) => `  ${line}`).join('\n')}`] : []),
  ].join('\n\n');
}

/** The same as a document; the numbers are those of the text. */
export function statusDocument({ head, services }: StatusPicture, nowMs: number): Record<string, unknown> {
  const { steps, nodes } = jobProgress(head, nowMs);
  const step = head.steps[head.currentStep];
  return {
    jobId: head.jobId,
    jobNumber: head.jobNumber,
    title: head.title,
    state: head.state,
    assessment: assess(head),
    summary: assessmentText(head),
    readAtMs: Math.round(nowMs),
    driver: head.driver,
    end: endOfJob(head, nowMs),
    startedAtMs: head.startedAtMs,
    endedAtMs: head.endedAtMs,
    step: {
      stepId: head.currentStep,
      title: step?.title,
      state: step?.state,
      attempt: step?.attempt,
      startedAtMs: step?.startedAtMs,
    },
    steps,
    nodes: nodes ?? { all: head.nodes },
    needsPerson: head.attention.map(({ key: _key, ...line }) => line),
    ...(step?.silent ? { silent: step.silent } : {}),
    ...(head.paused ? { paused: head.paused } : {}),
    ...(head.journalFault ? { journalFault: head.journalFault } : {}),
    servicesDown: services.down,
    servicesUnknown: services.unknown,
  };
}

const BAR_PLACES = 24;

function bar(percent: number, { unicode }: Style): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) * BAR_PLACES) / 100);
  const [done, open] = unicode ? ['\u2588', '\u2591'] : ['#', '-'];
  return `${done.repeat(full)}${open.repeat(BAR_PLACES - full)}`;
}

/** `9/22 Package Install`. */
const placeText = ({ stepOrder, currentStep }: JobHead, { title }: StepHead, { steps }: JobProgress): string =>
  `${stepOrder.indexOf(currentStep) + 1}/${steps.all} ${title}`;

const endedText = ({ ended, all, counts }: NonNullable<JobProgress['nodes']>): string =>
  `${ended} of ${plural(all, 'node')}: ${countsText(counts)}`;

/** While the line is lost a job is told as it was last heard, with the age of that. */
function lastHeardText(head: JobHead, step: StepHead, nowMs: number, lostAtMs: number): string {
  const progress = jobProgress(head, lostAtMs);
  const counts = progress.nodes ? `; ${endedText(progress.nodes)}` : '';
  return `no word from the master for ${formatDuration(nowMs - lostAtMs)}; when it was last heard: ${placeText(head, step, progress)}${counts}`;
}

/** The lines that are shown in place while a job runs; empty where it does not. `lostAtMs`: since when the line is lost. */
export function liveLines(head: JobHead, { style }: Terminal, nowMs: number, lostAtMs?: number): string[] {
  const step = head.steps[head.currentStep];
  if (head.state !== 'running' || !step) return [];
  if (lostAtMs !== undefined) return [lastHeardText(head, step, nowMs, lostAtMs)];
  if (head.runWindow?.waits === 'early') return [runWindowText(head) ?? ''];
  const progress = jobProgress(head, nowMs);
  const { nodes } = progress;
  const since = step.startedAtMs === undefined ? '' : `  ${spanText(step.startedAtMs, nowMs)}`;
  const title = colouredMark('running', style, placeText(head, step, progress));
  if (!nodes) return [`${title}${since}`];
  const rate = nodes.endedPerMinute === undefined ? '' : `  ${rateText(nodes.endedPerMinute)}`;
  const [longest] = step.silent?.first ?? [];
  const end = endText(head, nowMs);
  return [
    `${title}  ${bar(nodes.percent, style)}  ${nodes.percent} %${since}`,
    `  ${endedText(nodes)}${rate}`,
    ...(longest && step.silent
      ? [
          `  ${plural(step.silent.nodes, 'node')} silent, ${printable(longest.nodeId)} ${silentText(longest.sinceMs, nowMs)}`,
        ]
      : []),
    ...(end === undefined ? [] : [`  ${end}`]),
    ...(head.journalFault ? [`  ${journalFaultText(head.journalFault)}`] : []),
    ...(head.paused ? [`  paused by ${printable(head.paused.user)}: no further node is begun`] : []),
  ];
}

/** The same as one line for those who read no terminal, told while nothing else is; undefined where the job does not run. */
export function stillText(head: JobHead, nowMs: number, lostAtMs?: number): string | undefined {
  const step = head.steps[head.currentStep];
  if (head.state !== 'running' || !step) return undefined;
  if (lostAtMs !== undefined) return lastHeardText(head, step, nowMs, lostAtMs);
  if (head.runWindow?.waits === 'early') return runWindowText(head);
  const progress = jobProgress(head, nowMs);
  const { nodes } = progress;
  const since = step.startedAtMs === undefined ? '' : ` ${lastingText(step.startedAtMs, nowMs)}`;
  const [longest] = step.silent?.first ?? [];
  return [
    `still ${placeText(head, step, progress)}${since}`,
    nodes && endedText(nodes),
    longest &&
      step.silent &&
      `${plural(step.silent.nodes, 'node')} silent, ${printable(longest.nodeId)} ${silentText(longest.sinceMs, nowMs)}`,
    nodes && endText(head, nowMs),
    head.journalFault && journalFaultText(head.journalFault),
    head.paused && `paused by ${printable(head.paused.user)}: no further node is begun`,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}

/** What to do about a job that runs. */
export const watchNext = ({ jobNumber }: Pick<JobHead, 'jobNumber'>): string =>
  `putctl watch ${jobNumber}   looks on until it ends or needs a person`;

/** The same, with what else can be done while it waits for its time, or stands still since its journal cannot be written. */
export function runningNext(head: JobHead): string[] {
  if (head.journalFault) {
    const onMaster = 'putservices doctor   on the master node: what stands in the way, and what to do';
    return [onMaster, watchNext(head)];
  }
  if (head.runWindow?.waits !== 'early') return [watchNext(head)];
  return [
    watchNext(head),
    `putctl begin-now ${head.jobNumber} --reason TEXT   lets it begin at once`,
    `putctl window ${head.jobNumber} --not-before TIME   gives it another time`,
    ...(head.canBack ? [`putctl back ${head.jobNumber}   takes the last answer back`] : []),
  ];
}

/** `Job 3, Run Command: needs you`, for jobs beside the one that is shown. */
export function otherJobText(job: Pick<JobHead, 'jobNumber' | 'title' | 'state'>): string {
  return `${jobTitle(job)}: ${JOB_STATE_WORDS[job.state]}`;
}
