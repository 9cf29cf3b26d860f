import type { NodeType, ServiceState } from './node.ts';
import { servicesNotUp, servicesNotUpText } from './servicesNotUp.ts';

/** Names by which a person accepts a warning of the plan, with what each says. */
export const PLAN_WARNINGS = {
  'replaces-package': 'a package takes another one away',
  'no-way-back': 'the version before is not at hand',
  'goes-nowhere': 'a selected package goes to none of the nodes',
  'nodes-left-out': 'TPA or hot standby nodes do not take part',
  'services-not-up': 'a service is down, or not known to be up, before anything is done',
  reboots: 'nodes are rebooted',
  'master-stays-down': 'the master is rebooted, and putservices does not start at boot there',
  'same-machine': 'one machine stands in the inventory by several names',
  'clock-off': "the clock of a node is far from the master's",
  'differs-from-plan-file': 'the plan is another one than the plan file agreed on',
} as const satisfies Readonly<Record<string, string>>;
export type PlanWarningName = keyof typeof PLAN_WARNINGS;

export interface PlanWarning {
  readonly name: PlanWarningName;
  readonly message: string;
}

/** Warnings of a plan. Plans in the journals of older versions have them as texts alone. */
export function warningsOf(
  plan: { readonly warnings: readonly (PlanWarning | string)[] } | undefined,
): readonly { name: string; message: string }[] {
  return (plan?.warnings ?? []).map((warning) =>
    typeof warning === 'string' ? { name: 'warning', message: warning } : warning,
  );
}

interface PlanNode {
  readonly nodeId: string;
  readonly type: NodeType;
  readonly service?: { readonly name: string; readonly state: ServiceState } | undefined;
}

const inDatabase = ({ type }: Pick<PlanNode, 'type'>): boolean => type === 'TPA' || type === 'HSN';

/** What the engineer should know beside the warnings of the selection (what replaces what, what has no way back): the same for the plan of the master and for its preview. */
export function systemWarnings(what: {
  /** Nodes that take part, and all of the system. */
  readonly taking: readonly PlanNode[];
  readonly all: readonly PlanNode[];
}): PlanWarning[] {
  const more: PlanWarning[] = [];
  const taking = new Set(what.taking.map(({ nodeId }) => nodeId));
  const leftOut = what.all.filter((node) => inDatabase(node) && !taking.has(node.nodeId)).length;
  if (leftOut > 0) {
    const message = `${leftOut} TPA or hot standby ${leftOut === 1 ? 'node is' : 'nodes are'} left out; all of them belong in an install.`;
    more.push({ name: 'nodes-left-out', message });
  }
  const notUp = servicesNotUpText(servicesNotUp(what.taking));
  if (notUp !== undefined) {
    more.push({ name: 'services-not-up', message: `Before anything is done, ${notUp}. Start starts it there.` });
  }
  return more;
}
