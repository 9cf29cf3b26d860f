import { useEffect, useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { News } from '../../components/News.tsx';

const words = t.inventory;
/** Hosts that are asked for their keys at a time. */
const KEYS_AT_A_TIME = 200;

type Answer = MethodResult<'inventory.shownKeys'>;
type ShownKey = Answer['shown'][number];

const nameOf = ({ name }: ShownKey): string => name;
const COLUMNS: readonly TableColumn<ShownKey>[] = [
  { id: 'host', title: words.keyColumns.host, kind: 'name', widthPx: 140, value: nameOf },
  {
    ...{ id: 'shows', title: words.keyColumns.shows, widthPx: 420, grows: true },
    value: ({ fingerprint }) => fingerprint,
    // A fingerprint is compared whole.
    show: ({ fingerprint }) => <span className="mono">{fingerprint}</span>,
  },
  { id: 'type', title: words.keyColumns.type, widthPx: 130, folds: 1, value: ({ key }) => key.split(' ')[0] },
];

/**
 * The keys that hosts show now, beside those that are pinned. A person compares and pins them; a key in place of another one is pinned only where
 * that was ticked for this very host.
 */
export function HostKeysDialog({ systemId, names, onClose }: InventoryDialogProps & { names: readonly string[] }) {
  const { askInventory } = useActions();
  const busy = useApp(selectBusy(INVENTORY_DIALOG));
  const [answer, setAnswer] = useState<Answer | undefined>();
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const asked = names.slice(0, KEYS_AT_A_TIME);
  const look = (): void => {
    void askInventory(INVENTORY_DIALOG, systemId, 'inventory.shownKeys', { names: asked }).then((shown) => {
      // What was accepted was another look.
      setAccepted(new Set());
      setAnswer(shown);
    });
  };
  useEffect(() => {
    look();
    // Once, when it opens: what a person compares must not change under their eyes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const shown = answer?.shown ?? [];
  const isNew = ({ fingerprint, pinned }: Answer['shown'][number]): boolean => !pinned.includes(fingerprint);
  const fresh = shown.filter((one) => isNew(one) && one.pinned.length === 0);
  const changed = shown.filter((one) => isNew(one) && one.pinned.length > 0);
  const right = shown.length - fresh.length - changed.length;
  const toPin = [...fresh, ...changed.filter(({ name }) => accepted.has(name))];
  const pin = async (): Promise<void> => {
    const keys = Object.fromEntries(toPin.map(({ name, key }) => [name, [key]]));
    if (await askInventory(INVENTORY_DIALOG, systemId, 'inventory.pin', { keys })) onClose();
  };
  const whyOff =
    toPin.length > 0 ? undefined : !answer ? '' : changed.length > 0 ? words.repinWhyOff : words.pinNothing;
  return (
    <InventoryForm
      title={changed.length > 0 ? words.repinTitle : words.pinTitle}
      confirm={words.pinConfirm(toPin.length)}
      whyOff={whyOff}
      wide
      onSubmit={() => void pin()}
      onClose={onClose}
    >
      <p>{words.pinText}</p>
      {names.length > asked.length && <p>{words.pinPart(asked.length, names.length)}</p>}
      {!answer && busy && <News as="p">{words.pinReading}</News>}
      {!busy && (
        <button type="button" className="btn small" onClick={look}>
          {words.pinAgain}
        </button>
      )}
      {changed.length > 0 && (
        <section aria-label={words.repinTitle}>
          <News as="p">{words.repinText}</News>
          {changed.map(({ name, fingerprint, pinned }) => (
            <div className="changed-key" key={name}>
              <dl className="facts">
                <div>
                  <dt>{words.repinNode}</dt>
                  <dd className="mono">
                    <b>{name}</b>
                  </dd>
                </div>
                <div>
                  <dt>{words.repinBefore}</dt>
                  <dd className="mono">{pinned.join(' ')}</dd>
                </div>
                <div>
                  <dt>{words.repinNow}</dt>
                  <dd className="mono">{fingerprint}</dd>
                </div>
              </dl>
              <label className="check">
                <input
                  type="checkbox"
                  checked={accepted.has(name)}
                  onChange={(event) => {
                    const next = new Set(accepted);
                    if (event.target.checked) next.add(name);
                    else next.delete(name);
                    setAccepted(next);
                  }}
                />
                <span>{words.repinAccept(name)}</span>
              </label>
            </div>
          ))}
        </section>
      )}
      {fresh.length > 0 && (
        <DataTable
          id="host-keys"
          label={words.keysNew}
          columns={COLUMNS}
          rows={fresh}
          keyOf={nameOf}
          fileName="host-keys"
        />
      )}
      {right > 0 && <p>{words.pinRight(right)}</p>}
      <Failures failed={answer?.failed ?? []} />
    </InventoryForm>
  );
}

/** Hosts at which something went wrong, each with what. */
export function Failures({ failed }: { readonly failed: Answer['failed'] }) {
  if (failed.length === 0) return null;
  return (
    <ul className="problems">
      {failed.map(({ name, message, code }) => (
        <li key={name}>
          <b className="mono">{name}</b> {message} ({code})
        </li>
      ))}
    </ul>
  );
}
