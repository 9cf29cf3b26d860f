import { memo, useState, type KeyboardEvent } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useApp } from '../../app/context.ts';
import { ContextMenu, type MenuEntries } from '../../components/ContextMenu.tsx';
import { selectByKey, selectRow, type RowSelection } from '../../components/table/rowSelection.ts';
import { formatCount } from '../../components/table/tableColumn.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { useNowAs } from '../../components/useNow.ts';
import { masterHeard, selectClosable } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { cellLabel, shortNames, type NodeCell, type NodeGroup } from './grouping.ts';

export interface NodesShownProps {
  readonly system: SystemView;
  readonly groups: readonly NodeGroup[];
  readonly cells: readonly NodeCell[];
  readonly openNode: string | undefined;
  readonly onOpen: (nodeId: string) => void;
  readonly selection: RowSelection;
  readonly onSelect: (selection: RowSelection) => void;
  readonly menuOf: (nodeIds: readonly string[]) => MenuEntries;
  /** Begin of the names of saved files. */
  readonly fileName: string;
}

/** The cell that the arrow key leads to, by where the cells stand on the screen. */
function neighbour(all: HTMLElement[], from: HTMLElement, key: string): HTMLElement | undefined {
  const at = all.indexOf(from);
  if (key === 'ArrowRight') return all[at + 1];
  if (key === 'ArrowLeft') return all[at - 1];
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const here = from.getBoundingClientRect();
  const order = key === 'ArrowDown' ? all.slice(at + 1) : all.slice(0, at).reverse();
  let best: HTMLElement | undefined;
  let bestDistance = Infinity;
  let rowTop: number | undefined;
  for (const cell of order) {
    const rect = cell.getBoundingClientRect();
    if (Math.abs(rect.top - here.top) < 2) continue;
    rowTop ??= rect.top;
    if (Math.abs(rect.top - rowTop) >= 2) break;
    const distance = Math.abs(rect.left - here.left);
    if (distance < bestDistance) {
      best = cell;
      bestDistance = distance;
    }
  }
  return best;
}

/** The map with one button a node: arrow keys move, Enter opens; one stop for the Tab key. */
export function NodeMap(props: NodesShownProps) {
  const { system, groups, cells, openNode, onOpen, selection, onSelect, menuOf } = props;
  const closable = useApp(selectClosable);
  const [focused, setFocused] = useState<string | undefined>();
  const [menuAt, setMenuAt] = useState<MenuPlace | undefined>();
  const nameOf = shortNames(cells);
  const stop = cells.some(({ node }) => node.nodeId === focused) ? focused : groups[0]?.cells[0]?.node.nodeId;

  const order = groups.flatMap((group) => group.cells.map(({ node }) => node.nodeId));
  const nodeOf = (target: EventTarget): string | undefined =>
    (target as HTMLElement).closest<HTMLElement>('.cell')?.dataset['node'];

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const from = (event.target as HTMLElement).closest<HTMLElement>('.cell');
    if (!from) return;
    const nodeId = nodeOf(from);
    const selected = selectByKey(selection, event, { active: nodeId, order: () => order, closable });
    if (selected) {
      event.preventDefault();
      onSelect(selected);
      return;
    }
    if ((event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) && nodeId !== undefined) {
      event.preventDefault();
      const box = from.getBoundingClientRect();
      setMenuAt(menuPlace(nodeId, box.left, box.bottom, selection, order));
      return;
    }
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.cell')];
    const to = neighbour(all, from, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
    const next = nodeOf(to);
    if (event.shiftKey && next !== undefined) {
      onSelect(selectRow({ ...selection, anchor: selection.anchor ?? nodeId }, next, event, order));
    }
  }

  return (
    <div
      className="map-groups"
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const nodeId = nodeOf(event.target);
        if (nodeId === undefined) return;
        onSelect(selectRow(selection, nodeId, event, order));
        if (!event.shiftKey && !event.ctrlKey && !event.metaKey) onOpen(nodeId);
      }}
      onContextMenu={(event) => {
        const nodeId = nodeOf(event.target);
        if (nodeId === undefined) return;
        event.preventDefault();
        if (!selection.keys.has(nodeId)) onSelect({ keys: new Set([nodeId]), anchor: nodeId });
        setMenuAt(menuPlace(nodeId, event.clientX, event.clientY, selection, order));
      }}
    >
      {groups.map((group) => (
        <section key={group.key} className="map-group" aria-label={group.title}>
          <h2>
            {group.title} <small>{group.note}</small>
          </h2>
          <div className={cells.length > 40 ? 'map dense' : 'map'}>
            {group.cells.map((item) => (
              <MapCell
                key={item.node.nodeId}
                system={system}
                item={item}
                name={nameOf(item.node.nodeId)}
                open={item.node.nodeId === openNode}
                stop={item.node.nodeId === stop}
                marked={selection.keys.has(item.node.nodeId)}
                onFocus={setFocused}
              />
            ))}
          </div>
        </section>
      ))}
      {menuAt && <NodeMenu place={menuAt} menuOf={menuOf} onClose={() => setMenuAt(undefined)} />}
    </div>
  );
}

/** Where the menu of nodes is, and of which. */
export interface MenuPlace {
  readonly x: number;
  readonly y: number;
  readonly nodeIds: readonly string[];
}

/** The menu at a node: of all that are marked where it is one of them, of it alone otherwise. */
export function menuPlace(
  nodeId: string,
  x: number,
  y: number,
  selection: RowSelection,
  order: readonly string[],
): MenuPlace {
  return { x, y, nodeIds: selection.keys.has(nodeId) ? order.filter((id) => selection.keys.has(id)) : [nodeId] };
}

export function NodeMenu(props: {
  readonly place: MenuPlace;
  readonly menuOf: NodesShownProps['menuOf'];
  readonly onClose: () => void;
}) {
  const { place, menuOf, onClose } = props;
  const label = t.tables.rowsMenu(formatCount(place.nodeIds.length));
  return <ContextMenu label={label} at={place} entries={menuOf(place.nodeIds)} onClose={onClose} />;
}

interface MapCellProps {
  readonly system: SystemView;
  readonly item: NodeCell;
  readonly name: string;
  readonly open: boolean;
  readonly stop: boolean;
  readonly marked: boolean;
  readonly onFocus: (nodeId: string) => void;
}

/** Counts on by itself how long its node is silent. */
function CellButton({ system, item, name, open, stop, marked, onFocus }: MapCellProps) {
  const { node, cell } = item;
  const label = useNowAs((nowMs) => cellLabel(item, masterHeard(system, nowMs)), cell.silentSinceMs !== undefined);
  return (
    <button
      type="button"
      className={`cell c-${cell.state}${cell.silentSinceMs === undefined ? '' : ' silent'}${marked ? ' marked' : ''}`}
      data-node={node.nodeId}
      aria-label={label}
      aria-pressed={open}
      title={label}
      tabIndex={stop ? 0 : -1}
      onFocus={() => onFocus(node.nodeId)}
    >
      <StateMark state={cell.state} />
      <span className="cell-name">{name}</span>
      {cell.state === 'running' && cell.percent !== undefined && (
        <span className="cell-progress" style={{ width: `${cell.percent}%` }} />
      )}
    </button>
  );
}

const MapCell = memo(
  CellButton,
  (before, after) =>
    before.item.cell === after.item.cell &&
    before.item.node === after.item.node &&
    before.name === after.name &&
    before.open === after.open &&
    before.stop === after.stop &&
    before.marked === after.marked &&
    before.system.heardAtMs === after.system.heardAtMs &&
    before.system.clockOffsetMs === after.system.clockOffsetMs,
);
