import { useMemo, useState } from 'react';
import type { PortsView as Ports, SessionRow } from '../../../core/model/ports.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatSince, formatClock } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { useNowAs } from '../../components/useNow.ts';
import { masterNow, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.ports;
const keyOf = ({ sessionId }: SessionRow): string => sessionId;
const portsOf = (row: SessionRow): string =>
  row.port === 0 ? '' : [row.port, ...new Set(row.sides?.map(({ port }) => port))].join(', ');

/** How long ago something of the master was; counts on by itself. */
export function AgeOf({ system, sinceMs }: { readonly system: SystemView; readonly sinceMs: number }) {
  return <>{useNowAs((nowMs) => formatSince(sinceMs, masterNow(system, nowMs)))}</>;
}

function columnsOf(system: SystemView, onEnd: (row: SessionRow) => void): readonly TableColumn<SessionRow>[] {
  const stateOf = ({ lostAtMs, state, kept }: SessionRow): string =>
    kept === true
      ? words.sessionKept
      : lostAtMs === undefined
        ? words.sessionStates[state]
        : words.lostAt(formatClock(lostAtMs));
  return [
    { id: 'user', title: words.columns.user, widthPx: 90, value: ({ user }) => user },
    {
      ...{ id: 'client', title: words.columns.client, widthPx: 124, folds: 4 },
      value: ({ clientSystem }) => clientSystem,
    },
    {
      ...{ id: 'since', title: words.columns.since, kind: 'number', widthPx: 82, folds: 3 },
      value: ({ sinceMs }) => -sinceMs,
      show: ({ sinceMs }) => <AgeOf system={system} sinceMs={sinceMs} />,
      exported: ({ sinceMs }) => new Date(sinceMs).toISOString(),
    },
    {
      ...{ id: 'buttons', title: t.operation.packages.columns.actions, kind: 'buttons', widthPx: 94 },
      value: () => undefined,
      show: (row) => <SessionButtons system={system} row={row} onEnd={() => onEnd(row)} />,
    },
    { id: 'state', title: words.columns.state, widthPx: 104, grows: true, value: stateOf },
    { id: 'path', title: words.columns.path, widthPx: 112, folds: 2, value: ({ path }) => t.pathNames[path] ?? path },
    {
      ...{ id: 'port', title: words.columns.port, kind: 'number', widthPx: 62, folds: 1 },
      value: ({ port }) => (port === 0 ? undefined : port),
      show: (row) => <span className="mono">{portsOf(row)}</span>,
      exported: portsOf,
    },
  ];
}

/** Everybody's sessions on the master; the person's own others can be taken over, an admin ends anybody's. */
export function SessionsTable({ system, ports }: { system: SystemView; ports: Ports }) {
  const [ending, setEnding] = useState<SessionRow | undefined>();
  const { endSession } = useActions();
  const sessions = useMemo(() => Object.values(ports.sessions).sort((a, b) => a.sinceMs - b.sinceMs), [ports.sessions]);
  const columns = useMemo(() => columnsOf(system, setEnding), [system]);
  return (
    <section className="panel" aria-label={words.sessionsTitle}>
      <h2>{words.sessionsTitle}</h2>
      {sessions.length === 0 ? (
        <p className="sub">{words.noSessions}</p>
      ) : (
        <DataTable
          id="sessions"
          label={words.sessionsTitle}
          columns={columns}
          rows={sessions}
          keyOf={keyOf}
          fileName="sessions"
        />
      )}
      {sessions.map(({ sessionId }) => (
        <AskError key={sessionId} ask={`end-session:${sessionId}`} />
      ))}
      {ending && (
        <ConfirmDialog
          title={words.endTitle(ending.user)}
          text={words.endText(ending.clientSystem)}
          confirm={words.endSession}
          onConfirm={() => void endSession(system.saved.systemId, ending.sessionId)}
          onClose={() => setEnding(undefined)}
        />
      )}
    </section>
  );
}

function SessionButtons({ system, row, onEnd }: { system: SystemView; row: SessionRow; onEnd: () => void }) {
  const { takeOverSession } = useActions();
  const { session, saved } = system;
  const { sessionId, user, clientSystem, kept } = row;
  const busy = useApp(selectBusy(`take-over:${sessionId}`));
  const online = session.kind === 'online' ? session : undefined;
  const here = online?.sessionId === sessionId;
  return (
    <>
      {here && <span className="sub">{words.thisSession}</span>}
      {online && !here && user === online.user && (
        <button
          type="button"
          className="btn small"
          // What is kept to sign in by goes on nowhere.
          aria-label={kept === true ? words.endSessionOf(user, clientSystem) : words.takeOverFrom(clientSystem)}
          disabled={busy}
          onClick={() => void takeOverSession(saved.systemId, sessionId)}
        >
          {kept === true ? words.endSession : words.takeOver}
        </button>
      )}
      {online?.role === 'admin' && user !== online.user && (
        <button type="button" className="btn small" aria-label={words.endSessionOf(user, clientSystem)} onClick={onEnd}>
          {words.endSession}
        </button>
      )}
    </>
  );
}
