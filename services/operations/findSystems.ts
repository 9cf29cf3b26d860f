import type { StepScreen } from '../../core/model/job.ts';
import { NODE_TYPES, type NodeType } from '../../core/model/node.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';

type Systems = (StepScreen & { stepId: 'group-nodes' })['systems'];

/**
 * The systems that the selected nodes form: nodes with exactly the same grouping key are one system. A system keeps the lowest number that
 * the inventory gives one of its nodes, as long as no system before it has that number; otherwise it gets the next free one.
 * Within a system, nodes are grouped by type.
 */
export function findSystems(state: SequencerState): Systems {
  const byKey = new Map<string, string[]>();
  for (const nodeId of Object.keys(state.view.nodes)) {
    const facts = state.facts[nodeId];
    if (!facts || state.leftOut[nodeId]) continue;
    const members = byKey.get(facts.groupingKey);
    if (members) members.push(nodeId);
    else byKey.set(facts.groupingKey, [nodeId]);
  }
  const wanted = new Map(state.inventory.map((entry) => [entry.nodeId, entry.system]));
  const taken = new Set<number>();
  const systems: { system: number; groupingKey: string; groups: { type: NodeType; nodeIds: string[] }[] }[] = [];
  for (const [groupingKey, nodeIds] of byKey) {
    let system = Math.min(...nodeIds.map((nodeId) => wanted.get(nodeId) ?? Infinity));
    if (!Number.isFinite(system) || taken.has(system)) {
      system = 1;
      while (taken.has(system) || [...wanted.values()].includes(system)) system += 1;
    }
    taken.add(system);
    const groups = NODE_TYPES.map((type) => ({
      type,
      nodeIds: nodeIds.filter((nodeId) => typeOf(state, nodeId) === type),
    })).filter((group) => group.nodeIds.length > 0);
    systems.push({ system, groupingKey, groups });
  }
  return systems.sort((a, b) => a.system - b.system);
}

/** The type that Group Nodes gave the node, or the inventory's. */
function typeOf(state: SequencerState, nodeId: string): NodeType {
  return state.view.nodes[nodeId]?.type ?? 'UNKNOWN';
}
