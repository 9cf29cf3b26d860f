import type { JobPlan, PlannedChange } from '../../core/model/job.ts';
import { foldNames } from '../../core/model/nodeNames.ts';

/** Why a change is to be read first. `differs`: most nodes that get this package get it otherwise. */
export type PlanException = 'no-way-back' | 'takes-away' | 'differs';

/** One change of one package, with the nodes that it is made on. */
export interface PlanRow {
  readonly key: string;
  readonly change: PlannedChange;
  readonly nodes: number;
  readonly exceptions: readonly PlanException[];
  /** The nodes, neighbours as ranges; made when it is asked for, since there may be thousands. */
  readonly names: () => string;
  readonly has: (nodeId: string) => boolean;
}

export interface PlanRows {
  readonly exceptions: readonly PlanRow[];
  /** What most nodes get, in order of installation. */
  readonly usual: readonly PlanRow[];
  /** What stays as it is. */
  readonly kept: readonly PlanRow[];
}

const keyOf = ({ packageName, action, from, to, wayBack, beside, replaces }: PlannedChange): string =>
  JSON.stringify([packageName, action, from ?? '', to, wayBack, beside ?? false, replaces ?? []]);

interface Made {
  readonly key: string;
  readonly change: PlannedChange;
  readonly lists: (readonly string[])[];
  nodes: number;
}

/** Every change once with its nodes: what is out of the ordinary, what most nodes get, what stays. */
export function planRows(plan: Pick<JobPlan, 'nodes'>): PlanRows {
  // Nodes that are alike have one list of changes, so that thousands of them are looked at as one.
  const alike = Map.groupBy(Object.keys(plan.nodes), (nodeId) => plan.nodes[nodeId] ?? []);
  const made = new Map<string, Made>();
  for (const [changes, nodeIds] of alike) {
    for (const change of changes) {
      const key = keyOf(change);
      const row = made.get(key) ?? { key, change, lists: [], nodes: 0 };
      row.lists.push(nodeIds);
      row.nodes += nodeIds.length;
      made.set(key, row);
    }
  }
  const mostOf = new Map<string, number>();
  for (const { change, nodes } of made.values()) {
    if (change.action !== 'keep') mostOf.set(change.packageName, Math.max(mostOf.get(change.packageName) ?? 0, nodes));
  }
  const texts = new Map<string, string>();
  const rows = [...made.values()].map(({ key, change, lists, nodes }): PlanRow => {
    const of = lists.map((list) => `${list[0]} ${list.length}`).join(' ');
    const sets = lists.map((list) => new Set(list));
    return {
      ...{ key, change, nodes, exceptions: exceptionsOf(change, nodes < (mostOf.get(change.packageName) ?? 0)) },
      names: () => {
        const text = texts.get(of) ?? foldNames(lists.flat());
        texts.set(of, text);
        return text;
      },
      has: (nodeId) => sets.some((set) => set.has(nodeId)),
    };
  });
  const kept = rows.filter(({ change }) => change.action === 'keep');
  const changes = rows.filter(({ change }) => change.action !== 'keep');
  const exceptions = changes.filter((row) => row.exceptions.length > 0);
  const urgency = ({ exceptions: [first] }: PlanRow): number =>
    first === undefined ? 3 : ['no-way-back', 'takes-away', 'differs'].indexOf(first);
  return {
    exceptions: exceptions.toSorted((a, b) => urgency(a) - urgency(b) || a.nodes - b.nodes),
    usual: changes.filter((row) => row.exceptions.length === 0),
    kept,
  };
}

function exceptionsOf(change: PlannedChange, fewer: boolean): PlanException[] {
  if (change.action === 'keep') return [];
  return [
    // What was not there before is taken away again by its removal; only an upgrade needs the version before.
    ...(change.wayBack ? [] : (['no-way-back'] as const)),
    ...((change.replaces?.length ?? 0) > 0 ? (['takes-away'] as const) : []),
    ...(fewer ? (['differs'] as const) : []),
  ];
}
