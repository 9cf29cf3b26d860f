import { useState } from 'react';
import type { BridgeResult, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError, catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../components/format.ts';
import { TableHead } from '../../components/TableHead.tsx';
import { selectApp, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { FolderDialog } from './FolderDialog.tsx';

type Inspected = BridgeResult<'files.inspect'>['files'];
const words = t.transfers;

/** Chooses files of this client system, reads them whole before a byte is sent, and starts the upload. */
export function UploadPanel({ system }: { system: SystemView }) {
  const { chooseFiles, samplePackages, inspectFiles, startUpload } = useActions();
  const app = useApp(selectApp);
  const busy = useApp(selectBusy('files'));
  const uploading = useApp(selectBusy('upload'));
  const [folderOpen, setFolderOpen] = useState(false);
  const [files, setFiles] = useState<Inspected>([]);
  const { systemId } = system.saved;
  const usable = files.filter((file) => !file.error);
  const online = system.session.kind === 'online';

  async function inspect(handles: readonly string[] | undefined): Promise<void> {
    if (!handles || handles.length === 0) return;
    const answer = await inspectFiles([...handles]);
    if (answer) setFiles(answer.files);
  }

  async function upload(): Promise<void> {
    const answer = await startUpload(
      systemId,
      usable.map((file) => file.handle),
    );
    if (answer) setFiles([]);
  }

  return (
    <section className="panel table-panel" aria-label={words.uploadTitle}>
      <div className="panel-head">
        <h2>{words.uploadTitle}</h2>
        {app?.localFiles === true && (
          <div className="row-buttons">
            <button
              type="button"
              className="btn"
              disabled={busy}
              onClick={() => {
                if (app.carrier === 'desktop') void chooseFiles().then((answer) => inspect(answer?.handles));
                else setFolderOpen(true);
              }}
            >
              {words.choose}
            </button>
            <button
              type="button"
              className="btn"
              disabled={busy}
              onClick={() => void samplePackages().then((answer) => inspect(answer?.handles))}
            >
              {words.samples}
            </button>
          </div>
        )}
      </div>
      {app?.localFiles === false && <p className="sub">{words.noLocalFiles}</p>}
      <AskError ask="files" />
      {files.length > 0 && (
        <>
          <div className="dialog-buttons">
            <span className="why">{usable.length < files.length ? words.leaveOut : ''}</span>
            <button type="button" className="btn" onClick={() => setFiles([])}>
              {words.discard}
            </button>
            <button
              type="button"
              className="btn primary"
              disabled={usable.length === 0 || uploading || !online}
              onClick={() => void upload()}
            >
              {words.upload(usable.length)}
            </button>
          </div>
          <table className="list" aria-label={words.inspectTitle}>
            <TableHead columns={Object.values(words.columns)} />
            <tbody>
              {files.map((file) => (
                <tr key={file.handle}>
                  <th scope="row" className="mono" title={file.path}>
                    {file.name}
                  </th>
                  <td className="mono">{file.identity ?? ''}</td>
                  <td className="mono">{file.arch ?? ''}</td>
                  <td className="num">{formatBytes(file.sizeBytes)}</td>
                  <td>
                    <span className="state-word">
                      <StateMark state={file.error ? 'failed' : 'ok'} />
                      {file.error
                        ? `${words.broken}: ${file.error.message}`
                        : file.name.endsWith('.rpm')
                          ? words.readable
                          : words.certList}
                    </span>
                    {file.error && <small>{catalogueEntry(file.error.code)?.nextStep}</small>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {folderOpen && (
        <FolderDialog
          onClose={() => setFolderOpen(false)}
          onChoose={(handles) => {
            setFolderOpen(false);
            void inspect(handles);
          }}
        />
      )}
    </section>
  );
}
