import { countsText } from '../../core/model/cellCounts.ts';
import { elapsedText } from '../../core/model/duration.ts';
import { PACKAGE_STATES, type CellState, type JobReport } from '../../core/model/job.ts';
import { packageCountsText, type PackageCounts } from '../../core/model/packageStates.ts';
import { factsWarnings } from '../../core/model/factsWarnings.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import { briefNames } from '../../core/model/nodeNames.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { asksPerson } from '../../core/model/stepKinds.ts';
import { warningsOf } from '../../core/model/planWarnings.ts';
import { waveText, withoutHeldText } from '../../core/model/waves.ts';
import { countedNodes, servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { returning } from '../sequencer/catchUp.ts';
import { mayHaveBegun } from '../sequencer/cells.ts';
import { closed, whyLeftOut } from '../sequencer/closing.ts';
import { changedNodes } from '../sequencer/requests.ts';
import { entriesOf, valueAt } from '../sequencer/column.ts';
import { cellOf, statusOf, stepsShown, stepSpec, type SequencerState } from '../sequencer/state.ts';
import { leftOutOf, leftOutText } from '../steps/detached.ts';
import { configFilesOf } from '../steps/rpmInstall.ts';
import { signatureNote } from '../steps/rpmSignatures.ts';
import { jobSoFar, type JobSoFar } from '../steps/JobSoFar.ts';
import type { AnswerOf } from '../../core/steps/registry.ts';
import { approvalView } from './approvalView.ts';
import { counted } from './counted.ts';
import { decisionLines } from './decisionRecord.ts';
import { countsOfStep } from './nextOff.ts';
import { nodesGoneBack } from './goneBack.ts';
import type { NodeResults } from './nodeResults.ts';
import type { JobRecord } from './jobRecord.ts';
import { OUTCOME_TEXT } from './outcomeText.ts';
import { timeText } from './reportTime.ts';
import { closedResults, type PackageResults } from './packageResults.ts';
import { planOfJob, plannedStep } from './planOfJob.ts';
import { standingChanges } from './standingChanges.ts';
import { wavesView } from './wavesView.ts';

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The report of a job that ends now. `packageCounts`, `installed`, `failed` and `ignored` count results of one package on one node.
 * Outcome: `exited` when a person ended it; `failed` when no chosen node came through; `warned` when a node was ignored, left out,
 * or came through with a warning; else `succeeded`.
 */
export function makeReport({ machine, results: open, nodeResults, decisions }: JobRecord, nowMs: number): JobReport {
  const state = closed(machine, nowMs);
  const results = closedResults(open, state);
  const job = jobSoFar(state);
  const tally = packageTally(results);
  const { successful = 0, warned = 0, fail: failed = 0, ignored = 0 } = tally;
  const installed = successful + warned;
  const outcome = outcomeOf(state, job, ignored);
  const warnings = planWarnings(state, job);
  // Whole seconds that went by, as every other place counts them.
  const seconds = Math.max(0, Math.floor((nowMs - state.startedAtMs) / 1000));
  const made = {
    outcome,
    nodes: state.nodes.ids.length,
    packages: results.rows.length,
    ...(results.rows.length > 0 ? { packageCounts: tally } : {}),
    installed,
    failed,
    ignored,
    seconds,
  };
  return {
    ...made,
    ...(warnings.length > 0 ? { warnings } : {}),
    ...approvalOf(state),
    lines: [
      // What a person has to do comes before what happened.
      ...todoLines(state, job),
      ...configFileLines(state, nodeResults),
      ...leftOutLines(state, nodeResults),
      ...reportLines(state, job, made, warnings, decisionLines(decisions)),
    ],
  };
}

/** Packages x nodes in each state that there is: the sum of all rows. They add up to all of the plan. */
function packageTally({ rows }: PackageResults): PackageCounts {
  const sums = PACKAGE_STATES.map((state) => [state, rows.reduce((sum, row) => sum + row[state], 0)] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum > 0));
}

