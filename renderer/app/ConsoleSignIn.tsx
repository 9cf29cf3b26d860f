import { useState } from 'react';
import { AskError, ErrorNote } from '../components/ErrorNote.tsx';
import { SignInFields } from '../components/SignInFields.tsx';
import { selectBusy, selectError } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { useActions, useApp } from './context.ts';
import type { SignInPage } from '../carrierState.ts';

const ASK = 'sign-in-page';

/** Signs a page in at the system that served it. */
export function ConsoleSignIn({ page }: { page: SignInPage }) {
  const { signInPage } = useActions();
  const busy = useApp(selectBusy(ASK));
  const error = useApp(selectError(ASK));
  const [user, setUser] = useState('');
  // The password lives in this view alone and goes with it.
  const [password, setPassword] = useState('');
  const canSubmit = user.trim() !== '' && password !== '' && !busy;
  return (
    <main id="main" className="page narrow alone">
      <div className="page-head">
        <h1>{t.console.signInTitle(page.systemName)}</h1>
        <span className="sub">{page.practice ? t.console.practice : page.software}</span>
      </div>
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (canSubmit) void signInPage(user.trim(), password).then((signedIn) => signedIn && setPassword(''));
        }}
      >
        <SignInFields
          user={user}
          password={password}
          nameIsKnown={false}
          setUser={setUser}
          setPassword={setPassword}
          refused={error}
        />
        <small className="hint">{t.console.signInText}</small>
        <div className="dialog-buttons">
          <button type="submit" className="btn primary" disabled={!canSubmit}>
            {busy ? t.signIn.signingIn : t.signIn.signIn}
          </button>
        </div>
        {/* Below: what comes and goes does not move the button from under the pointer. */}
        {page.cause && !busy && !error && <ErrorNote error={page.cause} />}
        <AskError ask={ASK} />
      </form>
    </main>
  );
}
