import { useState } from 'react';
import { useActions } from '../../app/context.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { NodeChooser } from './NodeChooser.tsx';

const words = t.inventory;

/** Takes nodes out of the inventory; nothing is done on them. */
export function RemoveDialog(props: InventoryDialogProps & { names: readonly string[]; first: readonly string[] }) {
  const { systemId, names, first, onClose } = props;
  const { askInventory } = useActions();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(first));
  const remove = async (): Promise<void> => {
    if (await askInventory(INVENTORY_DIALOG, systemId, 'inventory.remove', { names: [...chosen] })) onClose();
  };
  return (
    <InventoryForm
      title={words.removeTitle}
      confirm={words.removeConfirm(chosen.size)}
      whyOff={chosen.size === 0 ? words.noneChosen : undefined}
      wide
      onSubmit={() => void remove()}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
      <NodeChooser label={words.removeNames} names={names} chosen={chosen} onChange={setChosen} />
    </InventoryForm>
  );
}
