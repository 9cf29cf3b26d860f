import type { JobNode, JobReport, PackageOutcome, StepInput } from '../../core/model/job.ts';
import { warningsOf } from '../../core/model/planWarnings.ts';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { countCells, lingeringNodes, type SequencerState } from '../jobs/sequencerState.ts';

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/**
 * The report of a job that ends now. `installed`, `failed` and `ignored` count results of one package on one node.
 * Outcome: `exited` when a person ended it; `failed` when no chosen node came through; `warned` when a node was ignored, left out,
 * or came through with a warning; else `succeeded`.
 */
export function makeReport(state: SequencerState, nowMs: number): JobReport {
  const { view } = state;
  const nodes = Object.values(view.nodes);
  const tally = (wanted: PackageOutcome): number =>
    nodes.reduce((sum, node) => sum + Object.values(node.outcomes).filter((outcome) => outcome === wanted).length, 0);
  const installed = tally('successful');
  const failed = tally('fail');
  const ignored = tally('ignored');
  const outcome = outcomeOf(state, nodes, ignored);
  const warnings = planWarnings(view);
  const seconds = Math.max(0, Math.round((nowMs - view.startedAtMs) / 1000));
  return {
    outcome,
    nodes: nodes.length,
    packages: view.packages.length,
    installed,
    failed,
    ignored,
    seconds,
    ...(warnings.length > 0 ? { warnings } : {}),
    lines: reportLines(state, outcome, installed, failed, ignored, seconds),
  };
}

/** Warnings of the accepted plan, with who accepted each by its name. */
function planWarnings(view: SequencerState['view']): NonNullable<JobReport['warnings']> {
  const input = view.inputs['plan'] as (StepInput & { stepId: 'plan' }) | undefined;
  // A plan that differs and was let go on nevertheless was accepted by just that.
  const accepted = new Set([
    ...(input?.warnings ?? []),
    ...(view.answers?.given.replan ? ['differs-from-plan-file'] : []),
  ]);
  return warningsOf(view.plan).map((warning) => ({
    ...warning,
    ...(accepted.has(warning.name) ? { acceptedBy: view.planAcceptedBy ?? view.driver } : {}),
  }));
}

function outcomeOf(state: SequencerState, nodes: readonly JobNode[], ignored: number): JobReport['outcome'] {
  if (state.exitAskedBy !== undefined) return 'exited';
  const leftOut = Object.keys(state.leftOut).length;
  if (nodes.length > 0 && leftOut === nodes.length) return 'failed';
  const warned = Object.values(state.view.steps).some((step) => step.state === 'warned');
  const notUp = servicesNotUpText(servicesNotUp(nodes)) !== undefined;
  return leftOut > 0 || warned || ignored > 0 || notUp ? 'warned' : 'succeeded';
}

const OUTCOME_TEXT: Readonly<Record<JobReport['outcome'], string>> = {
  succeeded: 'succeeded',
  warned: 'ended with warnings',
  failed: 'failed: no node came through',
  exited: 'was exited before its end',
};

function reportLines(
  state: SequencerState,
  outcome: JobReport['outcome'],
  installed: number,
  failed: number,
  ignored: number,
  seconds: number,
): string[] {
  const { view } = state;
  const notUp = servicesNotUpText(servicesNotUp(Object.values(view.nodes)));
  const lingering = lingeringNodes(state);
  const lines = [
    // What a person has to do comes before what happened.
    ...(notUp === undefined
      ? []
      : [`Attention: ${notUp}. Start it: Nodes, Start services; or putctl nodes start-services.`]),
    ...(lingering.length > 0 ? [`Attention: work is not known to have ended on ${lingering.join(', ')}.`] : []),
    `${view.title}, job ${view.jobNumber}, ${OUTCOME_TEXT[outcome]} after ${seconds} s.`,
    `Started by ${view.startedBy}${view.driver === view.startedBy ? '' : `, driven at the end by ${view.driver}`}.`,
  ];
  if (view.plan) {
    const mode = (view.inputs['configuration-mode'] as StepInput & { stepId: 'configuration-mode' }).mode;
    lines.push(
      `${counted(Object.keys(view.nodes).length, 'node')}, ${counted(view.packages.length, 'package')}${
        view.plan.release === undefined ? '' : `, release ${view.plan.release}`
      }, ${mode} mode, spool area ${view.plan.spoolArea}.`,
      `Package results: ${installed} successful, ${failed} failed, ${ignored} ignored.`,
    );
  }
  if (state.exitAskedBy !== undefined) {
    const at = state.exitedAt ?? view.currentStep;
    lines.push(`Exited by ${state.exitAskedBy} at ${view.steps[at]?.title ?? at}.`);
  }
  for (const { name, message, acceptedBy } of planWarnings(view)) {
    lines.push(`Warning of the plan (${name}), accepted by ${acceptedBy ?? 'nobody'}: ${message}`);
  }
  for (const stepId of view.stepOrder) {
    const step = view.steps[stepId];
    if (!step) continue;
    if (step.state === 'skipped')
      lines.push(`${step.title}: skipped${step.note === undefined ? '' : `, ${step.note}`}.`);
    else if (step.cells) {
      const counts = countCells(step.cells);
      const parts = Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${name}`);
      lines.push(`${step.title}: ${parts.join(', ')}.`);
    }
  }
  for (const [nodeId, left] of Object.entries(state.leftOut)) {
    lines.push(
      `${nodeId}: ignored at ${view.steps[left.stepId]?.title ?? left.stepId} (${left.state}): ${left.reason}`,
    );
  }
  for (const [nodeId, packages] of Object.entries(state.ignoredPackages)) {
    lines.push(`${nodeId}: ignored ${counted(packages.length, 'package')}: ${packages.join(', ')}.`);
  }
  for (const step of Object.values(view.steps)) {
    for (const [nodeId, cell] of Object.entries(step.cells ?? {})) {
      if (cell.state === 'warned')
        lines.push(`${nodeId}: warning at ${step.title}: ${cell.cause?.message ?? 'no reason given'}`);
    }
  }
  return lines;
}
