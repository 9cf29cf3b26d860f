import { memo, useMemo } from 'react';
import type { NodeRow } from '../../../core/model/node.ts';
import type { MenuEntries } from '../../components/ContextMenu.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { t } from '../../texts/en.ts';
import { titleOfFaultStep } from './faults.ts';

const words = t.nodes;
const reachableMarks = { yes: 'ok', no: 'unreachable', unknown: 'unknown' } as const;
const serviceMarks = { up: 'ok', down: 'failed', unknown: 'unknown' } as const;
const serviceText = (service: NodeRow['service']): string =>
  service && service.state !== 'none' ? `${service.name} ${words.service[service.state]}` : '';
const keyOf = ({ nodeId }: NodeRow): string => nodeId;

const faultsOf = ({ faults }: NodeRow): string =>
  (faults ?? [])
    .map(
      ({ stepId, kind, times }) => `${titleOfFaultStep(stepId)}: ${t.faultKinds[kind]}${times > 1 ? ` ×${times}` : ''}`,
    )
    .join(', ');

const COLUMNS: readonly TableColumn<NodeRow>[] = [
  { id: 'node', title: words.columns.node, kind: 'name', widthPx: 120, grows: true, value: keyOf },
  {
    ...{ id: 'address', title: words.columns.address, widthPx: 130, folds: 6, stateless: true },
    value: ({ address }) => address,
    show: ({ address }) => <span className="mono">{address}</span>,
  },
  { id: 'type', title: words.columns.type, widthPx: 104, folds: 8, value: ({ type }) => t.nodeTypes[type] },
  { id: 'clique', title: words.columns.clique, kind: 'number', widthPx: 70, folds: 2, value: ({ clique }) => clique },
  { id: 'system', title: words.columns.system, kind: 'number', widthPx: 72, folds: 1, value: ({ system }) => system },
  {
    ...{ id: 'reachable', title: words.columns.reachable, widthPx: 120, stateless: true },
    value: ({ reachable }) => words.reachable[reachable],
    show: ({ reachable, cause }) => (
      <span className="state-word" title={cause?.message}>
        <StateMark state={reachableMarks[reachable]} />
        {words.reachable[reachable]}
      </span>
    ),
  },
  {
    ...{ id: 'seen', title: words.columns.seen, kind: 'number', widthPx: 84, folds: 5 },
    value: ({ seenAtMs }) => seenAtMs,
    show: ({ seenAtMs }) => (seenAtMs === undefined ? '' : formatClock(seenAtMs, true)),
    exported: ({ seenAtMs }) => (seenAtMs === undefined ? undefined : new Date(seenAtMs).toISOString()),
  },
  {
    ...{ id: 'os', title: words.columns.os, widthPx: 190, folds: 4 },
    value: ({ os, arch }) => [os, arch].filter(Boolean).join(' · '),
  },
  {
    ...{ id: 'service', title: words.columns.service, widthPx: 150, folds: 9 },
    value: ({ service }) => serviceText(service),
    // How it is stands before what it is called: the name yields, and `down` is never cut to what `up` looks like.
    show: ({ service }) =>
      service && service.state !== 'none' ? (
        <span className="state-word" title={serviceText(service)}>
          <StateMark state={serviceMarks[service.state]} />
          {words.service[service.state]} <span className="sub">{service.name}</span>
        </span>
      ) : (
        ''
      ),
  },
  {
    ...{ id: 'packages', title: words.columns.packages, kind: 'number', widthPx: 82, folds: 3 },
    value: ({ packageCount }) => packageCount,
  },
];
/** Where no fault waits, its column is the first to give its room. */
const faultsColumn = (waiting: boolean): TableColumn<NodeRow> => ({
  ...{ id: 'faults', title: words.columns.faults, widthPx: 120, grows: true, folds: waiting ? undefined : 0 },
  value: faultsOf,
});

function NodeListOf(props: {
  readonly nodes: readonly NodeRow[];
  readonly practice: boolean;
  /** A filter leaves some out. */
  readonly filtered: boolean;
  readonly open: string | undefined;
  readonly onOpen: (nodeId: string) => void;
  readonly onFault: (nodeId: string) => void;
}) {
  const { nodes, practice, filtered, open, onOpen, onFault } = props;
  const waiting = practice && nodes.some(({ faults }) => faults !== undefined && faults.length > 0);
  const columns = useMemo(
    (): readonly TableColumn<NodeRow>[] =>
      practice
        ? [
            ...COLUMNS,
            faultsColumn(waiting),
            {
              ...{ id: 'buttons', title: words.fault, kind: 'buttons', widthPx: 76, stateless: true },
              value: () => undefined,
              show: ({ nodeId }) => (
                <button
                  type="button"
                  className="btn small"
                  tabIndex={-1}
                  aria-label={`${words.fault} ${nodeId}`}
                  onClick={() => onFault(nodeId)}
                >
                  {words.fault}
                </button>
              ),
            },
          ]
        : COLUMNS,
    [practice, waiting, onFault],
  );
  const menuOf = (keys: readonly string[]): MenuEntries => {
    const [only = ''] = keys;
    if (keys.length !== 1) return [];
    return [
      { id: 'open', text: t.operation.marked.open(only), run: () => onOpen(only) },
      ...(practice ? [{ id: 'fault', text: words.fault, run: () => onFault(only) }] : []),
    ];
  };
  return (
    <DataTable
      id="nodes"
      label={words.title}
      columns={columns}
      rows={nodes}
      keyOf={keyOf}
      onOpen={onOpen}
      openKey={open}
      menuOf={menuOf}
      fills
      fileName="nodes"
      empty={filtered ? t.operation.noMatch : words.empty}
    />
  );
}

/** The nodes of a system as rows; what is known of the one that is open stands beside them. Drawn anew only when something of it changed. */
export const NodeList = memo(NodeListOf);
