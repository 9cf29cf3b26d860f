import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { t } from '../texts/en.ts';
import { useTyped } from './useTyped.ts';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly wide?: boolean;
  /** A click beside it does not close it. */
  readonly keepOpen?: boolean;
  /** `alertdialog` where a decision is asked for. */
  readonly role?: 'dialog' | 'alertdialog';
}

/** A dialog over the window: keeps the focus inside, Escape closes it. Shown while it is rendered. */
export function Dialog({ title, onClose, children, wide, keepOpen, role = 'dialog' }: DialogProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!keepOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={wide ? 'modal wide' : 'modal'}>
        <AriaDialog className="dialog" role={role}>
          <Heading slot="title">{title}</Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks once before something that cannot be taken back. */
export function ConfirmDialog({ title, text, confirm, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose} role="alertdialog">
      <p>{text}</p>
      <div className="dialog-buttons">
        <button type="button" className="btn" onClick={onClose} autoFocus>
          {t.common.goBack}
        </button>
        <button
          type="button"
          className="btn primary"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {confirm}
        </button>
      </div>
    </Dialog>
  );
}

interface ReasonProps {
  /** The deed and what it is done to: a reason that was typed for it and not used is there again. */
  readonly about: string;
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  /** What the button says that leaves all as it is; absent: Go back. */
  readonly leave?: string | undefined;
  /** Answers undefined where it was refused, as the actions do. */
  readonly onConfirm: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
  /** Why it cannot be confirmed yet, whatever the reason is; absent: it can. */
  readonly off?: string | undefined;
}

/** Asks for a reason that stays on record. */
export function ReasonDialog({ about, title, text, confirm, leave, onConfirm, onClose, children, off }: ReasonProps) {
  const reason = useTyped(`reason ${about}`, '');
  const given = reason.value.trim();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {children}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (given === '' || off !== undefined) return;
          void onConfirm(given).then((done) => {
            if (done !== undefined) reason.forget();
          });
          onClose();
        }}
      >
        <label className="field">
          <span>{t.operation.reasonLabel}</span>
          <input value={reason.value} maxLength={500} onChange={(event) => reason.set(event.target.value)} autoFocus />
          <small>{t.operation.reasonHint}</small>
        </label>
        <div className="dialog-buttons">
          <span className="why">{off ?? (given === '' ? t.operation.needReason : '')}</span>
          <button type="button" className="btn" onClick={onClose}>
            {leave ?? t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={given === '' || off !== undefined}>
            {confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
