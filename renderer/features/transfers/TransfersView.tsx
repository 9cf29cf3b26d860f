import { useState } from 'react';
import type { LibraryView } from '../../../core/model/package.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { SystemView, TransferView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ProgressBar } from '../../components/Bar.tsx';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError, catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark, type MarkState } from '../../components/StateMark.tsx';
import { TableHead } from '../../components/TableHead.tsx';
import { byName, formatAge, formatBytes, formatDate, formatRate } from '../../components/format.ts';
import { selectBusy, selectCan } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
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
        <Library system={system} library={system.library} />
      ) : (
        <p className="sub">{t.common.reading}</p>
      )}
    </main>
  );
}

function Transfers({ system }: { system: SystemView }) {
  const { clearUploads } = useActions();
  const list = Object.values(system.transfers).sort(
    (a, b) => b.startedAtMs - a.startedAtMs || byName(a.fileName, b.fileName),
  );
  return (
    <section className="panel table-panel" aria-label={words.transfersTitle}>
      <div className="panel-head">
        <h2>{words.transfersTitle}</h2>
        {list.some(isEnded) && (
          <button type="button" className="btn small" onClick={() => void clearUploads(system.saved.systemId)}>
            {words.clear}
          </button>
        )}
      </div>
      <AskError ask="upload" />
      {list.length === 0 ? (
        <p className="sub">{words.none}</p>
      ) : (
        <table className="list transfers">
          <tbody>
            {list.map((transfer) => (
              <TransferRow key={transfer.transferId} systemId={system.saved.systemId} transfer={transfer} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function TransferRow({ systemId, transfer }: { systemId: string; transfer: TransferView }) {
  const { pauseUpload, resumeUpload, cancelUpload } = useActions();
  const busy = useApp(selectBusy('upload'));
  const { state, sizeBytes, sentBytes, bytesPerSecond, transferId } = transfer;
  const restMs = bytesPerSecond > 0 ? ((sizeBytes - sentBytes) / bytesPerSecond) * 1000 : undefined;
  const moving = state === 'sending' && restMs !== undefined;
  const cause = transfer.cause && `${transfer.cause.message} ${catalogueEntry(transfer.cause.code)?.nextStep ?? ''}`;
  return (
    <tr>
      <th scope="row" className="mono" title={transfer.localPath}>
        {transfer.fileName}
      </th>
      <td>
        <span className="state-word">
          <StateMark state={marks[state]} />
          {t.transferStates[state]}
        </span>
        {cause && <small className="fail-text">{cause}</small>}
      </td>
      <td className="bar-cell">
        {!isEnded(transfer) && (
          <ProgressBar value={sizeBytes === 0 ? 1 : sentBytes / sizeBytes} label={transfer.fileName} />
        )}
      </td>
      <td className="num">
        {state === 'done' ? formatBytes(sizeBytes) : `${formatBytes(sentBytes)} / ${formatBytes(sizeBytes)}`}
      </td>
      <td className="num">{moving ? formatRate(bytesPerSecond) : ''}</td>
      <td className="num">{moving ? words.rest(formatAge(restMs)) : ''}</td>
      <td className="row-buttons">
        {state === 'paused' ? (
          <button
            type="button"
            className="btn small"
            disabled={busy}
            onClick={() => void resumeUpload(systemId, transferId)}
          >
            {words.resume}
          </button>
        ) : (
          !isEnded(transfer) && (
            <button
              type="button"
              className="btn small"
              disabled={busy}
              onClick={() => void pauseUpload(systemId, transferId)}
            >
              {words.pause}
            </button>
          )
        )}
        {!isEnded(transfer) && (
          <button
            type="button"
            className="btn small"
            disabled={busy}
            onClick={() => void cancelUpload(systemId, transferId)}
          >
            {words.cancel}
          </button>
        )}
      </td>
    </tr>
  );
}

function Library({ system, library }: { system: SystemView; library: LibraryView }) {
  const { removeFile } = useActions();
  const [removing, setRemoving] = useState<string | undefined>();
  const samples = useApp(selectCan('samples'));
  const packages = Object.values(library.packages).sort((a, b) => byName(a.fileName, b.fileName));
  const unusable = Object.values(library.problems ?? {}).sort((a, b) => byName(a.fileName, b.fileName));
  const lists = Object.values(library.certLists).sort((a, b) => byName(a.release, b.release));
  const admin = system.session.kind === 'online' && system.session.role === 'admin';
  return (
    <>
      <section className="panel table-panel" aria-label={words.certListsTitle}>
        <h2>{words.certListsTitle}</h2>
        {lists.length === 0 ? (
          <p className="sub">{t.common.none}</p>
        ) : (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{words.release}</th>
                <th scope="col">{words.columns.file}</th>
                <th scope="col">{words.entries}</th>
                <th scope="col">{words.missing}</th>
              </tr>
            </thead>
            <tbody>
              {lists.map((list) => (
                <tr key={list.fileName}>
                  <th scope="row">
                    {list.release} <span className="plain">{list.title}</span>
                  </th>
                  <td className="mono">{list.fileName}</td>
                  <td className="num">{list.entries.length}</td>
                  <td>
                    <span className="state-word">
                      <StateMark state={list.missing.length === 0 ? 'ok' : 'warned'} />
                      {list.missing.length === 0 ? words.complete : list.missing.join(', ')}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {unusable.length > 0 && (
        <section className="panel table-panel" aria-label={words.unusableTitle}>
          <h2>{words.unusableTitle}</h2>
          <p className="sub">{words.unusableText}</p>
          <table className="list">
            <TableHead
              columns={[
                words.columns.file,
                words.columns.size,
                words.reason,
                ...(admin ? [t.operation.packages.columns.actions] : []),
              ]}
            />
            <tbody>
              {unusable.map((item) => (
                <tr key={item.fileName}>
                  <th scope="row" className="mono">
                    {item.fileName}
                  </th>
                  <td className="num">{formatBytes(item.fileBytes)}</td>
                  <td>
                    <span className="state-word">
                      <StateMark state="failed" />
                      {item.message}
                    </span>
                    <small>{catalogueEntry(item.code)?.nextStep}</small>
                  </td>
                  {admin && <RemoveCell fileName={item.fileName} onRemove={setRemoving} />}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <section className="panel table-panel" aria-label={words.libraryTitle}>
        <div className="panel-head">
          <h2>
            {words.libraryTitle} <span className="sub num">{t.common.packages(packages.length)}</span>
          </h2>
          <span className="sub num">{words.libraryFree(formatBytes(library.freeBytes))}</span>
        </div>
        <AskError ask="library" />
        {packages.length === 0 ? (
          <p className="sub">{words.libraryEmpty(samples)}</p>
        ) : (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{words.columns.package}</th>
                <th scope="col">{words.version}</th>
                <th scope="col">{words.columns.arch}</th>
                <th scope="col">{words.columns.size}</th>
                <th scope="col">{words.signature}</th>
                <th scope="col">{words.by}</th>
                {admin && <th scope="col">{t.operation.packages.columns.actions}</th>}
              </tr>
            </thead>
            <tbody>
              {packages.map((item) => (
                <tr key={item.fileName}>
                  <th scope="row" className="mono" title={`${item.fileName}\n${item.summary}`}>
                    {item.name}
                  </th>
                  <td className="mono">{formatEvr(item)}</td>
                  <td className="mono">{item.arch}</td>
                  <td className="num">{formatBytes(item.fileBytes)}</td>
                  <td>{item.signed ? words.signed : words.unsigned}</td>
                  <td>
                    {item.uploadedBy}, <span className="num">{formatDate(item.uploadedAtMs)}</span>
                  </td>
                  {admin && <RemoveCell fileName={item.fileName} onRemove={setRemoving} />}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {removing !== undefined && (
        <ConfirmDialog
          title={words.removeTitle(removing)}
          text={words.removeText}
          confirm={words.removeConfirm}
          onConfirm={() => void removeFile(system.saved.systemId, removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}

/** The last cell of a file's row: takes it out of the library, after asking. */
function RemoveCell({ fileName, onRemove }: { fileName: string; onRemove: (fileName: string) => void }) {
  return (
    <td className="row-buttons">
      <button
        type="button"
        className="btn small"
        aria-label={`${words.remove} ${fileName}`}
        onClick={() => onRemove(fileName)}
      >
        {words.remove}
      </button>
    </td>
  );
}