/** The approval of what was done. */
function approvalOf(state: SequencerState): Pick<JobReport, 'approval'> {
  const { approved } = approvalView(state).approval ?? {};
  return approved ? { approval: approved } : {};
}

/** Warnings of the accepted plan, with who accepted each by its name. */
function planWarnings(state: SequencerState, job: JobSoFar): NonNullable<JobReport['warnings']> {
  const input = job.answerOf('plan') as AnswerOf<'plan'> | undefined;
  const step = plannedStep(state);
  const acceptedBy = (step && state.answeredBy[step.id]) ?? state.driver;
  // A plan that differs and was let go on nevertheless was accepted by just that.
  const accepted = new Set([
    ...(input?.warnings ?? []),
    ...((state.given?.answers as JobAnswers | undefined)?.replan ? ['differs-from-plan-file'] : []),
  ]);
  return warningsOf(planOfJob(state)).map((warning) => ({
    ...warning,
    ...(accepted.has(warning.name) ? { acceptedBy } : {}),
  }));
}

/** Every node that was changed went back, and nothing goes on afterwards. */
const wentBackWhole = (state: SequencerState): boolean =>
  state.rollback !== undefined && !state.rollback.returnTo && standingChanges(state).length === 0;

/** How the job had ended before its nodes were asked back. */
function endedBefore({
  rollback,
}: SequencerState): { readonly outcome: JobReport['outcome']; readonly atMs: number } | undefined {
  if (!rollback?.ended) return undefined;
  const { outcome } = rollback.ended.report as JobReport;
  return { outcome, atMs: rollback.ended.atMs };
}

/** Nodes that went back to the versions before, over all rollbacks of the job. */
function rolledBackNodes(state: SequencerState): number {
  return [...entriesOf(state.leftOut)].filter(([, left]) => left.rolledBack).length;
}

/** Nodes that did not come through, whatever they were left out for. */
function nodesOut({ leftOut }: SequencerState): number {
  return [...entriesOf(leftOut)].filter(([, left]) => !left.returns || left.from !== undefined).length;
}

/** Nodes that were held and never caught up what they missed. */
function heldForGood(state: SequencerState): readonly number[] {
  const { held, due } = returning(state);
  return [...held, ...due].filter((index) => valueAt(state.leftOut, index)?.from !== undefined);
}

function outcomeOf(state: SequencerState, job: JobSoFar, ignored: number): JobReport['outcome'] {
  if (state.exit) return 'exited';
  const leftOut = state.leftOutNodes.reduce((sum, nodes) => sum + nodes, 0);
  const held = heldForGood(state).length;
  const nodes = state.nodes.ids.length;
  if (nodes > 0 && wentBackWhole(state)) return 'rolled-back';
  if (nodes > 0 && nodesOut(state) === nodes) return 'failed';
  const before = endedBefore(state)?.outcome;
  if (before !== undefined && before !== 'succeeded') return before;
  const warned = Object.values(state.steps).some((step) => step.state === 'warned');
  const notUp = servicesNotUpText(servicesNotUp(job.members())) !== undefined;
  return leftOut > 0 || held > 0 || warned || ignored > 0 || notUp || state.rollback ? 'warned' : 'succeeded';
}

/** Each node that never caught up, with the steps that it missed. */
function heldLines(state: SequencerState): string[] {
  return heldForGood(state).map((index) => {
    const { user = '', reason = '', from } = valueAt(state.leftOut, index) ?? {};
    const missed = stepsOf(state.spec).filter(
      ({ id }, at) => from !== undefined && at >= from && isMissed(cellOf(state, id, index)?.state),
    );
    const steps = missed.map(({ title }) => title).join(', ');
    const what = `never caught up${steps === '' ? '' : `, and missed ${steps}`}`;
    return `Attention: ${state.nodes.ids[index] ?? ''} was held by ${user} (${reason}); it ${what}.`;
  });
}

