import { useState } from 'react';
import { useActions } from '../../app/context.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';

const words = t.inventory;
/** Stands for all systems, as in `sudoGivenFor`. */
const ALL = '*';

/** The password for sudo goes to the master, which keeps it in memory alone. */
export function SudoDialog(
  props: InventoryDialogProps & { readonly systems: readonly string[]; readonly givenFor: readonly string[] },
) {
  const { systemId, systems, givenFor, onClose } = props;
  const { askInventory } = useActions();
  const [system, setSystem] = useState(ALL);
  const [password, setPassword] = useState('');
  const give = async (text: string): Promise<void> => {
    const params = { password: text, ...(system === ALL ? {} : { system }) };
    setPassword('');
    if (await askInventory(INVENTORY_DIALOG, systemId, 'nodes.sudoPassword', params)) onClose();
  };
  return (
    <InventoryForm
      title={words.sudoTitle}
      confirm={words.sudoConfirm}
      whyOff={password === '' ? words.passwordNeeded : undefined}
      onSubmit={() => void give(password)}
      onClose={onClose}
    >
      <p>{words.sudoText}</p>
      <label className="field">
        <span>{words.sudoOf}</span>
        <select value={system} onChange={(event) => setSystem(event.target.value)}>
          {[ALL, ...systems].map((one) => (
            <option key={one} value={one}>
              {words.sudoSystem(one === ALL ? undefined : one)}
              {givenFor.includes(one) ? words.sudoIsGiven : ''}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{words.sudoPassword}</span>
        <input
          type="password"
          autoComplete="off"
          autoFocus
          maxLength={1024}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      {givenFor.includes(system) && (
        <button type="button" className="btn small" onClick={() => void give('')}>
          {words.sudoForget}
        </button>
      )}
    </InventoryForm>
  );
}
