import { useEffect, useMemo, useState } from 'react';
import type { NodeRow } from '../../../core/model/node.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy, selectInventoryDialog, selectInventoryNumber } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { AddNodeDialog } from './AddNodeDialog.tsx';
import { AuthorizeDialog } from './AuthorizeDialog.tsx';
import { ChangeNodeDialog } from './ChangeNodeDialog.tsx';
import { HostKeysDialog } from './HostKeysDialog.tsx';
import { ImportDialog } from './ImportDialog.tsx';
import { type Checked, faultCount, Problems } from './InventoryProblems.tsx';
import { ProbeDialog } from './ProbeDialog.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { SudoDialog } from './SudoDialog.tsx';
import { News } from '../../components/News.tsx';

const words = t.inventory;

/**
 * The inventory of real nodes: what is wrong with it, and how it is changed. It is asked for when the panel is shown and whenever this window changed
 * it; a dialog that was left without doing anything asks nothing.
 */
export function InventoryPanel(props: {
  readonly systemId: string;
  readonly online: boolean;
  readonly nodes: Readonly<Record<string, NodeRow>>;
}) {
  const { systemId, online, nodes } = props;
  const { askInventory, showInventoryDialog } = useActions();
  const busy = useApp(selectBusy('inventory'));
  const changes = useApp(selectInventoryNumber);
  const dialog = useApp(selectInventoryDialog);
  const [checked, setChecked] = useState<Checked | undefined>();
  const check = (): void => {
    void askInventory('inventory', systemId, 'inventory.check', {}).then((answer) => answer && setChecked(answer));
  };
  useEffect(() => {
    if (online) check();
    // For each time that the line is there, and for each change from here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [systemId, online, changes]);
  // A dialog belongs to the view that it was opened in.
  useEffect(() => () => showInventoryDialog(undefined), [systemId, showInventoryDialog]);
  const close = (): void => showInventoryDialog(undefined);
  const unpinned = checked?.unpinned ?? [];
  const names = useMemo(() => Object.keys(nodes), [nodes]);
  const systems = useMemo(() => [...new Set(Object.values(nodes).map(({ system }) => String(system)))].sort(), [nodes]);
  return (
    <section className="panel" aria-label={words.title}>
      <div className="page-head">
        <h2>{words.title}</h2>
        {checked && <span className="sub">{words.summary(checked.nodes, faultCount(checked))}</span>}
        <div className="row-buttons push-right">
          <button type="button" className="btn small" disabled={busy || !online} onClick={check}>
            {words.check}
          </button>
          {(['add', 'probe', 'import', 'remove', 'authorize', 'sudo'] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              className="btn small"
              disabled={!online}
              onClick={() => showInventoryDialog({ kind, names: [] })}
            >
              {words[kind]}
            </button>
          ))}
          {unpinned.length > 0 && (
            <button
              type="button"
              className="btn small primary"
              disabled={!online}
              onClick={() => showInventoryDialog({ kind: 'hostKeys', names: unpinned })}
            >
              {words.pin(unpinned.length)}
            </button>
          )}
        </div>
      </div>
      <AskError ask="inventory" />
      {checked?.waitsFor === 'job' && <p>{words.waitsForJob(checked.nodesInEffect)}</p>}
      {checked?.waitsFor === 'faults' && <News as="p">{words.waitsForFaults(checked.nodesInEffect)}</News>}
      {checked && <Problems problems={checked.problems} />}
      {dialog?.kind === 'add' && (
        <AddNodeDialog
          systemId={systemId}
          onClose={close}
          onAdded={(name) => showInventoryDialog({ kind: 'hostKeys', names: [name] })}
        />
      )}
      {dialog?.kind === 'probe' && (
        <ProbeDialog
          systemId={systemId}
          onClose={close}
          onAdded={(added) => showInventoryDialog(added.length > 0 ? { kind: 'hostKeys', names: added } : undefined)}
        />
      )}
      {dialog?.kind === 'change' && (
        <ChangeNodeDialog systemId={systemId} name={dialog.names[0] ?? ''} onClose={close} />
      )}
      {dialog?.kind === 'import' && <ImportDialog systemId={systemId} onClose={close} />}
      {dialog?.kind === 'remove' && (
        <RemoveDialog systemId={systemId} names={names} first={dialog.names} onClose={close} />
      )}
      {dialog?.kind === 'hostKeys' && <HostKeysDialog systemId={systemId} names={dialog.names} onClose={close} />}
      {dialog?.kind === 'authorize' && (
        <AuthorizeDialog
          {...{ systemId, names, publicLine: checked?.publicLine }}
          first={dialog.names}
          onClose={close}
        />
      )}
      {dialog?.kind === 'sudo' && (
        <SudoDialog systemId={systemId} systems={systems} givenFor={checked?.sudoGivenFor ?? []} onClose={close} />
      )}
    </section>
  );
}
