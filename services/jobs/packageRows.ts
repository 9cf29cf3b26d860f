import type { JobNode, JobPlan, PackageOutcome, PlannedPackage } from '../../core/model/job.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import type { Draft } from './Draft.ts';
import type { SequencerState } from './sequencerState.ts';

type Counter = 'successful' | 'fail' | 'ignored' | 'running' | 'waiting';

/** Which count of a package row an outcome belongs to; undefined: the node does not count, since nothing changes there. */
function counterOf(outcome: PackageOutcome | undefined): Counter | undefined {
  return outcome === undefined || outcome === 'unchanged' ? undefined : outcome;
}

/** What the changes call a planned package: its name, or with its architecture where two builds go to a node. */
function labelsOf({ name, fileName }: PlannedPackage, labels: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...(labels.get(fileName) ?? [name])];
}

/** Rows and outcomes of an accepted plan: everything waits. */
export function startPackageRows(draft: Draft<SequencerState>, plan: JobPlan): void {
  const view = draft.own(draft.root, 'view');
  const nodes = draft.own(view, 'nodes') as Record<string, JobNode>;
  const counts = new Map<string, number>();
  const labels = new Map<string, Set<string>>();
  for (const nodeId of Object.keys(nodes)) {
    const outcomes: Record<string, PackageOutcome> = {};
    for (const change of plan.nodes[nodeId] ?? []) {
      const changes = change.action !== 'keep';
      outcomes[change.packageName] = changes ? 'waiting' : 'unchanged';
      if (change.fileName !== undefined) {
        labels.set(change.fileName, (labels.get(change.fileName) ?? new Set()).add(change.packageName));
      }
      if (changes) counts.set(change.packageName, (counts.get(change.packageName) ?? 0) + 1);
    }
    draft.own(nodes, nodeId).outcomes = draft.fresh(outcomes);
  }
  const seen = new Set<string>();
  view.packages = draft.fresh(
    plan.packages
      .flatMap((planned) => labelsOf(planned, labels).map((label) => ({ label, planned })))
      .filter(({ label }) => !seen.has(label) && seen.add(label))
      .map(({ label, planned }) => {
        const nodesOfPackage = counts.get(label) ?? 0;
        return {
          packageName: label,
          version: formatEvr(planned),
          nodes: nodesOfPackage,
          successful: 0,
          fail: 0,
          ignored: 0,
          running: 0,
          waiting: nodesOfPackage,
        };
      }),
  );
}

/** Sets the outcome of one package on one node and moves the counts of its row. Packages outside the node's plan are left alone. */
export function setPackageOutcome(
  draft: Draft<SequencerState>,
  nodeId: string,
  packageName: string,
  outcome: PackageOutcome,
): void {
  const before = draft.root.view.nodes[nodeId]?.outcomes[packageName];
  if (before === undefined || before === outcome || before === 'unchanged' || outcome === 'unchanged') return;
  const view = draft.own(draft.root, 'view');
  const nodes = draft.own(view, 'nodes') as Record<string, JobNode>;
  const node = draft.own(nodes, nodeId);
  (draft.own(node, 'outcomes') as Record<string, PackageOutcome>)[packageName] = outcome;
  const index = view.packages.findIndex((row) => row.packageName === packageName);
  if (index < 0) return;
  const row = draft.own(draft.own(view, 'packages'), index);
  const from = counterOf(before);
  const to = counterOf(outcome);
  if (from) row[from] -= 1;
  if (to) row[to] += 1;
}

/** Sets the outcome of those packages of a node that are in one of the states `from`. */
export function moveOutcomes(
  draft: Draft<SequencerState>,
  nodeId: string,
  from: readonly PackageOutcome[],
  to: PackageOutcome,
): void {
  const outcomes = draft.root.view.nodes[nodeId]?.outcomes ?? {};
  for (const [packageName, outcome] of Object.entries(outcomes)) {
    if (from.includes(outcome)) setPackageOutcome(draft, nodeId, packageName, to);
  }
}
