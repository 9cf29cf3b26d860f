import { useEffect, useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { KeptNote } from '../../components/KeptNote.tsx';
import { useTyped } from '../../components/useTyped.ts';
import { t } from '../../texts/en.ts';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { NodeFields, type SaidOfNode, valueSaid } from './NodeFields.tsx';

const words = t.inventory;

function saidOf(row: MethodResult<'inventory.row'>): SaidOfNode {
  const text = (value: string | number | undefined): string => (value === undefined ? '' : String(value));
  return {
    ...{ address: row.address, port: text(row.port), user: row.user, become: text(row.become) },
    ...{ type: row.type ?? 'UNKNOWN', system: text(row.system), clique: text(row.clique) },
    ...{ jump: text(row.jump), tags: (row.tags ?? []).join(' ') },
  };
}

/** Changes what nodes.yaml says of one node: only what a person changed is sent, an emptied field takes back what was said. */
export function ChangeNodeDialog({ systemId, name, onClose }: InventoryDialogProps & { readonly name: string }) {
  const { askInventory } = useActions();
  const [before, setBefore] = useState<SaidOfNode | undefined>();
  const typed = useTyped<SaidOfNode | undefined>(`change a node ${systemId} ${name}`, undefined);
  const said = before && (typed.value ?? before);
  useEffect(() => {
    void askInventory(INVENTORY_DIALOG, systemId, 'inventory.row', { name }).then((row) => {
      if (row) setBefore(saidOf(row));
    });
    // Once, when it opens: what a person changes must not change under their hands.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const changed = (Object.keys(said ?? {}) as (keyof SaidOfNode)[]).filter(
    (field) => before && said && said[field].trim() !== before[field].trim(),
  );
  const change = async (): Promise<void> => {
    const values = changed.map((field) => {
      const text = said?.[field] ?? '';
      return [field, text.trim() === '' ? null : valueSaid(field, text)] as const;
    });
    const node = { name, ...Object.fromEntries(values) };
    if (!(await askInventory(INVENTORY_DIALOG, systemId, 'inventory.add', { nodes: [node], update: true }))) return;
    typed.forget();
    onClose();
  };
  return (
    <InventoryForm
      title={words.changeTitle(name)}
      confirm={words.changeConfirm}
      whyOff={!said ? '' : changed.length === 0 ? words.changeNothing : undefined}
      wide
      onSubmit={() => void change()}
      onClose={onClose}
    >
      <p>{words.changeText}</p>
      <KeptNote typed={typed} />
      {said && <NodeFields said={said} onChange={typed.set} />}
    </InventoryForm>
  );
}
