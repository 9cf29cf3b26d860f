import type { PacketFinding } from '../../../core/model/packetSizes.ts';
import { portsInWords, type PathTestResult, type PortFinding } from '../../../core/model/pathTest.ts';
import { useActions, useApp } from '../../app/context.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { StateMark, type MarkState } from '../../components/StateMark.tsx';
import { formatClock, formatRate } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectBusy, selectCan, selectPathTest } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { PathDrawing } from './PathDrawing.tsx';

const words = t.pathTest;

const marks: Readonly<Record<PortFinding, MarkState>> = {
  'speaks-put': 'ok',
  'speaks-other': 'warned',
  refused: 'ignored',
  filtered: 'failed',
  unreachable: 'unreachable',
};

const milliseconds = (ms: number | undefined): string => (ms === undefined ? '' : `${Math.round(ms)} ms`);

/** Tries every port from here, signed in or not, and shows what the firewall lets through; nothing where the window cannot test. */
export function PathTestPanel({ systemId }: { systemId: string }) {
  const { testPaths } = useActions();
  const ask = `path-test:${systemId}`;
  const busy = useApp(selectBusy(ask));
  const result = useApp(selectPathTest(systemId));
  const canTest = useApp(selectCan('pathTest'));
  if (!canTest) return null;
  return (
    <section className="panel path-test" aria-label={words.title} aria-busy={busy}>
      <div className="panel-head">
        <div>
          <h2>{words.title}</h2>
          <p className="sub">
            {result ? words.tested(formatClock(result.startedAtMs, true), result.seconds) : words.text}
          </p>
        </div>
        <button type="button" className="btn" disabled={busy} onClick={() => void testPaths(systemId)}>
          {busy ? words.testing : result ? words.again : words.start}
        </button>
      </div>
      <AskError ask={ask} />
      {result && <Result result={result} />}
    </section>
  );
}

function Result({ result }: { result: PathTestResult }) {
  return (
    <>
      {[result.trouble, result.advice].map((text) => text !== undefined && <p key={text}>{text}</p>)}
      {result.askFor !== undefined && (
        <div className="ask-for">
          <p>{result.askFor}</p>
          <CopyButton text={result.askFor} />
        </div>
      )}
      <div className="path-parts">
        <div className="path-drawn">
          <PathDrawing result={result} />
          <Ways result={result} />
        </div>
        <div className="path-told">
          <Probes result={result} />
          <Line result={result} />
        </div>
      </div>
    </>
  );
}

type Probe = PathTestResult['ports'][number];

const COLUMNS: readonly TableColumn<Probe>[] = [
  {
    ...{ id: 'port', title: words.columns.port, kind: 'number', widthPx: 64 },
    value: ({ port }) => port,
    // The name of a port is its digits.
    show: ({ port }) => String(port),
  },
  { id: 'role', title: words.columns.role, widthPx: 160, folds: 3, value: ({ role }) => words.roles[role] },
  {
    ...{ id: 'found', title: words.columns.found, widthPx: 170 },
    value: ({ finding }) => words.found[finding],
    show: ({ finding }) => (
      <span className="state-word">
        <StateMark state={marks[finding]} />
        {words.found[finding]}
      </span>
    ),
  },
  {
    ...{ id: 'roundTrip', title: words.columns.roundTrip, kind: 'number', widthPx: 86, folds: 2 },
    value: ({ roundTripMs }) => roundTripMs,
    show: ({ roundTripMs }) => milliseconds(roundTripMs),
  },
  { id: 'tls', title: words.columns.tls, widthPx: 76, folds: 1, value: ({ tlsVersion }) => tlsVersion },
  { id: 'note', title: words.columns.note, widthPx: 120, grows: true, value: ({ note }) => note },
];

function Probes({ result }: { result: PathTestResult }) {
  return (
    <DataTable
      id="path-test"
      label={words.tableTitle}
      columns={COLUMNS}
      rows={result.ports}
      keyOf={({ port }) => String(port)}
      fileName="path-test"
    />
  );
}

function Ways({ result }: { result: PathTestResult }) {
  return (
    <div>
      <h3>{words.waysTitle}</h3>
      <ul className="ways">
        {result.ways.map((way) => (
          <li key={way.path}>
            <StateMark state={way.works ? 'ok' : 'failed'} />
            <b>{t.pathNames[way.path]}</b>
            <span className="who">
              {way.works ? words.works : words.worksNot}
              <small>{way.because}</small>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Line({ result }: { result: PathTestResult }) {
  const certificate =
    result.certificateKnown === undefined
      ? words.certificateNone
      : result.certificateKnown
        ? words.certificateKnown
        : words.certificateOther(portsInWords(result.otherCertificateAt ?? []));
  return (
    <div className="path-line">
      <h3>{words.lineTitle}</h3>
      <dl>
        <dt>{words.address}</dt>
        <dd className="mono">{result.address ?? result.host}</dd>
        <dt>{words.roundTrip}</dt>
        <dd>{result.roundTripMs === undefined ? words.nothingAnswered : milliseconds(result.roundTripMs)}</dd>
        <dt>{words.rate}</dt>
        <dd>
          {result.bytesPerSecond === undefined
            ? words.rateUnknown
            : words.rateAbout(formatRate(result.bytesPerSecond), result.orMore === true)}
        </dd>
        {result.packets && (
          <>
            <dt>{words.packetsToMaster}</dt>
            <Packets finding={result.packets.toMaster} />
            <dt>{words.packetsToClient}</dt>
            <Packets finding={result.packets.toClient} />
          </>
        )}
        <dt>{words.certificate}</dt>
        <dd className={result.certificateKnown === false ? 'fail-text' : undefined}>{certificate}</dd>
      </dl>
    </div>
  );
}

function Packets({ finding }: { finding: PacketFinding }) {
  switch (finding.kind) {
    case 'full-size':
      return <dd>{words.packetsFull}</dd>;
    case 'limited':
      return <dd className="fail-text">{words.packetsLimited(finding.passesBytes)}</dd>;
    case 'unknown':
      return <dd>{words.packetsUnknown(finding.because)}</dd>;
  }
}
