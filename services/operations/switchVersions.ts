import type { StepScreen } from '../../core/model/job.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import { compareEvr, formatEvr, parseEvr } from '../../core/model/rpmVersion.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';
import { leftOutReason } from './leftOut.ts';

type Components = (StepScreen & { stepId: 'switch-versions' })['components'];

/** What is on the node as far as this job has seen: after its own work, else before it. */
export function packagesNow(state: SequencerState, nodeId: string): readonly InstalledPackage[] {
  const node = state.view.nodes[nodeId];
  return node?.found ?? node?.before ?? [];
}

/**
 * Nodes whose versions are compared: of the database (TPA and hot standby), or all where the job has none of these. What is on them
 * counts, not what this job changed: a run before this one may have installed and not switched.
 */
function comparedNodes(state: SequencerState): string[] {
  const taking = Object.keys(state.view.nodes).filter(
    (nodeId) => leftOutReason(state, 'switch-versions', nodeId) === undefined,
  );
  const database = taking.filter((nodeId) => ['TPA', 'HSN'].includes(state.view.nodes[nodeId]?.type ?? ''));
  return database.length > 0 ? database : taking;
}

/**
 * Components of the plan with the versions that are present on every compared node, newest first; the proposal is the highest common
 * one. A component without a common version is left out: each node keeps its own.
 */
export function switchComponents(state: SequencerState): Components {
  const nodeIds = comparedNodes(state);
  const components: { name: string; versions: string[]; proposal: string }[] = [];
  for (const name of new Set(state.view.plan?.packages.map((planned) => planned.name) ?? [])) {
    const counts = new Map<string, number>();
    const holders = nodeIds.filter((nodeId) => {
      const found = packagesNow(state, nodeId).filter((installed) => installed.name === name);
      for (const version of new Set(found.map(formatEvr))) counts.set(version, (counts.get(version) ?? 0) + 1);
      return found.length > 0;
    });
    const common = [...counts]
      .filter(([, count]) => count === holders.length)
      .map(([version]) => version)
      .sort((a, b) => compareEvr(parseEvr(b), parseEvr(a)));
    if (holders.length > 0 && common[0] !== undefined) components.push({ name, versions: common, proposal: common[0] });
  }
  return components;
}
