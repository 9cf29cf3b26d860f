import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useApp } from '../../app/context.ts';
import { useShownTopic } from '../../app/useShownTopic.ts';
import { AsItWas } from '../../components/AsItWas.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectCan, selectPathTest } from '../../stores/selectors.ts';
import { Unread } from '../../components/Unread.tsx';
import { t } from '../../texts/en.ts';
import { WaysList } from '../systems/WaysList.tsx';
import { PathTestPanel } from './PathTestPanel.tsx';
import { PortLadder } from './PortLadder.tsx';
import { SessionsTable } from './SessionsTable.tsx';

const words = t.ports;

/** The path test, the ladder of ports with who holds what, the sessions, and the ways from here. */
export function PortsView({ system }: { system: SystemView }) {
  const { systemId, name, host, ccPort, sslPort } = system.saved;
  const { session, ports } = system;
  // A page that the system itself serves came by the one way that a browser has.
  const choosesWay = useApp(selectCan('systems'));
  const tested = useApp(selectPathTest(systemId)) !== undefined;
  // Ways that failed have their own requests; one that asks for less beside them would contradict them.
  const asked = choosesWay && system.paths.some(({ outcome }) => outcome === 'failed');
  useShownTopic('ports', [system]);
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
      <AsItWas systemId={systemId} keys={['ports']} />
      <AskError ask="ports" />
      <PathTestPanel systemId={systemId} />
      <div className="ports-grid">
        <section className="panel" aria-label={words.master(host)}>
          <h2>{words.master(host)}</h2>
          {ports ? (
            <PortLadder system={system} ports={ports} />
          ) : (
            <p className="sub">
              <Unread system={system} />
            </p>
          )}
        </section>
        <div className="ports-side">
          {choosesWay && (
            <section className="panel" aria-label={words.waysTitle}>
              <h2>{words.waysTitle}</h2>
              <WaysList system={system} />
            </section>
          )}
          {!tested && !asked && <Firewall text={words.firewallText(host, choosesWay ? ccPort : sslPort)} />}
          {ports && <SessionsTable system={system} ports={ports} />}
        </div>
      </div>
    </main>
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
