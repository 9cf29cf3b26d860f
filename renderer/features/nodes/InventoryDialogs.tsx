import { useEffect, useState, type ReactNode } from 'react';
import { NODE_TYPES } from '../../../core/model/node.ts';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { type Checked, faultCount, Problems } from './InventoryProblems.tsx';

const words = t.inventory;
/** Hosts that are asked for their keys at a time. */
const KEYS_AT_A_TIME = 200;

interface DialogProps {
  readonly systemId: string;
  readonly onClose: () => void;
}

/** A form with its error and its two buttons. */
function FormDialog(props: {
  readonly title: string;
  readonly confirm: string;
  readonly off?: boolean;
  readonly wide?: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const busy = useApp(selectBusy('inventory'));
  return (
    <Dialog title={props.title} onClose={props.onClose} keepOpen wide={props.wide ?? false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        {props.children}
        <AskError ask="inventory" />
        <div className="dialog-buttons">
          <button type="button" className="btn" onClick={props.onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={busy || props.off === true}>
            {props.confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const FIELDS = ['name', 'address', 'port', 'user', 'system', 'clique', 'jump'] as const;

export function AddNodeDialog({ systemId, onClose }: DialogProps) {
  const { askInventory } = useActions();
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const [type, setType] = useState<string>('TPA');
  const add = async (): Promise<void> => {
    const given = FIELDS.flatMap((field) => {
      const text = said[field]?.trim() ?? '';
      return text === '' ? [] : [[field, field === 'port' ? Number(text) : text] as const];
    });
    const node = { ...Object.fromEntries(given), name: said['name']?.trim() ?? '', type };
    if (await askInventory(systemId, 'inventory.add', { nodes: [node] })) onClose();
  };
  return (
    <FormDialog title={words.addTitle} confirm={words.addConfirm} onSubmit={() => void add()} onClose={onClose}>
      {FIELDS.map((field) => (
        <label className="field" key={field}>
          <span>{words[field]}</span>
          <input
            required={field === 'name'}
            inputMode={field === 'port' ? 'numeric' : 'text'}
            placeholder={field === 'name' ? '' : words.optional}
            value={said[field] ?? ''}
            onChange={(event) => setSaid({ ...said, [field]: event.target.value })}
          />
        </label>
      ))}
      <label className="field">
        <span>{words.type}</span>
        <select value={type} onChange={(event) => setType(event.target.value)}>
          {NODE_TYPES.map((one) => (
            <option key={one} value={one}>
              {t.nodeTypes[one]}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}

/** A file that a person picks is read here and checked by the master before anything is taken over. */
export function ImportDialog({ systemId, onClose }: DialogProps) {
  const { askInventory } = useActions();
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | undefined>();
  const [checked, setChecked] = useState<Checked | undefined>();
  const [update, setUpdate] = useState(false);
  const pick = async (picked: File | undefined): Promise<void> => {
    setChecked(undefined);
    setFile(undefined);
    if (!picked) return;
    const read = { name: picked.name, text: await picked.text() };
    setFile(read);
    setChecked(await askInventory(systemId, 'inventory.check', read));
  };
  const take = async (): Promise<void> => {
    if (file && (await askInventory(systemId, 'inventory.add', { ...file, update }))) onClose();
  };
  const faults = checked ? faultCount(checked) : 0;
  return (
    <FormDialog
      title={words.importTitle}
      confirm={words.importConfirm}
      off={!checked || faults > 0}
      wide
      onSubmit={() => void take()}
      onClose={onClose}
    >
      <p>{words.importText}</p>
      <label className="field">
        <span>{words.importFile}</span>
        <input type="file" onChange={(event) => void pick(event.target.files?.[0])} />
      </label>
      {checked && (
        <div role="status">
          <p>{words.importReadAs(checked.form, checked.nodes, faults)}</p>
          {faults === 0 && <p>{words.importWould(checked.added.length, checked.changed.length, checked.same)}</p>}
          <Problems problems={checked.problems} />
        </div>
      )}
      <label className="check">
        <input type="checkbox" checked={update} onChange={(event) => setUpdate(event.target.checked)} />
        <span>{words.importUpdate}</span>
      </label>
    </FormDialog>
  );
}

export function RemoveDialog({ systemId, onClose }: DialogProps) {
  const { askInventory } = useActions();
  const [text, setText] = useState('');
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const remove = async (): Promise<void> => {
    if (await askInventory(systemId, 'inventory.remove', { names })) onClose();
  };
  return (
    <FormDialog
      title={words.removeTitle}
      confirm={words.removeConfirm}
      off={names.length === 0}
      onSubmit={() => void remove()}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
      <label className="field">
        <span>{words.removeNames}</span>
        <input value={text} onChange={(event) => setText(event.target.value)} />
      </label>
    </FormDialog>
  );
}

/** Shows the keys that hosts show now; a person compares and pins them. */
export function PinDialog({ systemId, names, onClose }: DialogProps & { readonly names: readonly string[] }) {
  const { askInventory } = useActions();
  const [answer, setAnswer] = useState<MethodResult<'inventory.shownKeys'> | undefined>();
  useEffect(() => {
    void askInventory(systemId, 'inventory.shownKeys', { names: names.slice(0, KEYS_AT_A_TIME) }).then(setAnswer);
    // Once, when it opens: what a person compares must not change under their eyes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const fresh = (answer?.shown ?? []).filter(({ fingerprint, pinned }) => !pinned.includes(fingerprint));
  const pin = async (): Promise<void> => {
    const keys = Object.fromEntries(fresh.map(({ name, key }) => [name, [key]]));
    if (await askInventory(systemId, 'inventory.pin', { keys })) onClose();
  };
  return (
    <FormDialog
      title={words.pinTitle}
      confirm={words.pinConfirm(fresh.length)}
      off={fresh.length === 0}
      wide
      onSubmit={() => void pin()}
      onClose={onClose}
    >
      <p>{words.pinText}</p>
      {!answer && <p role="status">{words.pinReading}</p>}
      <ul>
        {fresh.map(({ name, fingerprint, pinned }) => (
          <li key={name}>
            <b className="mono">{name}</b> <code>{fingerprint}</code>
            {pinned.length > 0 && <span> {words.pinBefore(pinned.join(', '))}</span>}
          </li>
        ))}
        {answer?.failed.map(({ name, message, code }) => (
          <li key={name}>
            <b className="mono">{name}</b> {message} ({code})
          </li>
        ))}
      </ul>
    </FormDialog>
  );
}