/** Steps that changed something on nodes and were ended there before their end: what they left behind, nobody has seen. */
function unknownLines(state: SequencerState): string[] {
  return stepsShown(state).flatMap(({ id, title, policy }) => {
    const table = state.cells[id];
    if (!table || policy.readOnly || (countsOfStep(state, id)?.unknown ?? 0) === 0) return [];
    const nodeIds = [...entriesOf(table.column)].flatMap(([index, cell]) =>
      cell.state === 'unknown' ? [state.nodes.ids[index] ?? ''] : [],
    );
    const where = countedNodes(nodeIds);
    return [
      `Attention: ${title} was ended before its end on ${where}, and what it did there was not seen. Read it from the nodes: View Versions; or putctl versions.`,
    ];
  });
}

const isMissed = (cell: CellState | undefined): boolean => cell === 'skipped' || cell === 'ignored';

/** Nodes on which work that changes something is not known to have ended; a look that goes on there changes nothing. */
function lingeringLines(state: SequencerState): string[] {
  const byStep = new Map<string, string[]>();
  for (const [index, { lingers, stepId }] of entriesOf(state.flights)) {
    if (!lingers || stepSpec(state.spec, stepId).policy.readOnly) continue;
    byStep.set(stepId, [...(byStep.get(stepId) ?? []), state.nodes.ids[index] ?? '']);
  }
  return [...byStep].map(
    ([stepId, nodeIds]) =>
      `Attention: ${stepSpec(state.spec, stepId).title} is not known to have ended on ${countedNodes(nodeIds)}. Look there before anything else is begun: putctl nodes facts NODE --read.`,
  );
}

/** Nodes that a job which was cut short had not come to, while it changed others: the system is of two kinds then. */
function untouchedLines(state: SequencerState): string[] {
  const changed = new Set(changedNodes(state, {}));
  const why = whyLeftOut(state);
  const steps = stepsOf(state.spec).filter(({ policy }) => policy.irreversible && !policy.readOnly);
  const isLeft = (index: number): boolean =>
    steps.some(({ id }) => {
      const cell = cellOf(state, id, index);
      return cell?.state === 'skipped' && cell.skipReason === why;
    });
  const left = state.nodes.ids.filter((nodeId, index) => !changed.has(nodeId) && isLeft(index));
  if (changed.size === 0 || left.length === 0) return [];
  const are = left.length === 1 ? 'is' : 'are';
  return [
    `Attention: ${countedNodes(left)} ${are} as before, while ${counted(changed.size, 'node was', 'nodes were')} changed: ${why}. Run the operation for what is left, or bring the others back: putctl rollback ${state.jobNumber} --all.`,
  ];
}

/** What is left for a person to do on the nodes. */
function todoLines(state: SequencerState, job: JobSoFar): string[] {
  const notUp = servicesNotUpText(servicesNotUp(job.members()));
  const { unsure, notBegun } = notThrough(state);
  const gone = [...nodesGoneBack(state)].map((index) => state.nodes.ids[index] ?? '').sort();
  return [
    ...(gone.length > 0
      ? [
          `Attention: ${countedNodes(gone)} went back to the versions before by ${gone.length === 1 ? 'itself' : 'themselves'}, since nobody confirmed ${gone.length === 1 ? 'it' : 'them'} in time. Run the operation again for what is to be upgraded all the same.`,
        ]
      : []),
    ...(notUp === undefined
      ? []
      : [`Attention: ${notUp}. Start it: Nodes, Start services; or putctl nodes start-services.`]),
    ...lingeringLines(state),
    // A plan has told of it already, and its warnings stand below.
    ...(planOfJob(state) ? [] : factsWarnings(job.members()).map(({ message }) => `Attention: ${message}`)),
    ...(unsure.length > 0
      ? [
          planOfJob(state)
            ? `Attention: ${countedNodes(unsure)} did not come through and may have old or mixed versions. See what is there: Nodes, Read now; or putctl nodes facts NODE --read.`
            : `Attention: ${countedNodes(unsure)} did not come through: what was to be done there may be done in part. See what was said there: putctl log ${state.jobNumber} NODE.`,
        ]
      : []),
    ...[...notBegun].map(
      ([title, nodeIds]) =>
        `Attention: ${title} never reached ${countedNodes(nodeIds)}: nothing of it was begun there. Mend the way there and run the operation for what is left out.`,
    ),
    ...untouchedLines(state),
    ...unknownLines(state),
    ...heldLines(state),
  ];
}

