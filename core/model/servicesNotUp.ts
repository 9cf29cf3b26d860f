import { briefNames } from './nodeNames.ts';
import type { ServiceState } from './node.ts';

interface WithService {
  readonly nodeId: string;
  readonly service?: { readonly name: string; readonly state: ServiceState } | undefined;
}

/** Nodes whose service was last seen down, and those where nobody knows; nodes of which no service is known are in neither. */
export interface ServicesNotUp {
  readonly down: readonly string[];
  readonly unknown: readonly string[];
  /** What the service is called, for texts. */
  readonly name: string;
}

/** The services that are not known to be up, of the nodes of a job or of a system. */
export function servicesNotUp(nodes: Iterable<WithService>): ServicesNotUp {
  const down: string[] = [];
  const unknown: string[] = [];
  const names = new Set<string>();
  for (const { nodeId, service } of nodes) {
    if (!service || service.state === 'up' || service.state === 'none') continue;
    (service.state === 'down' ? down : unknown).push(nodeId);
    names.add(service.name);
  }
  down.sort();
  unknown.sort();
  return { down, unknown, name: names.size === 1 ? ([...names][0] as string) : 'the service' };
}

/** So many names stand one by one; more are folded to ranges. */
const PLAIN_NAMES = 6;

/** `2 nodes (a, b)`; many are folded to ranges, and very many cut. */
export function countedNodes(nodeIds: readonly string[]): string {
  const count = nodeIds.length === 1 ? '1 node' : `${nodeIds.length} nodes`;
  return `${count} (${nodeIds.length <= PLAIN_NAMES ? nodeIds.join(', ') : briefNames(nodeIds)})`;
}

/** `practice-db is down on 2 nodes (a, b); on 1 node (c) it is not known whether it is up`; undefined where all are up. */
export function servicesNotUpText({ down, unknown, name }: ServicesNotUp): string | undefined {
  const parts: string[] = [];
  if (down.length > 0) parts.push(`${name} is down on ${countedNodes(down)}`);
  if (unknown.length > 0) {
    parts.push(
      down.length > 0
        ? `on ${countedNodes(unknown)} it is not known whether it is up`
        : `it is not known whether ${name} is up on ${countedNodes(unknown)}`,
    );
  }
  return parts.length === 0 ? undefined : parts.join('; ');
}
