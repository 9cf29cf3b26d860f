import { useMemo, useRef, useState } from 'react';
import { LIBRARY_FILE_ENDINGS } from '../../../core/model/libraryFileName.ts';
import type { BridgeResult, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError, withNextStep } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectApp, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { FolderDialog } from './FolderDialog.tsx';
import { chooseByHandle } from '../../fileHandles.ts';
import { useDroppedFiles } from './useDroppedFiles.ts';
import { News } from '../../components/News.tsx';

type Inspected = BridgeResult<'files.inspect'>['files'];
const words = t.transfers;
type ChosenFile = Inspected[number];

/** What reading the file found: usable, or why not and what to do. */
function foundText({ error, name }: ChosenFile): string {
  if (!error) return name.endsWith('.rpm') ? words.readable : words.certList;
  return `${words.broken}: ${withNextStep(error)}`;
}

const COLUMNS: readonly TableColumn<ChosenFile>[] = [
  {
    ...{ id: 'file', title: words.columns.file, kind: 'name', widthPx: 290 },
    value: ({ name }) => name,
    exported: ({ path }) => path,
  },
  {
    id: 'package',
    title: words.columns.package,
    kind: 'name',
    widthPx: 250,
    folds: 2,
    value: ({ identity }) => identity,
  },
  { id: 'arch', title: words.columns.arch, kind: 'name', widthPx: 80, folds: 1, value: ({ arch }) => arch },
  {
    ...{ id: 'size', title: words.columns.size, kind: 'number', widthPx: 84 },
    value: ({ sizeBytes }) => sizeBytes,
    show: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
  {
    ...{ id: 'found', title: words.columns.check, widthPx: 200, grows: true },
    value: foundText,
    show: (file) => (
      <span className="state-word">
        <StateMark state={file.error ? 'failed' : 'ok'} />
        {foundText(file)}
      </span>
    ),
  },
];
const handleOf = ({ handle }: ChosenFile): string => handle;
const ACCEPTED = LIBRARY_FILE_ENDINGS.join(',');

/** Chooses files, by whatever this window has for it, reads them whole before a byte is sent, and starts the upload. */
export function UploadPanel({ system }: { system: SystemView }) {
  const { chooseFiles, samplePackages, inspectFiles, takeFiles, startUpload, goOnWithKeptFiles } = useActions();
  const can = useApp(selectApp)?.can;
  const busy = useApp(selectBusy('files'));
  const uploading = useApp(selectBusy('upload'));
  const askable = useApp((state) => state.askableFiles);
  const [folderOpen, setFolderOpen] = useState(false);
  const [files, setFiles] = useState<Inspected>([]);
  const chooser = useRef<HTMLInputElement>(null);
  const { systemId } = system.saved;
  const usable = files.filter((file) => !file.error);
  const online = system.session.kind === 'online';
  const take = useMemo(
    () =>
      takeFiles &&
      ((chosen: readonly File[]): void => {
        void takeFiles(chosen).then((answer) => answer && setFiles(answer.files));
      }),
    [takeFiles],
  );
  const dropping = useDroppedFiles(take);

  async function inspect(handles: readonly string[] | undefined): Promise<void> {
    if (!handles || handles.length === 0) return;
    const answer = await inspectFiles([...handles]);
    if (answer) setFiles(answer.files);
  }

  /** By the browser's chooser whose files it keeps over a reload; by the page's own where it has none. */
  async function chooseHere(): Promise<void> {
    const chosen = await chooseByHandle(window, t.console.libraryFiles);
    if (!chosen) chooser.current?.click();
    else if (chosen.length > 0) take?.(chosen);
  }

  async function upload(): Promise<void> {
    const answer = await startUpload(
      systemId,
      usable.map((file) => file.handle),
    );
    if (answer) setFiles([]);
  }

  return (
    <section
      className={dropping ? 'panel table-panel dropping' : 'panel table-panel'}
      aria-label={words.uploadTitle}
      aria-busy={busy}
    >
      <div className="panel-head">
        <h2>{words.uploadTitle}</h2>
        <div className="row-buttons">
          {can?.fileDialog === true && (
            <button
              type="button"
              className="btn"
              disabled={busy}
              onClick={() => void chooseFiles().then((answer) => inspect(answer?.handles))}
            >
              {words.choose}
            </button>
          )}
          {take && can?.fileDialog !== true && (
            <>
              <button type="button" className="btn" disabled={busy} onClick={() => void chooseHere()}>
                {t.console.chooseHere}
              </button>
              <input
                ref={chooser}
                type="file"
                multiple
                hidden
                aria-label={t.console.chooseHere}
                accept={ACCEPTED}
                onChange={(event) => {
                  take([...(event.target.files ?? [])]);
                  // The same file may be chosen again.
                  event.target.value = '';
                }}
              />
            </>
          )}
          {can?.folders === true && (
            <button type="button" className="btn" disabled={busy} onClick={() => setFolderOpen(true)}>
              {t.console.onMachine}
            </button>
          )}
          {can?.samples === true && (
            <button
              type="button"
              className="btn"
              disabled={busy}
              onClick={() => void samplePackages().then((answer) => inspect(answer?.handles))}
            >
              {words.samples}
            </button>
          )}
        </div>
      </div>
      {take && (
        <News as="p" className="sub">
          {busy
            ? t.console.reading
            : dropping
              ? t.console.dropNow
              : can?.fileDialog === true
                ? t.console.dropOnWindow
                : t.console.dropHere}
        </News>
      )}
      {askable.length > 0 && (
        <div className="dialog-buttons">
          <News as="span" className="why">
            {t.console.kept(askable.length)}
          </News>
          <button type="button" className="btn primary" onClick={() => void goOnWithKeptFiles()}>
            {t.console.goOnWithKept}
          </button>
        </div>
      )}
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
          <DataTable
            id="chosen-files"
            label={words.inspectTitle}
            columns={COLUMNS}
            rows={files}
            keyOf={handleOf}
            rowClass={({ error }) => (error ? 'attention' : undefined)}
            fileName="chosen-files"
          />
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
