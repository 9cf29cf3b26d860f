import { memo, useState, type KeyboardEvent } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { useNow } from '../../components/useNow.ts';
import { masterNow } from '../../stores/selectors.ts';
import { cellLabel, shortNames, type NodeCell, type NodeGroup } from './grouping.ts';

export interface NodesShownProps {
  readonly system: SystemView;
  readonly groups: readonly NodeGroup[];
  readonly cells: readonly NodeCell[];
  readonly openNode: string | undefined;
  readonly onOpen: (nodeId: string) => void;
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
export function NodeMap({ system, groups, cells, openNode, onOpen }: NodesShownProps) {
  const [focused, setFocused] = useState<string | undefined>();
  const nameOf = shortNames(cells);
  const stop = cells.some(({ node }) => node.nodeId === focused) ? focused : groups[0]?.cells[0]?.node.nodeId;

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const from = (event.target as HTMLElement).closest<HTMLElement>('.cell');
    if (!from) return;
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.cell')];
    const to = neighbour(all, from, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  return (
    <div className="map-groups" onKeyDown={onKeyDown}>
      {groups.map((group) => (
        <section key={group.key} className="map-group" aria-label={group.title}>
          <h3>
            {group.title} <small>{group.note}</small>
          </h3>
          <div className={cells.length > 40 ? 'map dense' : 'map'}>
            {group.cells.map((item) => (
              <MapCell
                key={item.node.nodeId}
                system={system}
                item={item}
                name={nameOf(item.node.nodeId)}
                open={item.node.nodeId === openNode}
                stop={item.node.nodeId === stop}
                onOpen={onOpen}
                onFocus={setFocused}
              />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

interface MapCellProps {
  readonly system: SystemView;
  readonly item: NodeCell;
  readonly name: string;
  readonly open: boolean;
  readonly stop: boolean;
  readonly onOpen: (nodeId: string) => void;
  readonly onFocus: (nodeId: string) => void;
}

/** Counts on by itself how long its node is silent. */
function SilentCell(props: MapCellProps) {
  return <CellButton {...props} nowMs={masterNow(props.system, useNow())} />;
}

function CellButton({ item, name, open, stop, onOpen, onFocus, nowMs }: MapCellProps & { readonly nowMs: number }) {
  const { node, cell } = item;
  const label = cellLabel(item, nowMs);
  return (
    <button
      type="button"
      className={`cell c-${cell.state}${cell.silentSinceMs === undefined ? '' : ' silent'}`}
      aria-label={label}
      aria-pressed={open}
      title={label}
      tabIndex={stop ? 0 : -1}
      onClick={() => onOpen(node.nodeId)}
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
  (props: MapCellProps) =>
    props.item.cell.silentSinceMs === undefined ? <CellButton {...props} nowMs={0} /> : <SilentCell {...props} />,
  (before, after) =>
    before.item.cell === after.item.cell &&
    before.item.node === after.item.node &&
    before.name === after.name &&
    before.open === after.open &&
    before.stop === after.stop &&
    before.system.clockOffsetMs === after.system.clockOffsetMs,
);
