import { stoppedAnswer, type StepScreen } from '../core/model/job.ts';
import { countsText } from '../core/model/cellCounts.ts';
import type { AttentionHead, JobHead, StepHead } from '../core/model/jobParts.ts';
import { settingsInWords } from '../core/model/settingWords.ts';
import { endOfJob, waitsForText } from '../core/model/endOfJob.ts';
import { instantMs } from '../core/model/instant.ts';
import { briefNames } from '../core/model/nodeNames.ts';
import { packageStatesShown } from '../core/model/packageStates.ts';
import { servicesNotUpText } from '../core/model/servicesNotUp.ts';
import { knownScreen } from '../core/steps/knownScreen.ts';
import { askShapeOf } from '../core/steps/registry.ts';
import { whyAnswerOff } from '../core/steps/whyOff.ts';
import { allIgnored } from './followJob.ts';
import { nextStepOf } from './nodeCause.ts';
import type { JobPicture } from './jobPicture.ts';
import type { Terminal } from './Terminal.ts';
import { silentText } from '../core/model/silence.ts';
import { JOB_STATE_WORDS } from '../core/model/stateWords.ts';
import { withoutHeldText } from '../core/model/waves.ts';
import { printable, printableUnder } from '../core/model/strangerText.ts';
import { formatTable } from './output/table.ts';
import { colouredMark, formatDateTime, formatDuration, mark, plural, spanText } from './output/words.ts';

/** Names of nodes on one line, many of them as ranges that can be typed back. `inAll`: how many there are, where only the first are given. */
export function someNodes(nodeIds: readonly string[], inAll: number = nodeIds.length): string {
  return inAll <= 6 ? nodeIds.join(', ') : briefNames(nodeIds, inAll);
}

/** `Job 3, Install/Upgrade Software`. */
export function jobTitle(view: Pick<JobHead, 'jobNumber' | 'title'>): string {
  return `Job ${view.jobNumber}, ${view.title}`;
}

/** One step: shape, title, and how its nodes are. */
export function stepLine(step: StepHead, terminal: Terminal): string {
  const counts = step.counts ? `  ${countsText(step.counts)}` : '';
  const note = step.note === undefined ? '' : `  (${printable(step.note)})`;
  return `${colouredMark(step.state, terminal.style)}  ${step.title}${counts}${note}`;
}

/** What failed and where, and what to do about it, one block a cause. */
export function attentionText({ attention, steps }: JobHead, terminal: Terminal): string {
  return attention
    .map((one) => {
      const title = steps[one.stepId]?.title ?? one.stepId;
      const at = one.cause.packageName === undefined ? '' : ` [${one.cause.packageName}]`;
      const head = `${colouredMark(one.state, terminal.style)}  ${title}${at}: ${printable(one.cause.message)} (${one.cause.code})`;
      const next = nextStepOf(one.cause.code);
      const nodes = `${plural(one.nodes, 'node')}: ${someNodes(one.first, one.nodes)}`;
      return [head, nodes, ...(next === undefined ? [] : [`Next: ${next}`])].join('\n    ');
    })
    .join('\n');
}

/** The rows of the package results; their counts add up to the nodes of each row. */
export function packageTable({ head, packages }: JobPicture, terminal: Terminal): string {
  const shown = packageStatesShown(packages, head.state);
  return formatTable(
    [
      { title: 'PACKAGE', shrinks: true },
      { title: 'VERSION', shrinks: true },
      { title: 'NODES', align: 'right' },
      ...shown.map((state) => ({ title: state.replace('-', ' ').toUpperCase(), align: 'right' as const })),
    ],
    packages.map((row) => [
      row.packageName,
      row.version,
      ...[row.nodes, ...shown.map((state) => row[state])].map(String),
    ]),
    { columns: terminal.columns },
  );
}

/** The table of contents with the state of each step. */
export function stepsText(view: JobHead, terminal: Terminal): string {
  return view.stepOrder
    .map((stepId) => view.steps[stepId])
    .filter((step): step is StepHead => step !== undefined)
    .map((step) => stepLine(step, terminal))
    .join('\n');
}

function stepTitle(view: JobHead): string {
  return view.steps[view.currentStep]?.title ?? view.currentStep;
}

/** More waves are told by their number. */
const WAVES_NAMED = 8;

