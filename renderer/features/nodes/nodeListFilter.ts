import type { NodeRow } from '../../../core/model/node.ts';
import type { SystemNodesFilter } from '../../stores/filters.ts';
import { t } from '../../texts/en.ts';

/** What a node is found by: its name, address, type, software, service, and why it is not reached. */
const textsOf = ({ nodeId, address, type, os, arch, service, cause }: NodeRow): readonly (string | undefined)[] => [
  ...[nodeId, address, t.nodeTypes[type], type, os, arch, cause?.message],
  ...(service && service.state !== 'none' ? [`${service.name} ${t.nodes.service[service.state]}`] : []),
];

/** The nodes of a system that are looked for. */
export function filterNodes(nodes: readonly NodeRow[], filter: SystemNodesFilter): readonly NodeRow[] {
  const wanted = filter.find.trim().toLowerCase();
  const { reachable } = filter;
  if (wanted === '' && reachable === '') return nodes;
  return nodes.filter(
    (node) =>
      (reachable === '' || node.reachable === reachable) &&
      (wanted === '' || textsOf(node).some((text) => text?.toLowerCase().includes(wanted))),
  );
}
