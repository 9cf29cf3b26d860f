import { useActions, useApp } from '../../app/context.ts';
import { SHORTCUTS, shownKeys } from '../../app/shortcuts.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { t } from '../../texts/en.ts';
import { isMac } from './isMac.ts';

const words = t.keyboard;

/** Every key with what it does. */
export function ShortcutList() {
  return (
    <dl className="facts shortcut-list">
      {SHORTCUTS.map((shortcut) => (
        <div key={shortcut.id}>
          <dt>
            {shownKeys(shortcut, isMac()).map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{shortcut.by === 'command' ? words.commands[shortcut.id] : words.keysOfFocus[shortcut.id]}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Every key with what it does, and the choice whether characters alone are keys. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const singleKeys = useApp((state) => state.singleKeys);
  const { setSingleKeys } = useActions();
  return (
    <Dialog title={words.shortcutsTitle} onClose={onClose} wide>
      <ShortcutList />
      <label className="check">
        <input type="checkbox" checked={singleKeys} onChange={(event) => setSingleKeys(event.target.checked)} />
        <span>{words.singleKeys}</span>
      </label>
      <div className="dialog-buttons">
        <button type="button" className="btn primary" onClick={onClose} autoFocus>
          {t.common.close}
        </button>
      </div>
    </Dialog>
  );
}