/** `Waves: 1 canary (2 nodes) done, 2 system 1 (14 nodes) running`; nodes that a wave goes by without, since they are held, are named. */
export function wavesText(waves: NonNullable<JobHead['waves']>): string {
  const done = waves.filter(({ state }) => state === 'done').length;
  if (waves.length > WAVES_NAMED) {
    const without = waves.flatMap(({ held }, at) => (held ? [`; ${at + 1} ${printable(withoutHeldText(held))}`] : []));
    return `Waves: ${done} of ${waves.length} done${without.join('')}`;
  }
  const parts = waves.map(({ title, nodes, leftOut, held, state, stopBefore }, at) => {
    const out = leftOut > 0 ? `, ${leftOut} left out` : '';
    const left = held ? `${out}, ${printable(withoutHeldText(held))}` : out;
    const name = title === '' || title === plural(nodes, 'node') ? '' : ` ${printable(title)}`;
    return `${at + 1}${name} (${plural(nodes, 'node')}${left}) ${state === 'skipped' ? 'not begun' : state}${stopBefore && state === 'waiting' ? ', it stops before' : ''}`;
  });
  return `Waves: ${parts.join(', ')}`;
}

/** Why nothing is left to decide on nodes. */
export const pastFailures = ({ held }: Pick<JobHead, 'held'>): string =>
  held ? 'every node that failed was ignored or is held' : 'every failure was ignored';

/** `Held: tpa-03. 1 node catches up what it missed.`; undefined where no node is held or comes back. */
export function heldText({ held: nodes }: JobHead): string | undefined {
  if (!nodes) return undefined;
  const { held, catchUp, catchingUp, first } = nodes;
  const names = someNodes(first.map(printable));
  const later = catchUp > 0 ? `, ${plural(catchUp, 'node')} to catch up` : '';
  const now = catchingUp > 0 ? ` ${plural(catchingUp, 'node')} catching up now.` : '';
  return held + catchUp === 0 ? now.trim() : `${plural(held, 'node')} held${later}: ${names}.${now}`;
}

/** How the approval of a job stands, in words; undefined where it needs none. */
export function approvalText({ approval }: JobHead): string | undefined {
  if (!approval) return undefined;
  const { waits, digest, approved, before, changes = [], notBy } = approval;
  if (approved) {
    const what = approved.planFile === undefined ? approved.digest : `the plan file ${approved.planFile}`;
    return `Approved by ${printable(approved.user)}: ${what}.`;
  }
  if (digest === undefined) return 'Another person approves what it will do, once that is accepted.';
  return [
    `${waits ? 'It waits for approval' : 'To be approved'} by another person than ${notBy.map(printable).join(', ')}: ${digest}`,
    ...(before ? [`${printable(before.user)} approved ${before.digest}; since then:`] : []),
    ...changes.map((change) => `    ${printable(change)}`),
  ].join('\n');
}

/** When a job ends, in words; undefined where nothing is told of it. `nowMs` by the master's clock. */
export function endText(head: JobHead, nowMs: number): string | undefined {
  const end = endOfJob(head, nowMs);
  switch (end?.kind) {
    case 'between': {
      const [from, to] = [formatDateTime(end.fromMs), formatDateTime(end.toMs)];
      const when = from === to ? `about ${from}` : `between ${from} and ${to.slice(11)}`;
      return `Ends in ${formatDuration(end.fromMs - nowMs)} to ${formatDuration(end.toMs - nowMs)}, ${when}`;
    }
    case 'left':
      return `Left, once it goes on: ${formatDuration(end.left.lowMs)} to ${formatDuration(end.left.highMs)}`;
    case 'waits':
      return `Waits for ${printable(waitsForText(end.for))}`;
    case 'unknown':
      return `Its end is not known: ${end.steps.join(', ')} never ran on this system`;
    default:
      return undefined;
  }
}

/** Nodes that go back by themselves, and how long the first one has, or when it was to; undefined where none does. */
export function goingBackText({ goingBack, jobNumber }: JobHead, nowMs: number): string | undefined {
  if (!goingBack) return undefined;
  const { nodes, firstAtMs } = goingBack;
  if (firstAtMs <= nowMs) {
    return `${plural(nodes, 'node')} not known to be confirmed; the first one was to go back by itself at ${formatDateTime(firstAtMs)}. What became of them: putctl confirm ${jobNumber}`;
  }
  const when = `in ${formatDuration(firstAtMs - nowMs)} (${formatDateTime(firstAtMs)})`;
  return `${plural(nodes, 'node')} to be confirmed; the first one goes back by itself ${when}. Next: putctl confirm ${jobNumber}`;
}

