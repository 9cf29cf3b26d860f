import { isJobOver, CELL_STATES, type CellState } from '../../core/model/job.ts';
import { foldNames } from '../../core/model/nodeNames.ts';
import type { InstalledPackage, NodeRow } from '../../core/model/node.ts';
import { byNumber } from '../../core/model/naturalOrder.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { nodeTypeName } from '../../core/model/nodeTypeWords.ts';
import { silentNodesText } from '../jobText.ts';
import { parsedBy, type SessionContext } from '../launch.ts';
import type { NodeStates } from '../nodeSelectors.ts';
import { formatTable, type Column } from '../output/table.ts';
import { agoText, mark, paintMark, plural, type Style } from '../output/words.ts';
import { splitList } from '../target.ts';
import { notReachedTexts } from './notReached.ts';

/** A node with what is shown of it beside its row. */
export interface ShownNode extends NodeRow {
  /** In the job that the list names; absent where it is none of its nodes. */
  readonly state?: CellState | undefined;
  readonly packages?: readonly InstalledPackage[];
}

export interface NodesShown {
  readonly nodes: readonly ShownNode[];
  readonly job: NodeStates | undefined;
}

export const cellStates = parsedBy((text: string): CellState[] =>
  splitList(text).map((word) => {
    const state = CELL_STATES.find((one) => one === word);
    if (state) return state;
    throw new PutError('usage', `${word} is not a state of a node; there are ${CELL_STATES.join(', ')}`);
  }),
);

type Compare = (a: ShownNode, b: ShownNode) => number;
const byText =
  (value: (node: ShownNode) => string): Compare =>
  (a, b) =>
    byNumber(value(a), value(b));

export const SORTS = {
  name: byText(({ nodeId }) => nodeId),
  type: byText(({ type }) => type),
  system: byText(({ system }) => String(system)),
  clique: byText(({ clique }) => String(clique ?? '')),
  state: (a, b) => CELL_STATES.indexOf(a.state ?? 'waiting') - CELL_STATES.indexOf(b.state ?? 'waiting'),
  seen: (a, b) => (a.seenAtMs ?? 0) - (b.seenAtMs ?? 0),
  packages: (a, b) => a.packageCount - b.packageCount,
  os: byText(({ os }) => os ?? ''),
} as const satisfies Record<string, Compare>;
export type NodeSort = keyof typeof SORTS;

/** By what a person said, then by name; `tpa-9` comes before `tpa-10`. */
export function sortNodes<N extends ShownNode>(nodes: readonly N[], by: NodeSort | undefined): N[] {
  const first = by === undefined ? SORTS.name : SORTS[by];
  return [...nodes].sort((a, b) => first(a, b) || SORTS.name(a, b));
}

/** The state that `--state` means: in the job, or where there was none whether it answers. */
export function stateToFilter({ state, reachable }: ShownNode, job: NodeStates | undefined): CellState | undefined {
  if (job) return state;
  return reachable === 'yes' ? 'ok' : reachable === 'no' ? 'unreachable' : 'unknown';
}

/** More nodes than this are shown with equal rows as one. */
const FOLDS_ABOVE = 24;

function reachText({ reachable }: NodeRow, style: Style): string {
  if (reachable === 'yes') return mark('ok', style, 'yes');
  return reachable === 'no' ? mark('unreachable', style, 'no') : mark('unknown', style);
}

const MINUTE_MS = 60_000;
/** Ages that equal nodes are told with, in words, each up to its end. */
const ROUGH_AGES: readonly (readonly [ms: number, words: string])[] = [
  [MINUTE_MS, 'under 1m ago'],
  [5 * MINUTE_MS, 'under 5m ago'],
  [15 * MINUTE_MS, 'under 15m ago'],
  [60 * MINUTE_MS, 'under 1h ago'],
  [4 * 60 * MINUTE_MS, 'under 4h ago'],
  [24 * 60 * MINUTE_MS, 'under 1d ago'],
  [7 * 24 * 60 * MINUTE_MS, 'under 7d ago'],
];

/** When a node was seen, so roughly that nodes of one look have the same words. */
function roughAge({ seenAtMs }: NodeRow, nowMs: number): string {
  if (seenAtMs === undefined) return 'never';
  if (seenAtMs > nowMs) return agoText(seenAtMs, nowMs);
  return ROUGH_AGES.find(([ms]) => nowMs - seenAtMs < ms)?.[1] ?? '7d ago or more';
}

const COLUMNS = {
  TYPE: {},
  SYSTEM: { align: 'right', yields: 5 },
  CLIQUE: { align: 'right', yields: 4 },
  STATE: {},
  REACHABLE: {},
  SEEN: {},
  SERVICE: {},
  OS: { shrinks: true, yields: 1 },
  PACKAGES: { align: 'right', yields: 3 },
} as const satisfies Record<string, Omit<Column, 'title'>>;

