import { useState } from 'react';
import { useActions } from '../../app/context.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { type Checked, faultCount, Problems } from './InventoryProblems.tsx';
import { News } from '../../components/News.tsx';

const words = t.inventory;
type Form = Checked['form'];
const FORMS = Object.keys(words.forms) as Form[];
/** Larger files are not sent: 10,000 nodes with their host keys fit. */
const FILE_BYTES = 3 * 1024 * 1024;
const SHOWN_NAMES = 200;

interface Picked {
  readonly name: string;
  readonly text: string;
}

/** A file that a person picks is read here and checked by the master; what it would do is shown before anything is taken over. */
export function ImportDialog({ systemId, onClose }: InventoryDialogProps) {
  const { askInventory } = useActions();
  const [file, setFile] = useState<Picked | undefined>();
  const [tooLarge, setTooLarge] = useState(false);
  const [form, setForm] = useState<Form | ''>('');
  const [checked, setChecked] = useState<Checked | undefined>();
  const [update, setUpdate] = useState(false);
  const requestOf = (picked: Picked, as: Form | ''): Picked & { form?: Form } =>
    as === '' ? picked : { ...picked, form: as };
  const check = async (picked: Picked | undefined, as: Form | ''): Promise<void> => {
    setChecked(undefined);
    if (picked) setChecked(await askInventory(INVENTORY_DIALOG, systemId, 'inventory.check', requestOf(picked, as)));
  };
  const pick = async (picked: File | undefined): Promise<void> => {
    setTooLarge(picked !== undefined && picked.size > FILE_BYTES);
    const read = picked && picked.size <= FILE_BYTES ? { name: picked.name, text: await picked.text() } : undefined;
    setFile(read);
    await check(read, form);
  };
  const take = async (): Promise<void> => {
    const params = file && { ...requestOf(file, form), update };
    if (params && (await askInventory(INVENTORY_DIALOG, systemId, 'inventory.add', params))) onClose();
  };
  const faults = checked ? faultCount(checked) : 0;
  const jumpHosts = checked?.jumpHosts ?? [];
  const written = [...(checked?.added ?? []), ...((update && checked?.changed) || [])];
  const gates = written.filter((name) => jumpHosts.includes(name)).length;
  const whyOff = tooLarge
    ? words.importTooLarge
    : !checked
      ? words.importNoFile
      : faults > 0
        ? words.importFaults
        : written.length === 0
          ? words.importNothing
          : undefined;
  return (
    <InventoryForm
      title={words.importTitle}
      confirm={words.importConfirm(written.length - gates, gates)}
      whyOff={whyOff}
      wide
      onSubmit={() => void take()}
      onClose={onClose}
    >
      <p>{words.importText}</p>
      <div className="node-fields">
        <label className="field">
          <span>{words.importFile}</span>
          <input type="file" onChange={(event) => void pick(event.target.files?.[0])} />
        </label>
        <label className="field">
          <span>{words.importForm}</span>
          <select
            value={form}
            onChange={(event) => {
              const as = FORMS.find((one) => one === event.target.value) ?? '';
              setForm(as);
              void check(file, as);
            }}
          >
            <option value="">{words.importGuess}</option>
            {FORMS.map((one) => (
              <option key={one} value={one}>
                {words.forms[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {checked && (
        <News>
          <p>{words.importReadAs(words.forms[checked.form], checked.nodes, jumpHosts.length, faults)}</p>
          <Problems problems={checked.problems} />
          {faults === 0 && (
            <dl className="facts import-outcome">
              <Names label={words.importAdds} names={checked.added} />
              <Names label={update ? words.importChanges : words.importLeaves} names={checked.changed} />
              <div>
                <dt>{words.importSame}</dt>
                <dd className="num">{checked.same}</dd>
              </div>
            </dl>
          )}
        </News>
      )}
      <label className="check">
        <input type="checkbox" checked={update} onChange={(event) => setUpdate(event.target.checked)} />
        <span>{words.importUpdate}</span>
      </label>
    </InventoryForm>
  );
}

function Names({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
  const more = names.length - SHOWN_NAMES;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span className="num">{names.length}</span>
        {names.length > 0 && <span className="mono"> {names.slice(0, SHOWN_NAMES).join(' ')}</span>}
        {more > 0 && <span> {words.moreNames(more)}</span>}
      </dd>
    </div>
  );
}
