import { useState } from 'react';
import { Dialog } from '../components/Dialog.tsx';
import { AskError } from '../components/ErrorNote.tsx';
import { selectBusy } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { useActions, useApp } from './context.ts';
import { News } from '../components/News.tsx';

const LEAST_LENGTH = 8;

interface PasswordDialogProps {
  readonly systemId: string;
  readonly user: string;
  readonly onClose: () => void;
}

/** A person's own password on the target system. What is typed lives in this dialog alone and goes with it. */
export function PasswordDialog({ systemId, user, onClose }: PasswordDialogProps) {
  const { changePassword } = useActions();
  const ask = `password:${systemId}`;
  const busy = useApp(selectBusy(ask));
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const words = t.shell.password;
  const differ = again !== '' && next !== again;
  const canChange = present !== '' && next.length >= LEAST_LENGTH && next === again && !busy;
  const fields = [
    ['present', words.present, present, setPresent, 'current-password'],
    ['next', words.next, next, setNext, 'new-password'],
    ['again', words.again, again, setAgain, 'new-password'],
  ] as const;
  return (
    <Dialog title={words.title(user)} onClose={onClose} keepOpen>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!canChange) return;
          void changePassword(systemId, present, next).then((done) => {
            if (done) onClose();
          });
        }}
      >
        {fields.map(([id, label, value, set, autoComplete]) => (
          <div className="field" key={id}>
            <label htmlFor={`password-${id}`}>{label}</label>
            <input
              id={`password-${id}`}
              type="password"
              value={value}
              maxLength={1024}
              autoComplete={autoComplete}
              autoFocus={id === 'present'}
              onChange={(event) => set(event.target.value)}
            />
          </div>
        ))}
        {differ && (
          <News as="small" className="fail-text">
            {words.differ}
          </News>
        )}
        <AskError ask={ask} />
        <div className="dialog-buttons">
          <small className="why">{words.note}</small>
          <button type="button" className="btn" onClick={onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={!canChange}>
            {words.change}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
