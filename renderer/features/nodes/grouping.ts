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
  /** What was found out of the node before; absent where it is not kept. */
  readonly known?: KnownNode | undefined;
}

/** A node of a job with what does not change while its state does, many times a second: found once, when it is needed first. */
interface KnownNode {
  readonly node: JobNodeRow;
  readonly shard: string;
  /** As it was shown last. */
  shown: NodeCell | undefined;
  /** What it is found by, in small letters. */
  text: string | undefined;
  /** Where it stands in each grouping by what it is. */
  readonly places: Partial<Record<Grouping, GroupPlace>>;
}

export interface NodeGroup {
  readonly key: string;
  readonly title: string;
  /** How many, and of which types. */
  readonly note: string;
  readonly cells: readonly NodeCell[];
}

/** The nodes of a job stay the same while their states change, so their order is kept. */
const inOrder = new WeakMap<object, readonly KnownNode[]>();

/** Nodes in natural order. */
function inNaturalOrder(nodes: Sharded<JobNodeRow>): readonly KnownNode[] {
  let ordered = inOrder.get(nodes);
  if (!ordered) {
    const known: KnownNode[] = [];
    for (const [shard, rows] of Object.entries(nodes.shards))
      for (const node of Object.values(rows))
        known.push({ node, shard, shown: undefined, text: undefined, places: {} });
    ordered = known.sort((a, b) => byName(a.node.nodeId, b.node.nodeId));
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
  for (const known of inNaturalOrder(nodes)) {
    const cell = cells.shards[known.shard]?.[known.node.nodeId];
    if (!cell) continue;
    if (stateFilter.length > 0 && !stateFilter.includes(cell.state)) continue;
    if (wanted !== '' && !matches(known, cell, wanted)) continue;
    // The same object while the cell is, so that what shows it is not drawn again.
    if (known.shown?.cell !== cell) known.shown = { node: known.node, cell, known };
    shown.push(known.shown);
  }
  return shown;
}

function textOf(known: KnownNode): string {
  const { nodeId, address, type } = known.node;
  return (known.text ??= `${nodeId} ${address} ${t.nodeTypes[type]} ${type}`.toLowerCase());
}

/** `wanted` in small letters. What is told of most cells is their state, so that little is put into small letters here. */
function matches(known: KnownNode, cell: Cell, wanted: string): boolean {
  if (textOf(known).includes(wanted) || t.states[cell.state].includes(wanted)) return true;
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
  for (let i = 0; i < a.length; i += 1) {
    const one = a[i] as GroupName;
    const order = compareGroupNames(one, b[i] ?? one);
    if (order !== 0) return order;
  }
  return 0;
}

/** A group without its cells. */
interface GroupPlace {
  readonly key: string;
  readonly order: GroupOrder;
  readonly title: string;
}

/** Of a grouping by what a node is, and not by how far it came. */
function placeOfNode(node: JobNodeRow, grouping: Exclude<Grouping, 'state'>): GroupPlace {
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
  }
}

/** Groups of states, by state. */
const statePlaces = new Map<CellState, GroupPlace>(
  STATES_BY_NEED.map((state, at) => [state, { key: state, order: [at], title: t.states[state] }]),
);

interface GroupBeingMade {
  readonly place: GroupPlace;
  readonly cells: NodeCell[];
  /** A bit for each type of node in it, as NODE_TYPES has them. */
  types: number;
}

/** The cells in groups, each group with what it holds. */
export function groupCells(cells: readonly NodeCell[], grouping: Grouping): NodeGroup[] {
  const byKey = new Map<string, GroupBeingMade>();
  const byPlace = new Map<GroupPlace, GroupBeingMade>();
  const groupAt = (place: GroupPlace): GroupBeingMade => {
    let group = byPlace.get(place) ?? byKey.get(place.key);
    if (!group) byKey.set(place.key, (group = { place, cells: [], types: 0 }));
    byPlace.set(place, group);
    return group;
  };
  const placeOf = ({ node, cell, known }: NodeCell): GroupPlace => {
    if (grouping === 'state') return statePlaces.get(cell.state) as GroupPlace;
    const before = known?.places[grouping];
    if (before) return before;
    const found = placeOfNode(node, grouping);
    // One object for all nodes of a group.
    const place = byKey.get(found.key)?.place ?? found;
    if (known) known.places[grouping] = place;
    return place;
  };
  let last: GroupBeingMade | undefined;
  for (const item of cells) {
    const place = placeOf(item);
    // Most stand beside others of their group.
    const group = last?.place === place ? last : groupAt(place);
    group.cells.push(item);
    group.types |= 1 << NODE_TYPES.indexOf(item.node.type);
    last = group;
  }
  const groups = [...byKey.values()].sort((a, b) => compareOrders(a.place.order, b.place.order));
  // Cliques are named within a system: with several systems on the screen the system is named too.
  const [firstSystem, ...otherSystems] =
    grouping === 'clique' ? new Set(groups.flatMap(({ place }) => place.order.slice(0, 1))) : [];
  const namesSystems = firstSystem !== undefined && otherSystems.length > 0;
  return groups.map(({ place: { key, order, title }, cells: own, types }) => ({
    ...{ key, cells: own, note: noteOf(own.length, types, grouping) },
    title: namesSystems && order[0] !== undefined ? `${t.operation.system(order[0])}, ${title}` : title,
  }));
}

function noteOf(count: number, types: number, grouping: Grouping): string {
  const there = grouping === 'type' ? [] : NODE_TYPES.filter((_, at) => (types & (1 << at)) !== 0);
  return t.operation.groupCount(count, there.map((type) => t.nodeTypes[type]).join(', '));
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
