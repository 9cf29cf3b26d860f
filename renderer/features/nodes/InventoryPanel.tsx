import { useEffect, useState } from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { type Checked, faultCount, Problems } from './InventoryProblems.tsx';
import { AddNodeDialog, ImportDialog, PinDialog, RemoveDialog } from './InventoryDialogs.tsx';

const words = t.inventory;
/** The inventory of real nodes: what is wrong with it, and how it is changed. It is asked for when it is opened. */
export function InventoryPanel({ systemId, online }: { readonly systemId: string; readonly online: boolean }) {
  const { askInventory } = useActions();
  const busy = useApp(selectBusy('inventory'));
  const [checked, setChecked] = useState<Checked | undefined>();
  const [dialog, setDialog] = useState<'add' | 'import' | 'remove' | 'pin' | undefined>();
  const check = (): void => {
    void askInventory(systemId, 'inventory.check', {}).then((answer) => answer && setChecked(answer));
  };
  useEffect(() => {
    if (online) check();
    // Once for each time that the line is there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [systemId, online]);
  const close = (): void => {
    setDialog(undefined);
    check();
  };
  const off = busy || !online;
  const unpinned = checked?.unpinned ?? [];
  return (
    <section className="panel" aria-label={words.title}>
      <div className="page-head">
        <h2>{words.title}</h2>
        {checked && <span className="sub">{words.summary(checked.nodes, faultCount(checked))}</span>}
        <div className="row-buttons push-right">
          <button type="button" className="btn" disabled={off} onClick={check}>
            {words.check}
          </button>
          <button type="button" className="btn" disabled={off} onClick={() => setDialog('add')}>
            {words.add}
          </button>
          <button type="button" className="btn" disabled={off} onClick={() => setDialog('import')}>
            {words.import}
          </button>
          <button type="button" className="btn" disabled={off} onClick={() => setDialog('remove')}>
            {words.remove}
          </button>
          {unpinned.length > 0 && (
            <button type="button" className="btn primary" disabled={off} onClick={() => setDialog('pin')}>
              {words.pin(unpinned.length)}
            </button>
          )}
        </div>
      </div>
      {dialog === undefined && <AskError ask="inventory" />}
      {checked?.waitsFor === 'job' && <p>{words.waitsForJob}</p>}
      {checked?.waitsFor === 'faults' && <p role="alert">{words.waitsForFaults}</p>}
      {checked && <Problems problems={checked.problems} />}
      {checked?.publicLine !== undefined && (
        <p>
          {words.masterKey}: <code>{checked.publicLine}</code> <CopyButton text={checked.publicLine} />
        </p>
      )}
      {dialog === 'add' && <AddNodeDialog systemId={systemId} onClose={close} />}
      {dialog === 'import' && <ImportDialog systemId={systemId} onClose={close} />}
      {dialog === 'remove' && <RemoveDialog systemId={systemId} onClose={close} />}
      {dialog === 'pin' && <PinDialog systemId={systemId} names={unpinned} onClose={close} />}
    </section>
  );
}