function table({ nodes, job }: NodesShown, context: SessionContext, each: boolean): string {
  const { style, columns } = context.host.terminal;
  const nowMs = context.masterNowMs();
  const ageOf = ({ seenAtMs }: NodeRow): string => (seenAtMs === undefined ? 'never' : agoText(seenAtMs, nowMs));
  const cellsOf = (node: ShownNode): string[] => [
    nodeTypeName(node.type),
    String(node.system),
    node.clique === undefined ? '-' : String(node.clique),
    ...(job ? [node.state === undefined ? '-' : mark(node.state, style)] : []),
    reachText(node, style),
    ageOf(node),
    node.service && node.service.state !== 'none' ? `${node.service.name} ${node.service.state}` : '-',
    node.os === undefined ? '-' : `${node.os} ${node.arch ?? ''}`.trim(),
    String(node.packageCount),
  ];
  const titles = Object.entries(COLUMNS).filter(([title]) => job || title !== 'STATE');
  const paint = paintMark(style);
  const more: Column[] = titles.map(([title, column]) => ({
    ...{ title, ...column },
    ...(title === 'STATE' || title === 'REACHABLE' ? { paint } : {}),
  }));
  if (each) {
    const first: Column[] = [
      { title: 'NODE', shrinks: 'middle' },
      { title: 'ADDRESS', shrinks: true, yields: 2 },
    ];
    const rows = nodes.map((node) => [node.nodeId, node.address, ...cellsOf(node)]);
    return formatTable([...first, ...more], rows, { columns });
  }
  const placeOf = (name: string): number => titles.findIndex(([title]) => title === name);
  const [seenAt, cliqueAt] = [placeOf('SEEN'), placeOf('CLIQUE')];
  const roughCellsOf = (node: ShownNode): string[] => cellsOf(node).with(seenAt, roughAge(node, nowMs));
  // Equal in all that is shown, and in why they were not reached, which is told below; of which cliques they are is told of all of them.
  const groups = Map.groupBy(nodes, (node) =>
    [...roughCellsOf(node).with(cliqueAt, ''), node.cause?.code ?? ''].join('\u0000'),
  );
  const rows = [...groups.values()].map((group) => {
    const cliques = foldNames(group.map(({ clique }) => (clique === undefined ? '-' : String(clique))));
    return [
      String(group.length),
      foldNames(group.map(({ nodeId }) => nodeId)),
      ...roughCellsOf(group[0] as ShownNode).with(cliqueAt, cliques),
    ];
  });
  const first: Column[] = [
    { title: 'COUNT', align: 'right' },
    { title: 'NODES', shrinks: true },
  ];
  return formatTable([...first, ...more], rows, { columns });
}

function jobLine({ head, stepId }: NodeStates): string {
  const how = isJobOver(head.state) ? 'as it ended' : `at ${head.steps[stepId ?? '']?.title ?? 'no step yet'}`;
  return `STATE: in job ${head.jobNumber}, ${how}.`;
}

/** `known`: how many nodes the system has. */
export function nodesText(
  shown: NodesShown,
  context: SessionContext,
  options: { each?: boolean | undefined },
  known: number,
): string {
  const { nodes, job } = shown;
  // What a running job says of its nodes is told all the same.
  if (known === 0 && !job) return 'No nodes are named yet. Next: putctl inventory add, import or probe';
  const { style, columns } = context.host.terminal;
  const each = options.each === true || nodes.length <= FOLDS_ABOVE || nodes.some(({ packages }) => packages);
  const parts = [nodes.length === 0 ? 'No node is as asked for.' : table(shown, context, each)];
  if (nodes.length > 0 && !each)
    parts.push(
      `${plural(nodes.length, 'node')}, equal ones on one line. --each shows every node, and when exactly it was seen.`,
    );
  parts.push(...notReachedTexts(nodes));
  if (job && nodes.length > 0) parts.push(jobLine(job));
  if (nodes.some(({ packages }) => packages)) {
    const rows = nodes.flatMap((node) =>
      (node.packages ?? []).map((one, at) => [at === 0 ? node.nodeId : '', one.name, formatEvr(one), one.arch]),
    );
    const titles = [{ title: 'NODE' }, { title: 'PACKAGE' }, { title: 'VERSION' }, { title: 'ARCH' }];
    parts.push(formatTable(titles, rows, { columns }));
  }
  const silent = job && !isJobOver(job.head.state) ? silentNodesText(job.head, context.masterNowMs()) : undefined;
  if (silent !== undefined) parts.push(`${mark('running', style, 'silent')}: ${silent}`);
  const notUp = servicesNotUpText(servicesNotUp(nodes));
  if (notUp !== undefined) parts.push(`${printable(notUp)}. Next: putctl nodes start-services`);
  const faults = nodes.flatMap((node) =>
    (node.faults ?? []).map(
      (fault) => `${fault.nodeId}: ${fault.kind} at ${fault.stepId}, ${plural(fault.times, 'time')}`,
    ),
  );
  if (faults.length > 0) parts.push(`Practice faults to come:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return parts.join('\n\n');
}
