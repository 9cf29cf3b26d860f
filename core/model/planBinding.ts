import { z } from 'zod';
import type { JobPlan, PlannedChange } from './job.ts';

const text = z.string().min(1).max(400);

/** What a plan file agreed on: a run whose plan differs is another one. Nodes that are alike stand together. */
export const planBindingSchema = z.strictObject({
  /** When the plan was made, and for which system. */
  madeAt: text,
  system: text,
  release: text.optional(),
  files: z.array(z.strictObject({ file: text, sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(10_000),
  nodes: z
    .array(
      z.strictObject({
        nodes: z.array(text).min(1).max(100_000),
        changes: z
          .array(
            z.strictObject({
              package: text,
              action: z.enum(['install', 'upgrade', 'keep']),
              /** The version on the nodes when the plan was made; absent where there was none. */
              from: text.optional(),
              to: text,
              /** No kept package brings the version of before back. */
              withoutWayBack: z.literal(true).optional(),
            }),
          )
          .max(10_000),
      }),
    )
    .max(100_000),
  /** SHA-256 over the whole plan file but this line. */
  digest: text,
});
export type PlanBinding = z.output<typeof planBindingSchema>;
type BoundChange = PlanBinding['nodes'][number]['changes'][number];

const boundChange = ({ packageName, action, from, to, wayBack }: PlannedChange): BoundChange => ({
  package: packageName,
  action,
  ...(from === undefined ? {} : { from }),
  to,
  ...(action === 'keep' || wayBack ? {} : { withoutWayBack: true }),
});

/** What a plan is, as a plan file binds it. Nodes that are alike have one list of changes, which is looked at once. */
export function bindPlan(
  plan: Pick<JobPlan, 'nodes' | 'packages' | 'release'>,
  made: { at: string; system: string },
): Omit<PlanBinding, 'digest'> {
  interface Group {
    readonly nodes: string[];
    readonly changes: BoundChange[];
  }
  const groups = new Map<string, Group>();
  const known = new Map<readonly PlannedChange[], Group>();
  for (const [nodeId, changes] of Object.entries(plan.nodes)) {
    let group = known.get(changes);
    if (!group) {
      const bound = changes.map(boundChange);
      const key = JSON.stringify(bound);
      group = groups.get(key) ?? { nodes: [], changes: bound };
      groups.set(key, group);
      known.set(changes, group);
    }
    group.nodes.push(nodeId);
  }
  return {
    madeAt: made.at,
    system: made.system,
    ...(plan.release === undefined ? {} : { release: plan.release }),
    files: plan.packages.map(({ fileName, sha256 }) => ({ file: fileName, sha256 })),
    nodes: [...groups.values()],
  };
}

/** One difference of two plans; equal ones of several nodes are one. */
export interface PlanDifference {
  readonly part: 'release' | 'file' | 'package' | 'node' | 'setting' | 'answer';
  /** The file, package, setting or answer. */
  readonly name: string;
  /** In words; absent where it is not there. Of a file its SHA-256. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** The nodes that differ so. */
  readonly nodeIds?: readonly string[] | undefined;
}

const versionText = (change: BoundChange | undefined, tellWayBack: boolean): string => {
  if (!change) return 'nothing';
  const back = tellWayBack && change.withoutWayBack ? ', without a way back' : '';
  const to = change.action === 'keep' ? 'stays' : `to ${change.to}${back}`;
  return change.from === undefined ? `new, ${to}` : `${change.from} ${to}`;
};

/** Packages that two lists of changes handle differently. */
function changeDifferences(before: readonly BoundChange[], after: readonly BoundChange[]): PlanDifference[] {
  const was = new Map(before.map((change) => [change.package, change]));
  const is = new Map(after.map((change) => [change.package, change]));
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name): PlanDifference[] => {
    const [before, after] = [was.get(name), is.get(name)];
    // What is alike on both sides is no difference: only a way back that came or went is told, or that of a package which is new in the plan.
    const tellWayBack = before?.withoutWayBack !== after?.withoutWayBack;
    const [from, to] = [versionText(before, tellWayBack), versionText(after, tellWayBack)];
    return from === to ? [] : [{ part: 'package', name, before: from, after: to }];
  });
}

type Bound = Pick<PlanBinding, 'release' | 'files' | 'nodes'>;

function fileDifferences(before: Bound, after: Bound): PlanDifference[] {
  const files = new Map(after.files.map(({ file, sha256 }) => [file, sha256]));
  const differences: PlanDifference[] = [];
  for (const { file, sha256 } of before.files) {
    const now = files.get(file);
    if (now !== sha256) differences.push({ part: 'file', name: file, before: sha256, after: now });
    files.delete(file);
  }
  for (const [name, sha256] of files) differences.push({ part: 'file', name, after: sha256 });
  return differences;
}

/** In what two plans differ: release, files, and what becomes of the packages of each node. Costs by groups of nodes that are alike, not by nodes. */
export function boundDifferences(before: Bound, after: Bound): PlanDifference[] {
  const groupOf = new Map(before.nodes.flatMap(({ nodes }, at) => nodes.map((nodeId) => [nodeId, at] as const)));
  const pairs = new Map<string, PlanDifference[]>();
  const folded = new Map<string, { readonly difference: PlanDifference; readonly nodeIds: string[] }>();
  const note = (difference: PlanDifference, nodeId: string): void => {
    const key = JSON.stringify([difference.part, difference.name, difference.before, difference.after]);
    const group = folded.get(key);
    if (group) group.nodeIds.push(nodeId);
    else folded.set(key, { difference, nodeIds: [nodeId] });
  };
  for (const [at, { nodes, changes }] of after.nodes.entries()) {
    for (const nodeId of nodes) {
      const was = groupOf.get(nodeId);
      groupOf.delete(nodeId);
      if (was === undefined) {
        note({ part: 'node', name: '', after: 'in the plan' }, nodeId);
        continue;
      }
      const key = `${was} ${at}`;
      const differences = pairs.get(key) ?? changeDifferences(before.nodes[was]?.changes ?? [], changes);
      pairs.set(key, differences);
      for (const difference of differences) note(difference, nodeId);
    }
  }
  for (const nodeId of groupOf.keys()) note({ part: 'node', name: '', before: 'in the plan' }, nodeId);
  return [
    ...(before.release === after.release
      ? []
      : [{ part: 'release' as const, name: 'release', before: before.release, after: after.release }]),
    ...fileDifferences(before, after),
    ...[...folded.values()].map(({ difference, nodeIds }) => ({ ...difference, nodeIds })),
  ];
}

const someNodes = (nodeIds: readonly string[]): string =>
  nodeIds.length <= 6 ? nodeIds.join(', ') : `${nodeIds.slice(0, 6).join(', ')} and ${nodeIds.length - 6} more nodes`;

/** A difference in words: as it was agreed on or before -> as it is now. */
export function differenceText({ part, name, before, after, nodeIds = [] }: PlanDifference): string {
  switch (part) {
    case 'file': {
      if (after === undefined) return `${name} is not in the plan`;
      if (before === undefined) return `${name} is in the plan and was not agreed on`;
      return `${name}: another file, SHA-256 ${before.slice(0, 12)}... -> ${after.slice(0, 12)}...`;
    }
    case 'node':
      return `${someNodes(nodeIds)}: ${after === undefined ? 'not in the plan' : 'in the plan, and was not agreed on'}`;
    case 'package':
      return `${someNodes(nodeIds)}: ${name}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`;
    case 'setting':
      return `setting ${name}: ${before ?? 'not set'} -> ${after ?? 'not set'}`;
    default:
      return `${name}: ${before ?? 'none'} -> ${after ?? 'none'}`;
  }
}

/** In what a plan differs from what was agreed on, a line each; none: it is the same. Equal differences of nodes are one line. */
export function planDifferences(bound: Bound, plan: JobPlan): string[] {
  return boundDifferences(bound, bindPlan(plan, { at: '', system: '' })).map(differenceText);
}

/** Differences that are told one by one. */
const MOST_DIFFERENCES = 20;

/** Differences in words: one a line, as they were agreed on and as they are now. */
export function differencesText(differences: readonly string[]): string {
  const more = differences.length - MOST_DIFFERENCES;
  return [
    'It is another plan than the plan file agreed on (agreed -> now):',
    ...differences.slice(0, MOST_DIFFERENCES),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n');
}
