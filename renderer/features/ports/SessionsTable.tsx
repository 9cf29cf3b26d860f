import { useState } from 'react';
import type { PortsView as Ports, SessionRow } from '../../../core/model/ports.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatAge, formatClock } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { TableHead } from '../../components/TableHead.tsx';
import { masterNow, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.ports;

/** Everybody's sessions on the master; the person's own others can be taken over, an admin ends anybody's. */
export function SessionsTable({ system, ports }: { system: SystemView; ports: Ports }) {
  const [ending, setEnding] = useState<SessionRow | undefined>();
  const { endSession } = useActions();
  const sessions = Object.values(ports.sessions).sort((a, b) => a.sinceMs - b.sinceMs);
  return (
    <section className="panel table-panel" aria-label={words.sessionsTitle}>
      <h2>{words.sessionsTitle}</h2>
      {sessions.length === 0 ? (
        <p className="sub">{words.noSessions}</p>
      ) : (
        <table className="list close">
          <TableHead columns={Object.values(words.columns)} buttons />
          <tbody>
            {sessions.map((row) => (
              <Row key={row.sessionId} system={system} row={row} onEnd={() => setEnding(row)} />
            ))}
          </tbody>
        </table>
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

function Row({ system, row, onEnd }: { system: SystemView; row: SessionRow; onEnd: () => void }) {
  const nowMs = masterNow(system, useNow());
  const { takeOverSession } = useActions();
  const { session, saved, clockOffsetMs } = system;
  const { sessionId, user, clientSystem, lostAtMs } = row;
  const busy = useApp(selectBusy(`take-over:${sessionId}`));
  const online = session.kind === 'online' ? session : undefined;
  const here = online?.sessionId === sessionId;
  return (
    <tr>
      <th scope="row">{user}</th>
      <td>{clientSystem}</td>
      <td className="name">{t.pathNames[row.path] ?? row.path}</td>
      <td className="mono">
        {row.port === 0 ? '' : [row.port, ...new Set(row.sides?.map(({ port }) => port))].join(', ')}
      </td>
      <td>
        {lostAtMs === undefined ? words.sessionStates[row.state] : words.lostAt(formatClock(lostAtMs - clockOffsetMs))}
      </td>
      <td className="num">{formatAge(nowMs - row.sinceMs)}</td>
      <td className="row-buttons">
        {here && <span className="sub">{words.thisSession}</span>}
        {online && !here && user === online.user && (
          <button
            type="button"
            className="btn small"
            aria-label={words.takeOverFrom(clientSystem)}
            disabled={busy}
            onClick={() => void takeOverSession(saved.systemId, sessionId)}
          >
            {words.takeOver}
          </button>
        )}
        {online?.role === 'admin' && user !== online.user && (
          <button
            type="button"
            className="btn small"
            aria-label={words.endSessionOf(user, clientSystem)}
            onClick={onEnd}
          >
            {words.endSession}
          </button>
        )}
      </td>
    </tr>
  );
}