/**
 * Nodes that stand at a change of theirs which did not come to its end, whatever was decided about it; those of `unknownLines` and what is known to be back left out. `notBegun`: by the title
 * of the step, those that no change of a step was begun on.
 */
function notThrough(state: SequencerState): {
  readonly unsure: readonly string[];
  readonly notBegun: ReadonlyMap<string, readonly string[]>;
} {
  const begun = new Set<number>();
  const never = new Map<number, string>();
  const gone = nodesGoneBack(state);
  for (const { id, title, policy } of stepsOf(state.spec)) {
    const table = policy.readOnly ? undefined : state.cells[id];
    if (!table) continue;
    for (const [index, cell] of entriesOf(table.column)) {
      if (valueAt(state.leftOut, index)?.rolledBack || gone.has(index)) continue;
      if (cell.attempt === 0 || !['failed', 'unreachable', 'ignored'].includes(cell.state)) continue;
      if (mayHaveBegun(cell)) begun.add(index);
      else if (!never.has(index)) never.set(index, title);
    }
  }
  const idOf = (index: number): string => state.nodes.ids[index] ?? '';
  const notBegun = new Map<string, string[]>();
  for (const [index, title] of never) {
    if (!begun.has(index)) notBegun.set(title, [...(notBegun.get(title) ?? []), idOf(index)]);
  }
  return { unsure: [...begun].map(idOf).sort(), notBegun };
}

