import type { JobPlan, PlannedChange } from '../core/model/job.ts';
import { builtInSteps } from '../core/model/operation.ts';
import { foldNames } from '../core/model/nodeNames.ts';
import { warningsOf } from '../core/model/planWarnings.ts';
import { printable, printableUnder } from '../core/model/strangerText.ts';
import { waveText } from '../core/model/waves.ts';
import { formatTable, type Column } from './output/table.ts';
import { mark, plural } from './output/words.ts';
import type { Terminal } from './Terminal.ts';

/** Plans of more nodes are told by package, those of fewer by node. */
const BY_PACKAGE_ABOVE = 24;

const CHANGE_COLUMNS: readonly Column[] = [
  { title: 'PACKAGE' },
  { title: 'ACTION' },
  { title: 'FROM', shrinks: true },
  { title: 'TO', shrinks: true },
  { title: 'WAY BACK' },
];

const changeCells = ({ packageName, action, from, to, wayBack, beside }: PlannedChange): string[] => [
  packageName,
  action,
  // Kernels stay, however many there are.
  from ?? (beside ? 'beside others' : 'none'),
  to,
  action === 'keep' ? '' : wayBack ? 'yes' : 'no way back',
];

/** Nodes whose changes are alike, in the order of their first one. */
function alike(plan: JobPlan): { nodeIds: string[]; changes: readonly PlannedChange[] }[] {
  const groups = new Map<string, { nodeIds: string[]; changes: readonly PlannedChange[] }>();
  for (const [nodeId, changes] of Object.entries(plan.nodes)) {
    const key = JSON.stringify(changes.map((one) => [one.packageName, one.action, one.from, one.to, one.wayBack]));
    const group = groups.get(key);
    if (group) group.nodeIds.push(nodeId);
    else groups.set(key, { nodeIds: [nodeId], changes });
  }
  return [...groups.values()];
}

/** What becomes of the nodes, those that are alike together. */
function byNode(plan: JobPlan, { columns }: Terminal): string {
  const groups = alike(plan).map(({ nodeIds, changes }) => {
    const head = `${plural(nodeIds.length, 'node')}: ${printable(foldNames(nodeIds))}`;
    if (changes.length === 0) return `${head}\nnothing to do`;
    return `${head}\n${formatTable(CHANGE_COLUMNS, changes.map(changeCells), { columns })}`;
  });
  return groups.join('\n\n');
}

/** The short form: a line for each change of a package with its nodes, what has no way back first, then what most nodes get. */
function byPackage(plan: JobPlan, { columns }: Terminal): string {
  const rows = new Map<string, { change: PlannedChange; nodeIds: string[] }>();
  const idle: string[] = [];
  for (const { nodeIds, changes } of alike(plan)) {
    if (changes.every(({ action }) => action === 'keep')) idle.push(...nodeIds);
    for (const change of changes) {
      if (change.action === 'keep') continue;
      const key = changeCells(change).join('\u0000');
      const row = rows.get(key) ?? { change, nodeIds: [] };
      row.nodeIds.push(...nodeIds);
      rows.set(key, row);
    }
  }
  const all = Object.keys(plan.nodes).length;
  const sorted = [...rows.values()].sort(
    (a, b) => Number(a.change.wayBack) - Number(b.change.wayBack) || b.nodeIds.length - a.nodeIds.length,
  );
  const table = formatTable(
    [{ title: 'COUNT', align: 'right' }, ...CHANGE_COLUMNS, { title: 'NODES', shrinks: true }],
    sorted.map(({ change, nodeIds }) => [
      String(nodeIds.length),
      ...changeCells(change),
      nodeIds.length === all ? 'all' : foldNames(nodeIds),
    ]),
    { columns },
  );
  const nothing =
    idle.length === 0 ? [] : [`Nothing to do on ${plural(idle.length, 'node')}: ${printable(foldNames(idle))}`];
  return [...(sorted.length > 0 ? [table] : []), ...nothing].join('\n\n');
}

/** How many changes of these kinds a plan has, over all nodes. */
function countChanges(plan: JobPlan, ...actions: readonly PlannedChange['action'][]): number {
  // Nodes that are alike have one list of changes.
  const lists = Map.groupBy(Object.values(plan.nodes), (changes) => changes);
  return [...lists].reduce(
    (sum, [changes, nodes]) => sum + nodes.length * changes.filter((one) => actions.includes(one.action)).length,
    0,
  );
}

/** Whether a plan changes anything. */
export const changesSomething = (plan: JobPlan): boolean => countChanges(plan, 'install', 'upgrade') > 0;

/** The title of a step of the operations that are built in; of another one, its id. */
const titleOf = (stepId: string): string => printable(builtInSteps().find(({ id }) => id === stepId)?.title ?? stepId);

/** A plan: what to know before, what changes on which nodes, then how. `each`: by node, however many there are. */
export function planText(
  plan: JobPlan,
  terminal: Terminal,
  { each = false }: { readonly each?: boolean | undefined } = {},
): string {
  const { style } = terminal;
  const count = (...actions: readonly PlannedChange['action'][]): number => countChanges(plan, ...actions);
  const nodes = Object.keys(plan.nodes).length;
  const release = plan.release === undefined ? 'packages of the library' : `release ${plan.release}`;
  const short = !each && nodes > BY_PACKAGE_ABOVE;
  const warnings = warningsOf(plan).map(
    ({ name, message }) => `${mark('warned', style, 'warning')} (${name}): ${printableUnder(message, '    ')}`,
  );
  return [
    `Plan: ${release}, ${plan.mode} mode, spool area ${plan.spoolArea}`,
    ...warnings,
    '',
    short ? byPackage(plan, terminal) : byNode(plan, terminal),
    '',
    `${plural(nodes, 'node')}, ${plural(count('install', 'upgrade'), 'change')}: ${count('install')} to install, ${count('upgrade')} to upgrade; ${count('keep')} to keep.`,
    ...plan.skips.map((skip) => `${mark('skipped', style)}: ${titleOf(skip.stepId)}, ${skip.reason}`),
    ...(plan.waves ?? []).map((wave, at) => printable(waveText(wave, at + 1, plan.stopBefore ?? []))),
    ...(plan.stops ?? []).map(printable),
    `After ${titleOf(plan.pointOfNoReturn)} there is no way back but rollback.`,
    ...(plan.notes ?? []).map(printable),
  ].join('\n');
}
