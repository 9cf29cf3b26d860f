import type { JobPlan, PlannedChange } from '../../core/model/job.ts';
import { byName } from '../components/format.ts';

interface SameNodes {
  readonly nodeIds: string[];
  readonly changes: readonly PlannedChange[];
}

/** Nodes with the same changes in the same order, folded into one block. */
export function foldPlan(plan: JobPlan): SameNodes[] {
  const bySignature = new Map<string, SameNodes>();
  for (const nodeId of Object.keys(plan.nodes).sort(byName)) {
    const changes = plan.nodes[nodeId] ?? [];
    const signature = JSON.stringify(
      changes.map((c) => [c.packageName, c.action, c.from ?? '', c.to, c.wayBack, c.replaces ?? []]),
    );
    const same = bySignature.get(signature);
    if (same) same.nodeIds.push(nodeId);
    else bySignature.set(signature, { nodeIds: [nodeId], changes });
  }
  return [...bySignature.values()];
}
