import { useMemo } from 'react';
import type { SystemView, TransferView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ProgressBar } from '../../components/Bar.tsx';
import { AskError, withNextStep } from '../../components/ErrorNote.tsx';
import { StateMark, type MarkState } from '../../components/StateMark.tsx';
import { byName, formatAge, formatBytes, formatRate } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { Unread } from '../../components/Unread.tsx';
import { t } from '../../texts/en.ts';
import { QueueBar } from './QueueBar.tsx';
import { LibraryTables } from './LibraryTables.tsx';
import { UploadPanel } from './UploadPanel.tsx';

const words = t.transfers;
const marks: Readonly<Record<TransferView['state'], MarkState>> = {
  waiting: 'waiting',
  hashing: 'running',
  sending: 'running',
  paused: 'input',
  'line-lost': 'unreachable',
  confirming: 'running',
  done: 'ok',
  failed: 'failed',
  cancelled: 'ignored',
};
const isEnded = (transfer: TransferView): boolean =>
  transfer.state === 'done' || transfer.state === 'failed' || transfer.state === 'cancelled';

/** Uploads into the package library, their progress, and what the library holds. */
export function TransfersView({ system }: { system: SystemView }) {
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
      </div>
      <UploadPanel system={system} />
      <Transfers system={system} />
      {system.library ? (
        <LibraryTables system={system} library={system.library} />
      ) : (
        <p className="sub">
          <Unread system={system} />
        </p>
      )}
    </main>
  );
}

function Transfers({ system }: { system: SystemView }) {
  const { clearUploads } = useActions();
  const list = useMemo(
    () =>
      Object.values(system.transfers).sort((a, b) => b.startedAtMs - a.startedAtMs || byName(a.fileName, b.fileName)),
    [system.transfers],
  );
  const columns = useMemo(() => columnsOf(system.saved.systemId), [system.saved.systemId]);
  return (
    <section className="panel" aria-label={words.transfersTitle}>
      <div className="panel-head">
        <h2>{words.transfersTitle}</h2>
        {list.some(isEnded) && (
          <button type="button" className="btn small" onClick={() => void clearUploads(system.saved.systemId)}>
            {words.clear}
          </button>
        )}
      </div>
      <QueueBar system={system} transfers={list} />
      <AskError ask="upload" />
      {list.length === 0 ? (
        <p className="sub">{words.none}</p>
      ) : (
        <DataTable
          id="transfers"
          label={words.transfersTitle}
          columns={columns}
          rows={list}
          keyOf={keyOf}
          fileName="transfers"
        />
      )}
    </section>
  );
}

const keyOf = ({ transferId }: TransferView): string => transferId;
const shareSent = ({ sizeBytes, sentBytes }: TransferView): number => (sizeBytes === 0 ? 1 : sentBytes / sizeBytes);
const causeOf = ({ cause }: TransferView): string => (cause ? withNextStep(cause) : '');
const restMs = ({ state, sizeBytes, sentBytes, bytesPerSecond }: TransferView): number | undefined =>
  state === 'sending' && bytesPerSecond > 0 ? ((sizeBytes - sentBytes) / bytesPerSecond) * 1000 : undefined;

function columnsOf(systemId: string): readonly TableColumn<TransferView>[] {
  return [
    {
      ...{ id: 'file', title: words.columns.file, kind: 'name', widthPx: 292 },
      value: ({ fileName }) => fileName,
    },
    {
      ...{ id: 'state', title: words.stateColumn, widthPx: 176 },
      value: ({ state }) => t.transferStates[state],
      // Where the room is short the cause is no column.
      show: (transfer) => (
        <span className="state-word" title={causeOf(transfer) || undefined}>
          <StateMark state={marks[transfer.state]} />
          {t.transferStates[transfer.state]}
        </span>
      ),
    },
    {
      ...{ id: 'progress', title: words.progressColumn, widthPx: 90, folds: 1 },
      value: shareSent,
      exported: (transfer) => Math.round(shareSent(transfer) * 100),
      show: (transfer) => !isEnded(transfer) && <ProgressBar value={shareSent(transfer)} label={transfer.fileName} />,
    },
    {
      ...{ id: 'size', title: words.columns.size, kind: 'number', widthPx: 144, folds: 4 },
      value: ({ sizeBytes }) => sizeBytes,
      show: ({ state, sizeBytes, sentBytes }) =>
        state === 'done' ? formatBytes(sizeBytes) : `${formatBytes(sentBytes)} / ${formatBytes(sizeBytes)}`,
    },
    {
      ...{ id: 'rate', title: words.rateColumn, kind: 'number', widthPx: 84, folds: 2 },
      value: (transfer) => (restMs(transfer) === undefined ? undefined : transfer.bytesPerSecond),
      show: (transfer) => (restMs(transfer) === undefined ? '' : formatRate(transfer.bytesPerSecond)),
    },
    {
      ...{ id: 'rest', title: words.restColumn, kind: 'number', widthPx: 92, folds: 3 },
      value: restMs,
      show: (transfer) => {
        const rest = restMs(transfer);
        return rest === undefined ? '' : words.rest(formatAge(rest));
      },
    },
    {
      ...{ id: 'cause', title: words.causeColumn, widthPx: 120, grows: true, folds: 5 },
      value: causeOf,
      show: (transfer) => <span className="fail-text">{causeOf(transfer)}</span>,
    },
    {
      ...{ id: 'buttons', title: t.operation.packages.columns.actions, kind: 'buttons', widthPx: 136 },
      value: () => undefined,
      show: (transfer) => <TransferButtons systemId={systemId} transfer={transfer} />,
    },
  ];
}

function TransferButtons({ systemId, transfer }: { systemId: string; transfer: TransferView }) {
  const { pauseUpload, resumeUpload, cancelUpload } = useActions();
  const busy = useApp(selectBusy('upload'));
  const { state, transferId, fileName } = transfer;
  const again = state === 'failed' && transfer.cause?.code !== 'file-out-of-reach';
  if (isEnded(transfer) && !again) return null;
  const goesOn = again || state === 'paused';
  const word = again ? words.again : goesOn ? words.resume : words.pause;
  return (
    <>
      <button
        type="button"
        className="btn small"
        disabled={busy}
        aria-label={`${word} ${fileName}`}
        onClick={() => void (goesOn ? resumeUpload : pauseUpload)(systemId, transferId)}
      >
        {word}
      </button>
      {!again && (
        <button
          type="button"
          className="btn small"
          disabled={busy}
          aria-label={`${words.cancel} ${fileName}`}
          onClick={() => void cancelUpload(systemId, transferId)}
        >
          {words.cancel}
        </button>
      )}
    </>
  );
}
