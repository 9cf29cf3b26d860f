import { useActions } from '../../app/context.ts';
import { KeptNote } from '../../components/KeptNote.tsx';
import { useTyped } from '../../components/useTyped.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { NodeFields, NOTHING_SAID, type SaidOfNode, valueSaid } from './NodeFields.tsx';

const words = t.inventory;
const NO_NODE: { readonly name: string; readonly said: SaidOfNode } = { name: '', said: NOTHING_SAID };

/** Adds a node; what follows is the look at its host key. */
export function AddNodeDialog({
  systemId,
  onClose,
  onAdded,
}: InventoryDialogProps & { onAdded: (name: string) => void }) {
  const { askInventory } = useActions();
  const typed = useTyped(`add a node ${systemId}`, NO_NODE);
  const { name, said } = typed.value;
  const add = async (): Promise<void> => {
    const given = (Object.keys(said) as (keyof SaidOfNode)[]).filter((field) => said[field].trim() !== '');
    const values = Object.fromEntries(given.map((field) => [field, valueSaid(field, said[field])]));
    const node = { name: name.trim(), ...values };
    if (!(await askInventory(INVENTORY_DIALOG, systemId, 'inventory.add', { nodes: [node] }))) return;
    typed.forget();
    onAdded(node.name);
  };
  return (
    <InventoryForm
      title={words.addTitle}
      confirm={words.addConfirm}
      whyOff={name.trim() === '' ? words.nameNeeded : undefined}
      wide
      onSubmit={() => void add()}
      onClose={onClose}
    >
      <KeptNote typed={typed} />
      <label className="field">
        <span>{words.name}</span>
        <input
          autoFocus
          spellCheck={false}
          value={name}
          onChange={(event) => typed.set({ said, name: event.target.value })}
        />
      </label>
      <NodeFields said={said} onChange={(next) => typed.set({ name, said: next })} />
    </InventoryForm>
  );
}