/** When the job may begin to change nodes, by the clock of this machine's zone; undefined where it may at any time, or waits for nothing more. */
export function runWindowText({
  runWindow,
  endedAtMs,
  steps,
  currentStep,
}: Pick<JobHead, 'runWindow' | 'endedAtMs' | 'currentStep'> & {
  readonly steps: Readonly<Record<string, { readonly title: string }>>;
}): string | undefined {
  if (!runWindow?.waits || endedAtMs !== undefined) return undefined;
  const at = (instant: string): string => formatDateTime(instantMs(instant));
  const { notBefore, notAfter, waits, cause } = runWindow;
  const title = steps[currentStep]?.title ?? currentStep;
  if (waits === 'late') return cause && `${printable(cause.message)} (${cause.code}).`;
  const until = notAfter === undefined ? '' : `, and is to begin until ${at(notAfter)}`;
  return `${title} waits until ${at(notBefore ?? '')}${until}; it goes on by itself.`;
}

/** `begins to change nodes from 2026-11-27 01:00 on`; undefined where it may at any time, or has begun. */
export function mayBeginText({ runWindow, canBack, endedAtMs }: JobHead): string | undefined {
  // As long as Back is possible nothing has begun that the time is for.
  if (!runWindow || !canBack || endedAtMs !== undefined) return undefined;
  const at = (instant: string): string => formatDateTime(instantMs(instant));
  const { notBefore, notAfter } = runWindow;
  const from = notBefore === undefined ? '' : ` from ${at(notBefore)} on`;
  return `begins to change nodes${from}${notAfter === undefined ? '' : `${from === '' ? '' : ','} until ${at(notAfter)}`}`;
}

/** `Settings: Nodes at once 64; Confirm within 2 h`; undefined where the job has none. */
export function settingsText(head: JobHead): string | undefined {
  const words = settingsInWords(head, formatDateTime);
  if (words.length === 0) return undefined;
  return `Settings: ${printable(words.map(({ title, text }) => `${title} ${text}`).join('; '))}`;
}

/** What holds for the whole job: its settings, a pause, what Next would mean. */
function aboutText(head: JobHead, nowMs: number): string[] {
  const { paused, nextMeans, waves, gate, rollback } = head;
  const lines = [
    settingsText(head),
    paused && `Paused by ${printable(paused.user)}: ${printable(paused.reason)}. No further node is begun.`,
    approvalText(head),
    runWindowText(head),
    endText(head, nowMs),
    goingBackText(head, nowMs),
    waves && wavesText(waves),
    heldText(head),
    gate && !gate.held
      ? `Wave ${gate.beforeWave} waits: ${printable(gate.reason ?? 'the gate is being looked at')}.`
      : undefined,
    rollback && !rollback.over
      ? `${plural(rollback.nodes, 'node')} going back, as ${printable(rollback.user)} asked: ${printable(rollback.reason)}.`
      : undefined,
    nextMeans === undefined ? undefined : printable(nextMeans),
  ].filter((line) => line !== undefined);
  return lines.length > 0 ? [lines.join('\n')] : [];
}

/** `tpa-003 silent for 2:14. Next: putctl give-up 3 --nodes tpa-003`; undefined where no node is. `nowMs` by the master's clock. */
export function silentNodesText({ jobNumber, currentStep, steps }: JobHead, nowMs: number): string | undefined {
  const silent = steps[currentStep]?.silent;
  const longest = silent?.first[0];
  if (!silent || !longest) return undefined;
  const named = silent.first.map(({ nodeId, sinceMs }) => `${printable(nodeId)} ${silentText(sinceMs, nowMs)}`);
  const more = silent.nodes > named.length ? ` and ${silent.nodes - named.length} more` : '';
  return `${named.join(', ')}${more}. Next: putctl give-up ${jobNumber} --nodes ${printable(longest.nodeId)}`;
}