function reportLines(
  state: SequencerState,
  job: JobSoFar,
  { outcome, nodes, packages, seconds, packageCounts = {} }: Omit<JobReport, 'lines' | 'warnings'>,
  warnings: NonNullable<JobReport['warnings']>,
  decisions: readonly string[],
): string[] {
  const lines = [
    `${state.spec.title}, job ${state.jobNumber}, ${OUTCOME_TEXT[outcome]} after ${elapsedText(seconds)}.`,
    `Started by ${state.startedBy}${state.driver === state.startedBy ? '' : `, driven at the end by ${state.driver}`}.`,
  ];
  const plan = planOfJob(state);
  const { waves } = wavesView(state);
  const unsigned = signatureNote(job);
  if (plan) {
    lines.push(
      `${counted(nodes, 'node')}, ${counted(packages, 'package')}${
        plan.release === undefined ? '' : `, release ${plan.release}`
      }, ${plan.mode} mode, spool area ${plan.spoolArea}.`,
      ...(plan.waves ?? []).map((wave, at) => {
        const held = waves?.[at]?.held;
        const without = held === undefined ? '' : `; it went by ${withoutHeldText(held)}`;
        return `${sentence(waveText(wave, at + 1, plan.stopBefore ?? []))}${without}.`;
      }),
      ...(plan.stops ?? []),
      ...(unsigned === undefined ? [] : [unsigned]),
      `Package results, packages x nodes: ${packageCountsText(packageCounts)}.`,
    );
  }
  const { approval } = approvalOf(state);
  if (approval) {
    const what = approval.planFile === undefined ? approval.digest : `the plan file ${approval.planFile}`;
    lines.push(`Approved by ${approval.user} at ${timeText(approval.atMs)}: ${what}.`);
  } else if (state.approval) lines.push('Nobody approved it.');
  if (state.exit) lines.push(`Exited by ${state.exit.user} at ${stepSpec(state.spec, state.exit.atStep).title}.`);
  if (state.rollback) {
    const { user, reason } = state.rollback;
    const before = endedBefore(state);
    if (before) lines.push(`It had ended at ${timeText(before.atMs)} before that: ${OUTCOME_TEXT[before.outcome]}.`);
    lines.push(
      `${counted(rolledBackNodes(state), 'node')} went back to the versions before, as ${user} asked: ${reason}.`,
    );
  }
  for (const { name, message, acceptedBy } of warnings) {
    lines.push(...`Warning of the plan (${name}), accepted by ${acceptedBy ?? 'nobody'}: ${message}`.split('\n'));
  }
  lines.push(...decisions);
  const steps = stepsShown(state);
  const why = whyLeftOut(state);
  const notBegun = steps.filter(({ id }) => {
    const { state: is, attempt, note } = statusOf(state, id);
    return is === 'skipped' && attempt === 0 && note === why;
  });
  if (notBegun.length > 0) lines.push(`Not begun: ${notBegun.map(({ title }) => title).join(', ')}.`);
  // What was not done stands in one line, by its reason: what was done is read first.
  const skipped = new Map<string | undefined, string[]>();
  for (const { id, title } of steps) {
    const status = statusOf(state, id);
    const counts = countsOfStep(state, id);
    if (notBegun.some((step) => step.id === id)) continue;
    if (status.state === 'skipped') skipped.set(status.note, [...(skipped.get(status.note) ?? []), title]);
    else if (counts) lines.push(`${title}: ${countsText(counts)}.`);
  }
  if (skipped.size > 0) {
    const parts = [...skipped].map(([note, of]) => `${of.join(', ')}${note === undefined ? '' : ` (${note})`}`);
    lines.push(`Skipped: ${parts.join('; ')}.`);
  }
  const idOf = (index: number): string => state.nodes.ids[index] ?? '';
  for (const [index, left] of entriesOf(state.leftOut)) {
    if (left.returns) continue;
    if (left.rolledBack) lines.push(`${idOf(index)}: ${left.reason}`);
    else {
      const { title, use } = stepSpec(state.spec, left.stepId);
      const what = asksPerson(use) ? `left out at ${title}` : `ignored at ${title} (${left.state ?? 'held'})`;
      lines.push(`${idOf(index)}: ${what}: ${left.reason}`);
    }
  }
  for (const [index, items] of entriesOf(state.ignoredItems)) {
    for (const { item, reason } of items) lines.push(`${idOf(index)}: ignored the package ${item}: ${reason}`);
  }
  for (const { id, title } of steps) {
    const table = state.cells[id];
    if (!table) continue;
    for (const [index, cell] of entriesOf(table.column)) {
      if (cell.state === 'warned') {
        lines.push(
          `${idOf(index)}: warning at ${title}: ${cell.cause?.message ?? 'no reason given'}${cell.acceptedBy === undefined ? '' : ` (accepted by ${cell.acceptedBy})`}`,
        );
      }
    }
  }
  return lines;
}

/** Configuration files that a person has to compare on the nodes, equal lists together. */
function configFileLines(state: SequencerState, nodeResults: NodeResults): string[] {
  const byFiles = new Map<string, string[]>();
  for (const column of Object.values(nodeResults)) {
    for (const [index, { result }] of entriesOf(column)) {
      const files = configFilesOf(result).join(', ');
      if (files !== '') byFiles.set(files, [...(byFiles.get(files) ?? []), state.nodes.ids[index] ?? '']);
    }
  }
  return [...byFiles].map(([files, nodeIds]) => `${nodeIds.join(', ')}: compare what the packages left: ${files}`);
}

/** Outputs of which the middle is not kept, a line a step. */
function leftOutLines(state: SequencerState, nodeResults: NodeResults): string[] {
  return stepsOf(state.spec).flatMap(({ id, title }) => {
    const column = nodeResults[id];
    const of = column ? [...entriesOf(column)].filter(([, { result }]) => leftOutOf(result) > 0) : [];
    if (of.length === 0) return [];
    const bytes = of.reduce((sum, [, { result }]) => sum + leftOutOf(result), 0);
    return [
      `${briefNames(of.map(([index]) => state.nodes.ids[index] ?? ''))}: output of ${title}: ${leftOutText(bytes)}`,
    ];
  });
}
