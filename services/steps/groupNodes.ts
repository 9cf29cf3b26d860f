import { z } from 'zod';
import { compareGroupNames, type GroupName } from '../../core/model/groupName.ts';
import { factsWarnings } from '../../core/model/factsWarnings.ts';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { NODE_TYPES, type NodeType } from '../../core/model/node.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { takingPart, type JobSoFar } from './JobSoFar.ts';
import type { AskKind } from './StepKind.ts';

type Systems = ScreenOf<'group-nodes'>['systems'];

/** The systems that the nodes form, and the types of nodes, to be confirmed or changed. */
export const groupNodes: AskKind<object, ScreenOf<'group-nodes'>, AnswerOf<'group-nodes'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: ({ job }) => {
    const warnings = factsWarnings(takingPart(job)).map(({ message }) => message);
    return { screen: { systems: findSystems(job), ...(warnings.length > 0 ? { warnings } : {}) } };
  },
  judge: ({ job }, screen, answer) => {
    const stranger = Object.keys(answer.types).find((nodeId) => !job.member(nodeId));
    if (stranger !== undefined) {
      throw new PutError('node-unknown', `node ${stranger} is not selected`, { nodeId: stranger });
    }
    const assign: Record<string, { type?: NodeType; system?: GroupName }> = {};
    for (const { system, groups } of screen.systems) {
      for (const nodeId of groups.flatMap((group) => group.nodeIds)) assign[nodeId] = { system };
    }
    for (const [nodeId, type] of Object.entries(answer.types)) assign[nodeId] = { ...assign[nodeId], type };
    return { answer, effects: { assign } };
  },
};

/**
 * The systems that the selected nodes form: nodes with exactly the same grouping key are one system. A system keeps the first number or name, in
 * the order of people, that the inventory gives one of its nodes, as long as no system before it has that; otherwise it gets the next free number.
 * Within a system, nodes are grouped by type.
 */
export function findSystems(job: JobSoFar): Systems {
  const byKey = new Map<string, { nodeId: string; type: NodeType }[]>();
  for (const { nodeId, type, facts } of takingPart(job)) {
    if (!facts) continue;
    const members = byKey.get(facts.groupingKey);
    if (members) members.push({ nodeId, type });
    else byKey.set(facts.groupingKey, [{ nodeId, type }]);
  }
  const wanted = new Map(job.inventory.map((entry) => [entry.nodeId, entry.system]));
  const named = new Set(wanted.values());
  const taken = new Set<GroupName>();
  const systems: { system: GroupName; groupingKey: string; groups: { type: NodeType; nodeIds: string[] }[] }[] = [];
  for (const [groupingKey, members] of byKey) {
    const wishes = new Set(members.flatMap(({ nodeId }) => wanted.get(nodeId) ?? []));
    let [system] = [...wishes].sort(compareGroupNames);
    if (system === undefined || taken.has(system)) {
      let free = 1;
      while (taken.has(free) || named.has(free)) free += 1;
      system = free;
    }
    taken.add(system);
    const groups = NODE_TYPES.map((type) => ({
      type,
      nodeIds: members.filter((member) => member.type === type).map((member) => member.nodeId),
    })).filter((group) => group.nodeIds.length > 0);
    systems.push({ system, groupingKey, groups });
  }
  return systems.sort((a, b) => compareGroupNames(a.system, b.system));
}