/** How the job stands, at its end or where it waits. */
export function jobText(picture: JobPicture, terminal: Terminal, nowMs: number): string {
  const { head: view, report } = picture;
  const lasted = spanText(view.startedAtMs, view.endedAtMs ?? nowMs);
  const parts = [
    `${colouredMark(view.state, terminal.style, JOB_STATE_WORDS[view.state])}  ${jobTitle(view)}: ${plural(view.nodes, 'node')}, ${lasted}, driven by ${printable(view.driver)}`,
    ...aboutText(view, nowMs),
    // The report of an ended job tells each step itself.
    ...(report ? [] : [stepsText(view, terminal)]),
  ];
  if (picture.packages.length > 0) parts.push(packageTable(picture, terminal));
  if (view.attention.length > 0) parts.push(attentionText(view, terminal));
  else if (view.state === 'attention' && view.nextOffBecause !== undefined)
    parts.push(`${mark('warned', terminal.style, 'waits')}: ${printable(view.nextOffBecause)}`);
  const silent = silentNodesText(view, nowMs);
  if (silent !== undefined) parts.push(`${mark('running', terminal.style, 'silent')}: ${silent}`);
  const stopped = stoppedAnswer(view);
  if (stopped) {
    const why = `${printableUnder(stopped.cause.message, '    ')} (${stopped.cause.code})`;
    parts.push(`${mark('warned', terminal.style, 'waits')}: its answer for ${stepTitle(view)} cannot be used: ${why}`);
  }
  const notUp = report ? undefined : servicesNotUpText(picture.services);
  if (notUp !== undefined && view.state !== 'running')
    parts.push(`${mark('warned', terminal.style, 'now')}: ${printable(notUp)}`);
  if (report) parts.push(report.lines.map(printable).join('\n'));
  return parts.join('\n\n');
}

/** The same as one JSON document: counts of every step add up to the nodes. */
export function jobDocument(picture: JobPicture, nowMs: number): Record<string, unknown> {
  const { head: view, services, report, nodesOf } = picture;
  const end = endOfJob(view, nowMs);
  return {
    jobId: view.jobId,
    jobNumber: view.jobNumber,
    operationId: view.operationId,
    title: view.title,
    state: view.state,
    driver: view.driver,
    startedBy: view.startedBy,
    startedAtMs: view.startedAtMs,
    endedAtMs: view.endedAtMs,
    currentStep: view.currentStep,
    eventNumber: view.eventNumber,
    nodes: view.nodes,
    steps: view.stepOrder.map((stepId) => {
      const step = view.steps[stepId];
      return {
        stepId,
        state: step?.state,
        attempt: step?.attempt,
        note: step?.note,
        ...(step?.counts ? { nodes: view.nodes, counts: step.counts } : {}),
        ...(step?.silent ? { silent: step.silent } : {}),
      };
    }),
    packages: picture.packages,
    attention: view.attention.map(({ nodes: _nodes, first: _first, ...line }: AttentionHead) => ({
      ...line,
      nodeIds: nodesOf[line.key] ?? [],
    })),
    servicesDown: services.down,
    servicesUnknown: services.unknown,
    ...(view.settings ? { settings: view.settings } : {}),
    ...(view.paused ? { paused: view.paused } : {}),
    ...(view.journalFault ? { journalFault: view.journalFault } : {}),
    ...(view.approval ? { approval: view.approval } : {}),
    ...(view.runWindow ? { runWindow: view.runWindow } : {}),
    ...(end ? { end } : {}),
    ...(view.goingBack ? { goingBack: view.goingBack } : {}),
    ...(view.waves ? { waves: view.waves } : {}),
    ...(view.gate ? { gate: view.gate } : {}),
    ...(view.held ? { held: view.held } : {}),
    ...(view.rollback ? { rollback: view.rollback } : {}),
    ...(view.nextMeans === undefined ? {} : { nextMeans: view.nextMeans }),
    ...(view.nextOffBecause === undefined ? {} : { nextOffBecause: view.nextOffBecause }),
    ...(stoppedAnswer(view) ? { answerStopped: stoppedAnswer(view) } : {}),
    ...(report ? { report } : {}),
  };
}

function goesOnText({ answers, currentStep, steps }: JobHead): string {
  if (!answers) return 'accepts what the screen proposes, here and at the steps that follow';
  return askShapeOf(steps[currentStep]?.kind ?? '')?.accepting
    ? `accepts what ${steps[currentStep]?.title ?? currentStep} shows`
    : 'goes on by the answers that the job was given';
}

/** Why the step that waits cannot be answered with its proposal, in the words of the window; undefined where it can, or is to be accepted. */
function whyProposalOff(screen: StepScreen | undefined): string | undefined {
  const known = screen && knownScreen(screen);
  if (!known || known.shape.accepting) return undefined;
  const { shape, content } = known;
  return whyAnswerOff(shape, content, shape.propose(content, undefined));
}

/** A next command without its explanation, as a document has it. */
export const bareCommand = (line: string): string => line.split('   ')[0] ?? line;

