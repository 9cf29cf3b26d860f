import { useEffect, type ReactNode } from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

/** Under this key stand the faults of what the dialogs of the inventory ask for. */
export const INVENTORY_DIALOG = 'inventory-dialog';

export interface InventoryDialogProps {
  readonly systemId: string;
  readonly onClose: () => void;
}

/** A dialog of the inventory: a form with its error and its two buttons, and why the one that does something is off. */
export function InventoryForm(props: {
  readonly title: string;
  readonly confirm: string;
  /** Why it cannot be confirmed; undefined where it can. An empty text needs no words. */
  readonly whyOff?: string | undefined;
  readonly wide?: boolean;
  /** What the other button says: the dialog did its work and is only closed. */
  readonly leave?: string | undefined;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const busy = useApp(selectBusy(INVENTORY_DIALOG));
  const { forgetError } = useActions();
  useEffect(() => {
    // What went wrong in the dialog before says nothing of this one.
    forgetError(INVENTORY_DIALOG);
    return () => forgetError(INVENTORY_DIALOG);
  }, [forgetError]);
  return (
    <Dialog title={props.title} onClose={props.onClose} keepOpen wide={props.wide ?? false}>
      <form
        className="inventory-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && props.whyOff === undefined) props.onSubmit();
        }}
      >
        {props.children}
        <AskError ask={INVENTORY_DIALOG} />
        <div className="dialog-buttons">
          <span className="why">{props.whyOff ?? ''}</span>
          <button type="button" className="btn" onClick={props.onClose}>
            {props.leave ?? t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={busy || props.whyOff !== undefined}>
            {props.confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
