import { clockWarnings } from './clockOff.ts';
import type { NodeFacts } from './node.ts';
import { foldNames } from './nodeNames.ts';
import type { PlanWarning } from './planWarnings.ts';

type WithFacts = { readonly nodeId: string; readonly facts?: Pick<NodeFacts, 'clockOffsetMs' | 'boot'> | undefined };

/** Machines that are named one by one; the others are counted. */
const MOST_NAMED = 5;

/** Names of one machine, of each machine that has several among these nodes. */
function namesOfOneMachine(nodes: readonly WithFacts[]): string[][] {
  const machines = new Map<string, Set<string>>();
  const there = new Set(nodes.map(({ nodeId }) => nodeId));
  for (const { nodeId, facts } of nodes) {
    for (const other of facts?.boot?.alsoNamed ?? []) {
      if (!there.has(other)) continue;
      // The first of them to be read did not know of the others.
      const names = new Set([nodeId, ...(machines.get(nodeId) ?? []), other, ...(machines.get(other) ?? [])]);
      for (const name of names) machines.set(name, names);
    }
  }
  return [...new Set(machines.values())].map((names) => [...names].sort());
}

/** Warns of machines that take part by several names: the work of one name is not kept apart from that of another there. */
export function sameMachineWarnings(nodes: readonly WithFacts[]): PlanWarning[] {
  const machines = namesOfOneMachine(nodes);
  if (machines.length === 0) return [];
  const named = machines
    .slice(0, MOST_NAMED)
    .map((names) => (names.length > MOST_NAMED ? foldNames(names).replaceAll(' ', ', ') : names.join(', ')));
  const more = machines.length > MOST_NAMED ? `; and ${machines.length - MOST_NAMED} more` : '';
  const what = machines.length === 1 ? 'one machine by several names' : 'each of these is one machine by several names';
  const message = `${named.join('; ')}${more}: ${what}. What is done there for one name is not kept apart from the other: choose one name of it in Select Nodes, and take the others out of the inventory.`;
  return [{ name: 'same-machine', message }];
}

/** What is to be known of the nodes of a job by what they said of themselves. */
export function factsWarnings(nodes: readonly WithFacts[]): PlanWarning[] {
  return [...sameMachineWarnings(nodes), ...clockWarnings(nodes)];
}
