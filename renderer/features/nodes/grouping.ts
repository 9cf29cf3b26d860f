import { STATES_BY_NEED } from '../../../core/model/cellCounts.ts';
import { compareGroupNames, type GroupName } from '../../../core/model/groupName.ts';
import type { Cell, CellState } from '../../../core/model/job.ts';
import type { JobNodeRow, Sharded } from '../../../core/model/jobParts.ts';
import { NODE_TYPES } from '../../../core/model/node.ts';
import { silentText } from '../../../core/model/silence.ts';
import { byName } from '../../components/format.ts';
import type { Grouping } from '../../stores/viewSlice.ts';
import { t } from '../../texts/en.ts';

/** A node of a step with its cell; what every view of the nodes shows. */
export interface NodeCell {
  readonly node: JobNodeRow;
  readonly cell: Cell;
}

export interface NodeGroup {
  readonly key: string;
  readonly title: string;
  /** How many, and of which types. */
  readonly note: string;
  readonly cells: readonly NodeCell[];
}

/** The nodes of a job stay the same while their states change, so their order is kept. */
const inOrder = new WeakMap<object, readonly { readonly node: JobNodeRow; readonly shard: string }[]>();

/** Nodes in natural order, each with the shard it is in. */
function inNaturalOrder(nodes: Sharded<JobNodeRow>): readonly { readonly node: JobNodeRow; readonly shard: string }[] {
  let ordered = inOrder.get(nodes);
  if (!ordered) {
    ordered = Object.entries(nodes.shards)
      .flatMap(([shard, rows]) => Object.values(rows).map((node) => ({ node, shard })))
      .sort((a, b) => byName(a.node.nodeId, b.node.nodeId));
    inOrder.set(nodes, ordered);
  }
  return ordered;
}

/** Nodes of a step that pass the state filter and the search, in natural order; none until both parts have come. */
export function shownCells(
  nodes: Sharded<JobNodeRow> | undefined,
  cells: Sharded<Cell> | undefined,
  stateFilter: readonly CellState[],
  find: string,
): NodeCell[] {
  if (!nodes || !cells) return [];
  const wanted = find.trim().toLowerCase();
  const shown: NodeCell[] = [];
  for (const { node, shard } of inNaturalOrder(nodes)) {
    const cell = cells.shards[shard]?.[node.nodeId];
    if (!cell) continue;
    if (stateFilter.length > 0 && !stateFilter.includes(cell.state)) continue;
    if (wanted !== '' && !matches(node, cell, wanted)) continue;
    shown.push(nodeCell(node, cell));
  }
  return shown;
}

/** Of each node as it was shown last. */
const madeLast = new WeakMap<JobNodeRow, NodeCell>();

/** The same object while the cell is, so that what shows it is not drawn again. */
function nodeCell(node: JobNodeRow, cell: Cell): NodeCell {
  const last = madeLast.get(node);
  if (last?.cell === cell) return last;
  const made = { node, cell };
  madeLast.set(node, made);
  return made;
}

/** What a node is found by that does not change; small letters. */
const nodeTexts = new WeakMap<JobNodeRow, string>();

function nodeText(node: JobNodeRow): string {
  let text = nodeTexts.get(node);
  if (text === undefined) {
    text = `${node.nodeId} ${node.address} ${t.nodeTypes[node.type]} ${node.type}`.toLowerCase();
    nodeTexts.set(node, text);
  }
  return text;
}

/** `wanted` in small letters. What is told of most cells is their state, so that little is put into small letters here. */
function matches(node: JobNodeRow, cell: Cell, wanted: string): boolean {
  if (nodeText(node).includes(wanted) || t.states[cell.state].includes(wanted)) return true;
  const { cause, ignoreReason, skipReason } = cell;
  if (!cause && ignoreReason === undefined && skipReason === undefined) return false;
  return `${cause?.message ?? ''} ${cause?.packageName ?? ''} ${ignoreReason ?? ''} ${skipReason ?? ''}`
    .toLowerCase()
    .includes(wanted);
}

/** What a group is sorted by, from the left; a group without any comes last. */
type GroupOrder = readonly GroupName[];

