import { useEffect, useState } from 'react';
import type { PortRow, PortsView as Ports } from '../../../core/model/ports.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatAge, formatElapsed } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { masterNow, selectBusy, selectPathTest } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { WaysList } from '../systems/WaysList.tsx';
import { PathTestPanel } from './PathTestPanel.tsx';
import { PortMark } from './PortMark.tsx';
import { SessionsTable } from './SessionsTable.tsx';

const words = t.ports;

/** The path test, the ladder of ports with who holds what, the sessions, and the ways from here. */
export function PortsView({ system }: { system: SystemView }) {
  const { openPorts, closePorts } = useActions();
  const { systemId, name, host, ccPort } = system.saved;
  const { session, ports } = system;
  const tested = useApp(selectPathTest(systemId)) !== undefined;
  useEffect(() => {
    void openPorts(systemId);
    return () => void closePorts(systemId);
  }, [systemId, openPorts, closePorts]);
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{words.title(name)}</h1>
        {session.kind === 'online' && (
          <span className="sub">
            {words.youUse(session.port, (t.pathNames[session.path] ?? session.path).toLowerCase())}
          </span>
        )}
      </div>
      <AskError ask="ports" />
      <PathTestPanel systemId={systemId} />
      <div className="ports-grid">
        <section className="panel table-panel" aria-label={words.master(host)}>
          <h2>{words.master(host)}</h2>
          {ports ? <Ladder system={system} ports={ports} /> : <p className="sub">{t.common.reading}</p>}
        </section>
        <div className="ports-side">
          <section className="panel" aria-label={words.waysTitle}>
            <h2>{words.waysTitle}</h2>
            <WaysList system={system} />
          </section>
          {!tested && <Firewall text={words.firewallText(host, ccPort)} />}
          {ports && <SessionsTable system={system} ports={ports} />}
        </div>
      </div>
    </main>
  );
}

function Ladder({ system, ports }: { system: SystemView; ports: Ports }) {
  const [releasing, setReleasing] = useState<PortRow | undefined>();
  const { releasePort } = useActions();
  const { systemId } = system.saved;
  const admin = system.session.kind === 'online' && system.session.role === 'admin';
  const rows = Object.values(ports.ports).sort((a, b) => a.port - b.port);
  return (
    <>
      <table className="list ladder">
        <tbody>
          {rows.map((row) => (
            <Rung key={row.port} system={system} row={row} admin={admin} onRelease={() => setReleasing(row)} />
          ))}
        </tbody>
      </table>
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

interface RungProps {
  readonly system: SystemView;
  readonly row: PortRow;
  readonly admin: boolean;
  readonly onRelease: () => void;
}

function Rung({ system, row, admin, onRelease }: RungProps) {
  const nowMs = masterNow(system, useNow());
  const releasing = useApp(selectBusy(`release:${row.port}`));
  const { lease } = row;
  // A leased port says so; any other says what it is for.
  const state = row.state === 'listening' ? t.portRoles[row.role] : t.portStates[row.state];
  const who = lease
    ? `${lease.user} · ${lease.clientSystem}`
    : row.role === 'outside'
      ? words.outside
      : row.role === 'gui' && row.state === 'listening'
        ? t.portStates.listening
        : '';
  const age = lease
    ? lease.endsAtMs === undefined
      ? formatElapsed(nowMs - lease.sinceMs)
      : words.endsIn(formatAge(lease.endsAtMs - nowMs))
    : row.connections > 0
      ? words.connections(row.connections)
      : '';
  return (
    <tr>
      <th scope="row" className="mono">
        {row.port}
      </th>
      <td>
        <span className="state-word">
          <PortMark state={row.role === 'outside' ? 'never-offered' : row.state} />
          {row.role === 'outside' ? t.portRoles.outside : state}
        </span>
      </td>
      <td className="who">{who}</td>
      <td className="age num">{age}</td>
      <td className="row-buttons">
        {admin && row.state === 'detached' && (
          <button
            type="button"
            className="btn small"
            aria-label={`${words.release} ${row.port}`}
            disabled={releasing}
            onClick={onRelease}
          >
            {words.release}
          </button>
        )}
      </td>
    </tr>
  );
}

function Firewall({ text }: { text: string }) {
  return (
    <section className="panel" aria-label={words.firewallTitle}>
      <div className="panel-head">
        <h2>{words.firewallTitle}</h2>
        <CopyButton text={text} />
      </div>
      <pre>{text}</pre>
    </section>
  );
}
