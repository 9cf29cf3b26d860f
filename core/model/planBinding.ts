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

const boundChange = ({ packageName, action, from, to }: PlannedChange): BoundChange => ({
  package: packageName,
  action,
  ...(from === undefined ? {} : { from }),
  to,
});

/** What a plan is, as a plan file binds it. */
export function bindPlan(plan: JobPlan, made: { at: string; system: string }): Omit<PlanBinding, 'digest'> {
  const groups = new Map<string, { nodes: string[]; changes: BoundChange[] }>();
  for (const [nodeId, changes] of Object.entries(plan.nodes)) {
    const bound = changes.map(boundChange);
    const key = JSON.stringify(bound);
    const group = groups.get(key);
    if (group) group.nodes.push(nodeId);
    else groups.set(key, { nodes: [nodeId], changes: bound });
  }
  return {
    madeAt: made.at,
    system: made.system,
    ...(plan.release === undefined ? {} : { release: plan.release }),
    files: plan.packages.map(({ fileName, sha256 }) => ({ file: fileName, sha256 })),
    nodes: [...groups.values()],
  };
}

const versionText = (change: BoundChange | undefined): string => {
  if (!change) return 'nothing';
  const to = change.action === 'keep' ? 'stays' : `to ${change.to}`;
  return change.from === undefined ? `new, ${to}` : `${change.from} ${to}`;
};

/** Differences of one node, in words: what is planned now, and what was agreed on. */
function nodeDifferences(agreed: readonly BoundChange[], now: readonly BoundChange[]): string[] {
  const before = new Map(agreed.map((change) => [change.package, change]));
  const after = new Map(now.map((change) => [change.package, change]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [versionText(before.get(name)), versionText(after.get(name))];
    return was === is ? [] : [`${name}: ${was} -> ${is}`];
  });
}

const someNodes = (nodeIds: readonly string[]): string =>
  nodeIds.length <= 6 ? nodeIds.join(', ') : `${nodeIds.slice(0, 6).join(', ')} and ${nodeIds.length - 6} more nodes`;

/** In what a plan differs from what was agreed on, a line each; none: it is the same. Equal differences of nodes are one line. */
export function planDifferences(bound: PlanBinding, plan: JobPlan): string[] {
  const lines: string[] = [];
  if (bound.release !== plan.release) lines.push(`release: ${bound.release ?? 'none'} -> ${plan.release ?? 'none'}`);
  const files = new Map(plan.packages.map((planned) => [planned.fileName, planned.sha256]));
  for (const { file, sha256 } of bound.files) {
    const now = files.get(file);
    if (now === undefined) lines.push(`${file} is not in the plan`);
    else if (now !== sha256)
      lines.push(`${file}: another file, SHA-256 ${sha256.slice(0, 12)}... -> ${now.slice(0, 12)}...`);
    files.delete(file);
  }
  for (const file of files.keys()) lines.push(`${file} is in the plan and was not agreed on`);
  const agreed = new Map(
    bound.nodes.flatMap(({ nodes, changes }) => nodes.map((nodeId) => [nodeId, changes] as const)),
  );
  const folded = new Map<string, string[]>();
  const note = (difference: string, nodeId: string): void => {
    const nodes = folded.get(difference);
    if (nodes) nodes.push(nodeId);
    else folded.set(difference, [nodeId]);
  };
  for (const [nodeId, changes] of Object.entries(plan.nodes)) {
    const before = agreed.get(nodeId);
    agreed.delete(nodeId);
    if (!before) note('in the plan, and was not agreed on', nodeId);
    else for (const difference of nodeDifferences(before, changes.map(boundChange))) note(difference, nodeId);
  }
  for (const nodeId of agreed.keys()) note('not in the plan', nodeId);
  return [...lines, ...[...folded].map(([difference, nodes]) => `${someNodes(nodes)}: ${difference}`)];
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