function compareOrders(a: GroupOrder, b: GroupOrder): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [i, one] of a.entries()) {
    const order = compareGroupNames(one, b[i] ?? one);
    if (order !== 0) return order;
  }
  return 0;
}

function keyOf({ node, cell }: NodeCell, grouping: Grouping): { key: string; order: GroupOrder; title: string } {
  switch (grouping) {
    case 'clique':
      return node.clique === undefined
        ? { key: 'none', order: [], title: t.operation.noClique }
        : {
            key: `${node.system}/${node.clique}`,
            order: [node.system, node.clique],
            title: t.operation.clique(node.clique),
          };
    case 'type':
      return { key: node.type, order: [NODE_TYPES.indexOf(node.type)], title: t.nodeTypes[node.type] };
    case 'system':
      return { key: String(node.system), order: [node.system], title: t.operation.system(node.system) };
    case 'wave':
      return node.wave === undefined
        ? { key: 'none', order: [], title: t.operation.noWave }
        : { key: String(node.wave), order: [node.wave], title: t.operation.wave(node.wave) };
    case 'state':
      return { key: cell.state, order: [STATES_BY_NEED.indexOf(cell.state)], title: t.states[cell.state] };
  }
}

/** The cells in groups, each group with what it holds. */
export function groupCells(cells: readonly NodeCell[], grouping: Grouping): NodeGroup[] {
  const groups = new Map<string, { order: GroupOrder; title: string; cells: NodeCell[] }>();
  for (const item of cells) {
    const { key, order, title } = keyOf(item, grouping);
    const group = groups.get(key);
    if (group) group.cells.push(item);
    else groups.set(key, { order, title, cells: [item] });
  }
  // Cliques are named within a system: with several systems on the screen the system is named too.
  const cliqueSystems = new Set(cells.filter(({ node }) => node.clique !== undefined).map(({ node }) => node.system));
  if (grouping === 'clique' && cliqueSystems.size > 1) {
    for (const group of groups.values()) {
      const node = group.cells[0]?.node;
      if (node?.clique !== undefined) group.title = `${t.operation.system(node.system)}, ${group.title}`;
    }
  }
  return [...groups]
    .sort(([, a], [, b]) => compareOrders(a.order, b.order))
    .map(([key, group]) => ({ key, title: group.title, note: noteOf(group.cells, grouping), cells: group.cells }));
}

function noteOf(cells: readonly NodeCell[], grouping: Grouping): string {
  if (grouping === 'type') return t.operation.groupCount(cells.length, '');
  const there = new Set(cells.map(({ node }) => node.type));
  const types = NODE_TYPES.filter((type) => there.has(type));
  return t.operation.groupCount(cells.length, types.map((type) => t.nodeTypes[type]).join(', '));
}

/** Short name for a cell of the map: the number at the end where every node has one, else the whole name. */
export function shortNames(cells: readonly NodeCell[]): (nodeId: string) => string {
  const suffixes = cells.map(({ node }) => /(\d+)$/.exec(node.nodeId)?.[1]);
  const prefixes = new Set(cells.map(({ node }) => node.nodeId.replace(/\d+$/, '')));
  const short = cells.length > 40 && prefixes.size === 1 && suffixes.every((suffix) => suffix !== undefined);
  return short ? (nodeId) => /(\d+)$/.exec(nodeId)?.[1] ?? nodeId : (nodeId) => nodeId;
}

/** Why a cell is as it is, in words; undefined where nothing is to be said. */
export function whatHappened(cell: Cell): string | undefined {
  return cell.cause?.message ?? cell.ignoreReason ?? cell.skipReason;
}

/** What a cell says to a screen reader and under the pointer; `nowMs` by the master's clock, for how long it is silent. */
export function cellLabel({ node, cell }: NodeCell, nowMs: number): string {
  const what = cell.silentSinceMs === undefined ? whatHappened(cell) : silentText(cell.silentSinceMs, nowMs);
  return t.operation.cellLabel(node.nodeId, t.states[cell.state], cell.percent, what);
}
