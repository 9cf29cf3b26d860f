import { STATES_BY_NEED } from '../../../core/model/cellCounts.ts';
import { useMemo } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { StateWord } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { t } from '../../texts/en.ts';
import { whatHappened, type NodeCell } from './grouping.ts';
import type { NodesShownProps } from './NodeMap.tsx';
import { SilentFor } from './RunningNode.tsx';

const words = t.operation.columns;

const isoOf = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : new Date(atMs).toISOString();
const secondsOf = ({ startedAtMs, endedAtMs }: Cell): number | undefined =>
  startedAtMs === undefined || endedAtMs === undefined ? undefined : Math.round((endedAtMs - startedAtMs) / 1000);

const keyOf = ({ node }: NodeCell): string => node.nodeId;

/** Columns of the nodes of a step. Stable for a system, so that rows that did not change are not drawn again. */
function columnsOf(system: SystemView): readonly TableColumn<NodeCell>[] {
  return [
    {
      ...{ id: 'state', title: words.state, widthPx: 128, holds: true, stateless: true },
      value: ({ cell }) => STATES_BY_NEED.indexOf(cell.state),
      show: ({ cell }) => (
        <>
          <StateWord state={cell.state} />
          {cell.state === 'running' && cell.percent !== undefined && (
            <span className="num sub"> {Math.round(cell.percent)} %</span>
          )}
        </>
      ),
      exported: ({ cell }) => t.states[cell.state],
    },
    { id: 'node', title: words.node, kind: 'name', widthPx: 116, value: ({ node }) => node.nodeId },
    { id: 'type', title: words.type, widthPx: 98, folds: 3, value: ({ node }) => t.nodeTypes[node.type] },
    { id: 'clique', title: words.clique, kind: 'number', widthPx: 62, folds: 2, value: ({ node }) => node.clique },
    {
      ...{ id: 'system', title: words.system, kind: 'number', widthPx: 68, offAtFirst: true },
      value: ({ node }) => node.system,
    },
    {
      ...{ id: 'wave', title: words.wave, kind: 'number', widthPx: 60, offAtFirst: true },
      value: ({ node }) => node.wave,
    },
    {
      ...{ id: 'address', title: words.address, kind: 'name', widthPx: 116, offAtFirst: true },
      value: ({ node }) => node.address,
      show: ({ node }) => node.address,
    },
    {
      ...{ id: 'attempt', title: words.attempt, kind: 'number', widthPx: 70, folds: 1 },
      value: ({ cell }) => (cell.attempt === 0 ? undefined : cell.attempt),
    },
    {
      ...{ id: 'progress', title: words.progress, kind: 'number', widthPx: 82, offAtFirst: true },
      value: ({ cell }) => (cell.state === 'running' ? cell.percent : undefined),
      show: ({ cell }) =>
        cell.state === 'running' && cell.percent !== undefined ? `${Math.round(cell.percent)} %` : '',
    },
    {
      ...{ id: 'time', title: words.time, kind: 'number', widthPx: 84, folds: 4 },
      value: ({ cell }) => cell.startedAtMs,
      show: ({ cell }) => (cell.startedAtMs === undefined ? '' : formatClock(cell.startedAtMs, true)),
      exported: ({ cell }) => isoOf(cell.startedAtMs),
    },
    {
      ...{ id: 'ended', title: words.ended, widthPx: 90, offAtFirst: true },
      value: ({ cell }) => cell.endedAtMs,
      show: ({ cell }) => (
        <span className="num">{cell.endedAtMs === undefined ? '' : formatClock(cell.endedAtMs, true)}</span>
      ),
      exported: ({ cell }) => isoOf(cell.endedAtMs),
    },
    {
      ...{ id: 'seconds', title: words.seconds, kind: 'number', widthPx: 72, offAtFirst: true },
      value: ({ cell }) => secondsOf(cell),
    },
    {
      ...{ id: 'what', title: words.what, widthPx: 220, grows: true },
      value: ({ cell }) => (cell.silentSinceMs === undefined ? whatHappened(cell) : t.operation.silentWork),
      show: ({ cell }) =>
        cell.silentSinceMs === undefined ? (
          (whatHappened(cell) ?? '')
        ) : (
          <SilentFor system={system} sinceMs={cell.silentSinceMs} />
        ),
    },
  ];
}

/** The nodes as rows under their groups. */
export function NodeTable(props: NodesShownProps) {
  const { system, groups, cells, openNode, onOpen, selection, onSelect, menuOf, fileName } = props;
  // Only the clock of the master is taken from the system.
  const { clockOffsetMs, heardAtMs } = system;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const columns = useMemo(() => columnsOf(system), [clockOffsetMs, heardAtMs]);
  const rowGroups = useMemo(() => groups.map(({ cells: rows, ...group }) => ({ ...group, rows })), [groups]);
  return (
    <DataTable
      id="step-nodes"
      label={t.nodes.title}
      columns={columns}
      rows={cells}
      groups={rowGroups}
      keyOf={keyOf}
      onOpen={onOpen}
      openKey={openNode}
      selection={selection}
      onSelect={onSelect}
      menuOf={menuOf}
      fills
      fileName={fileName}
    />
  );
}
