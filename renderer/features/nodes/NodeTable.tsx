import { useRef } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Cell } from '../../../core/model/job.ts';
import { StateWord } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { t } from '../../texts/en.ts';
import { whatHappened, type NodeCell, type NodeGroup } from './grouping.ts';
import type { NodesShownProps } from './NodeMap.tsx';
import { SilentFor } from './RunningNode.tsx';

type Row = { readonly group: NodeGroup } | { readonly item: NodeCell };
const ROW_PX = 28;

const timeOf = (cell: Cell): string =>
  [cell.startedAtMs, cell.endedAtMs]
    .filter((atMs) => atMs !== undefined)
    .map((atMs) => formatClock(atMs, true))
    .join(' – ');

/** The nodes as rows under their groups; only the rows in sight exist. */
export function NodeTable({ system, groups, openNode, onOpen }: NodesShownProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const list: Row[] = groups.flatMap((group) => [{ group }, ...group.cells.map((item) => ({ item }))]);
  // The virtualizer's functions stay in this component, so leaving it unmemoized costs nothing.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
    initialRect: { width: 900, height: 600 },
  });
  const columns = t.operation.columns;
  return (
    <div className="node-table" role="table" aria-label={t.nodes.title} aria-rowcount={list.length + 1}>
      <div role="rowgroup">
        <div className="rows-head node-row" role="row" aria-rowindex={1}>
          {Object.values(columns).map((column) => (
            <span key={column} role="columnheader">
              {column}
            </span>
          ))}
        </div>
      </div>
      <div className="rows-scroll" ref={scroller} role="rowgroup">
        <div className="rows-space" role="presentation" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((virtual) => {
            const row = list[virtual.index];
            if (!row) return null;
            const place = { transform: `translateY(${virtual.start}px)` };
            if ('group' in row) {
              return (
                <div
                  key={virtual.key}
                  className="rows-row group-row"
                  role="row"
                  aria-rowindex={virtual.index + 2}
                  style={place}
                >
                  <span role="cell">
                    <b>{row.group.title}</b> <small>{row.group.note}</small>
                  </span>
                </div>
              );
            }
            const { node, cell } = row.item;
            return (
              <div
                key={virtual.key}
                className={node.nodeId === openNode ? 'rows-row node-row open' : 'rows-row node-row'}
                role="row"
                aria-rowindex={virtual.index + 2}
                style={place}
                onClick={() => onOpen(node.nodeId)}
              >
                <span role="cell">
                  <StateWord state={cell.state} />
                </span>
                <span role="cell">
                  <button type="button" className="link mono" onClick={() => onOpen(node.nodeId)}>
                    {node.nodeId}
                  </button>
                </span>
                <span role="cell">{t.nodeTypes[node.type]}</span>
                <span role="cell" className="num">
                  {node.clique ?? '–'}
                </span>
                <span role="cell" className="num">
                  {cell.attempt === 0 ? '–' : cell.attempt}
                </span>
                <span role="cell" className="num">
                  {cell.state === 'running' && cell.percent !== undefined ? `${Math.round(cell.percent)} %` : ''}
                </span>
                <span role="cell" className="num">
                  {timeOf(cell)}
                </span>
                <span role="cell" className="cut" title={whatHappened(cell)}>
                  {cell.silentSinceMs === undefined ? (
                    (whatHappened(cell) ?? '')
                  ) : (
                    <SilentFor system={system} sinceMs={cell.silentSinceMs} />
                  )}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