/** The command that lets held nodes catch up, where the job waits for them; those that cannot come back in it are not offered. */
function catchUpCommand({ held, jobNumber }: JobHead): string[] {
  // A master of before does not say which can.
  const able = held?.waits === true ? (held.able ?? held.first) : [];
  if (able.length === 0) return [];
  const nodes = held?.held === able.length ? 'them' : 'these';
  return [`putctl catch-up ${jobNumber} --nodes ${able.map(printable).join(',')}   lets ${nodes} catch up first`];
}

/** Commands that come next where a job waits for a person. `screen`: what waits, where it is at hand, so that a proposal that cannot be taken is told. */
export function nextCommands(view: JobHead, screen?: StepScreen): string[] {
  const job = String(view.jobNumber);
  const back = view.canBack ? [`putctl back ${job}   takes the last answer back`] : [];
  if (view.paused)
    return [`putctl resume ${job}   lets it go on`, ...back, `putctl cancel ${job} --exit   ends the operation`];
  if (view.approval?.waits)
    return [
      `putctl approve ${job}   shows another person what is to be approved, with the command that does it`,
      ...back,
      `putctl cancel ${job} --exit   ends the operation`,
    ];
  if (view.state === 'attention') {
    const first = view.attention[0];
    if (allIgnored(view)) {
      return [
        `putctl run --continue ${job}   ${view.nextMeans ?? `goes on: ${pastFailures(view)}`}`,
        ...(view.gate && !view.gate.unchanged && view.canRollback
          ? [`putctl rollback ${job} --wave ${view.gate.beforeWave - 1} --preview   shows what going back comes to`]
          : []),
        ...catchUpCommand(view),
        ...(view.nextMeans === undefined ? [] : [`putctl cancel ${job} --exit   ends the operation`]),
      ];
    }
    if (!first) {
      // It could not begin, or no node is left: nothing but the whole step can be tried again.
      return [
        `putctl cancel ${job} --restart-step   begins the step anew, once its cause is mended`,
        ...back,
        `putctl cancel ${job} --exit   ends the operation`,
      ];
    }
    const all = view.attention.reduce((sum, { nodes }) => sum + nodes, 0);
    return [
      `putctl log ${job} ${first.first[0] ?? 'NODE'} --step ${first.stepId}   what happened on the node`,
      first.cause.code === 'node-busy'
        ? `putctl retry ${job}   is refused for ${someNodes(first.first, first.nodes)} until the work there is known to have ended`
        : `putctl retry ${job}   tries exactly the failed, unreachable and unknown nodes again`,
      `putctl ignore ${job} --failed --reason TEXT   goes on without ${all === 1 ? 'it' : `all ${all} of them`}`,
      ...(first.state === 'unreachable'
        ? [
            `putctl hold ${job} --nodes ${printable(first.first[0] ?? '')} --reason TEXT   goes on without it for now; released before the next question of the job is answered, it catches up`,
          ]
        : []),
      ...(view.canRollback
        ? [`putctl rollback ${job} --all --preview   shows what going back to the versions before comes to`]
        : []),
      `putctl cancel ${job} --restart-step   begins the step anew`,
      `putctl cancel ${job} --exit   ends the operation`,
    ];
  }
  if (view.state === 'input') {
    if (view.screen && !askShapeOf(view.screen.kind)) {
      return [
        `putctl --version   this one does not know what is asked at ${stepTitle(view)}: answer it with a newer version`,
        `putctl cancel ${job} --exit   ends the operation`,
      ];
    }
    const stopped = stoppedAnswer(view);
    const title = stepTitle(view);
    const off = whyProposalOff(screen);
    const inTheWay = stopped?.nodeIds ?? [];
    const without =
      inTheWay.length === 0
        ? []
        : [
            `putctl ignore ${job} --nodes ${inTheWay.map(printable).join(',')} --reason TEXT   leaves out what stands in the way`,
          ];
    if (off !== undefined) {
      return [
        ...without,
        `putctl run --continue ${job} --plan FILE   with the answer in the file (answers: ${view.currentStep}: ...); ${title}: ${off}`,
        `putctl cancel ${job} --exit   ends the operation`,
      ];
    }
    const stale = stopped?.cause.code === 'plan-stale';
    return [
      ...without,
      ...(stopped === undefined ? [`putctl run --continue ${job} --yes   ${goesOnText(view)}`] : []),
      ...(stale ? [`putctl run --continue ${job} --yes --replan   accepts the plan as it is now`] : []),
      ...(stopped !== undefined && !stale
        ? [`putctl run --continue ${job} --yes --proposed   answers ${title} as its screen proposes`]
        : []),
      ...back,
      `putctl cancel ${job} --exit   ends the operation`,
    ];
  }
  return [];
}
