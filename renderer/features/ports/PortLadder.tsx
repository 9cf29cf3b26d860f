import { useMemo, useState } from 'react';
import type { PortRow, PortsView as Ports } from '../../../core/model/ports.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatAge, formatSince } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { useNowAs } from '../../components/useNow.ts';
import { masterNow, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { PortMark } from './PortMark.tsx';

const words = t.ports;
const keyOf = ({ port }: PortRow): string => String(port);

/** A leased port says so; any other says what it is for. */
function stateOf({ role, state }: PortRow): string {
  if (role === 'outside') return t.portRoles.outside;
  return state === 'listening' ? t.portRoles[role] : t.portStates[state];
}

function whoOf({ lease, role, state }: PortRow): string {
  if (lease) return `${lease.user} · ${lease.clientSystem}`;
  if (role === 'outside') return words.outside;
  return role === 'gui' && state === 'listening' ? t.portStates.listening : '';
}

function columnsOf(
  system: SystemView,
  admin: boolean,
  onRelease: (row: PortRow) => void,
): readonly TableColumn<PortRow>[] {
  return [
    {
      ...{ id: 'port', title: words.ladder.port, widthPx: 78 },
      value: ({ port }) => port,
      show: ({ port }) => <b className="mono">{port}</b>,
    },
    {
      ...{ id: 'state', title: words.ladder.state, widthPx: 234 },
      value: stateOf,
      show: (row) => (
        <span className="state-word">
          <PortMark state={row.role === 'outside' ? 'never-offered' : row.state} />
          {stateOf(row)}
        </span>
      ),
    },
    { id: 'who', title: words.ladder.who, widthPx: 132, grows: true, value: whoOf },
    {
      ...{ id: 'since', title: words.ladder.since, kind: 'number', widthPx: 124, folds: 1 },
      value: ({ lease, connections }) => lease?.sinceMs ?? connections,
      show: (row) => <PortAge system={system} row={row} />,
      exported: ({ lease }) => (lease ? new Date(lease.sinceMs).toISOString() : undefined),
    },
    ...(admin
      ? [
          {
            ...{ id: 'buttons', title: t.operation.packages.columns.actions, kind: 'buttons' as const, widthPx: 92 },
            value: () => undefined,
            show: (row: PortRow) => <ReleaseButton row={row} onRelease={() => onRelease(row)} />,
          },
        ]
      : []),
  ];
}

/** Since when a lease is, when it ends, or how many connections there are. */
function PortAge({ system, row: { lease, connections } }: { readonly system: SystemView; readonly row: PortRow }) {
  return useNowAs((atMs) => {
    const nowMs = masterNow(system, atMs);
    if (!lease) return connections > 0 ? words.connections(connections) : '';
    return lease.endsAtMs === undefined
      ? formatSince(lease.sinceMs, nowMs)
      : words.endsIn(formatAge(lease.endsAtMs - nowMs));
  }, lease !== undefined);
}

function ReleaseButton({ row, onRelease }: { readonly row: PortRow; readonly onRelease: () => void }) {
  const busy = useApp(selectBusy(`release:${row.port}`));
  if (row.state !== 'detached') return null;
  return (
    <button
      type="button"
      className="btn small"
      aria-label={`${words.release} ${row.port}`}
      disabled={busy}
      onClick={onRelease}
    >
      {words.release}
    </button>
  );
}

/** Every port of the master, who holds it and since when. */
export function PortLadder({ system, ports }: { system: SystemView; ports: Ports }) {
  const [releasing, setReleasing] = useState<PortRow | undefined>();
  const { releasePort } = useActions();
  const { systemId, host } = system.saved;
  const admin = system.session.kind === 'online' && system.session.role === 'admin';
  const rows = useMemo(() => Object.values(ports.ports).sort((a, b) => a.port - b.port), [ports.ports]);
  const columns = useMemo(() => columnsOf(system, admin, setReleasing), [system, admin]);
  return (
    <>
      <DataTable id="ports" label={words.master(host)} columns={columns} rows={rows} keyOf={keyOf} fileName="ports" />
      {rows.map((row) => (
        <AskError key={row.port} ask={`release:${row.port}`} />
      ))}
      <p className="sub">{words.releaseOff}</p>
      {releasing && (
        <ConfirmDialog
          title={words.releaseTitle(releasing.port)}
          text={words.releaseText(releasing.lease?.user ?? '')}
          confirm={words.release}
          onConfirm={() => void releasePort(systemId, releasing.port, releasing.lease?.sessionId ?? 'none')}
          onClose={() => setReleasing(undefined)}
        />
      )}
    </>
  );
}
