import { useEffect, useState } from 'react';
import { isLibraryFile } from '../../../core/model/libraryFileName.ts';
import type { BridgeResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { byName, formatBytes } from '../../components/format.ts';
import { t } from '../../texts/en.ts';

type Folder = BridgeResult<'files.listFolder'>;
const words = t.transfers;
const handleOf = (entry: Folder['entries'][number]): string => entry.handle ?? '';

/** The built-in file chooser of the console, where a page has no file dialog of its own. */
export function FolderDialog({ onClose, onChoose }: { onClose: () => void; onChoose: (handles: string[]) => void }) {
  const { listFolder } = useActions();
  const [folder, setFolder] = useState<Folder | undefined>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());

  const open = (path: string | undefined): void => {
    void listFolder(path).then((answer) => {
      if (answer) setFolder(answer);
    });
  };
  useEffect(() => {
    void listFolder(undefined).then((answer) => {
      if (answer) setFolder(answer);
    });
  }, [listFolder]);

  const entries = (folder?.entries ?? [])
    .filter((entry) => entry.folder || isLibraryFile(entry.name))
    .sort((a, b) => Number(b.folder) - Number(a.folder) || byName(a.name, b.name));
  const files = entries.filter((entry) => !entry.folder);
  const toggle = (handle: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(handle);
    else next.delete(handle);
    setChosen(next);
  };
  return (
    <Dialog title={words.folderTitle} onClose={onClose} wide>
      <div className="tools">
        <button
          type="button"
          className="btn small"
          disabled={folder?.parent === undefined}
          onClick={() => open(folder?.parent)}
        >
          {words.folderUp}
        </button>
        <span className="mono wrap">{folder?.folder ?? t.common.reading}</span>
        {files.length > 0 && (
          <button
            type="button"
            className="btn small push-right"
            onClick={() => setChosen(new Set([...chosen, ...files.map(handleOf)]))}
          >
            {t.operation.screens.selectAll}
          </button>
        )}
      </div>
      <AskError ask="folder" />
      <ul className="folder-list">
        {folder && entries.length === 0 && <li className="sub">{words.folderEmpty}</li>}
        {entries.map((entry) => (
          <li key={entry.path}>
            {entry.folder ? (
              <button type="button" className="link mono" onClick={() => open(entry.path)}>
                {entry.name}/
              </button>
            ) : (
              <label className="check mono">
                <input
                  type="checkbox"
                  checked={chosen.has(handleOf(entry))}
                  onChange={(event) => toggle(handleOf(entry), event.target.checked)}
                />
                {entry.name}
                <span className="num sub push-right">{formatBytes(entry.sizeBytes)}</span>
              </label>
            )}
          </li>
        ))}
      </ul>
      <div className="dialog-buttons">
        <span className="why">{chosen.size === 0 ? words.folderNothing : ''}</span>
        <button type="button" className="btn" onClick={onClose}>
          {t.common.goBack}
        </button>
        <button
          type="button"
          className="btn primary"
          disabled={chosen.size === 0}
          onClick={() => onChoose([...chosen])}
        >
          {words.folderChoose(chosen.size)}
        </button>
      </div>
    </Dialog>
  );
}
