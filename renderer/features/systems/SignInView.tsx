import { useState } from 'react';
import { certificateQuestion } from '../../../core/model/certificateQuestion.ts';
import type { ErrorReport, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError, ErrorNote } from '../../components/ErrorNote.tsx';
import { SignInFields } from '../../components/SignInFields.tsx';
import { selectApp, selectBusy, selectError, selectPathTest } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { PathTestPanel } from '../ports/PathTestPanel.tsx';
import { FingerprintView } from './FingerprintView.tsx';
import { WaysList } from './WaysList.tsx';
import { News } from '../../components/News.tsx';

/** What putservices itself says to a sign-in, by a way that works. */
const SAID_BY_MASTER: ReadonlySet<string> = new Set(['sign-in-refused', 'sign-in-slowed', 'sign-in-busy']);

/** A session that the person took over elsewhere ended as wanted: that is said, and no fault is shown. */
function takenOverWords(cause: ErrorReport | undefined): string | undefined {
  if (cause?.code !== 'session-taken-over') return undefined;
  const clientSystem = cause.details['clientSystem'];
  return t.signIn.takenOver(typeof clientSystem === 'string' ? clientSystem : t.signIn.anotherClient);
}

/** Sign-in, with first contact and a changed certificate asked about before any password is sent. */
export function SignInView({ system }: { system: SystemView }) {
  const { saved, session } = system;
  const ask = `sign-in:${saved.systemId}`;
  const { signIn, trustCertificate, forgetError, go } = useActions();
  const busy = useApp(selectBusy(ask));
  const error = useApp(selectError(ask));
  const app = useApp(selectApp);
  const tested = useApp(selectPathTest(saved.systemId)) !== undefined;
  const [user, setUser] = useState(saved.user ?? '');
  // The password lives in this view alone and goes with it.
  const [password, setPassword] = useState('');
  const [remember, setRemember] = useState(false);
  const [notNow, setNotNow] = useState(false);
  const keyring = app?.passwordStore === 'keyring';

  const sessionCause = session.kind === 'failed' || session.kind === 'signed-out' ? session.cause : undefined;
  const takenOver = takenOverWords(sessionCause);
  const earlier = certificateQuestion(error ? undefined : sessionCause);
  // Accepted meanwhile, here or in another window: there is nothing to ask any more.
  const unanswered = earlier?.shown === saved.fingerprint ? undefined : earlier;
  const question = notNow ? undefined : (certificateQuestion(error) ?? unanswered);

  async function submit(): Promise<void> {
    setNotNow(false);
    if (await signIn(saved.systemId, user.trim(), password, keyring && remember)) setPassword('');
  }

  if (question) {
    return (
      <FingerprintView
        system={saved}
        question={question}
        onAccept={() =>
          void trustCertificate(saved.systemId, question.shown).then((trusted) => {
            // What a start met asks nobody for a password: the session that was left is taken up.
            if (trusted && error && user.trim() !== '') void submit();
            else if (trusted) setNotNow(true);
          })
        }
        onRefuse={() => {
          forgetError(ask);
          setNotNow(true);
        }}
      />
    );
  }

  // Where putservices itself said no, the way there is as good as any.
  const wasReached = system.paths.some(({ cause }) => cause !== undefined && SAID_BY_MASTER.has(cause.code));
  const noWay =
    !wasReached &&
    system.paths.some((path) => path.outcome === 'failed') &&
    !system.paths.some((path) => path.outcome === 'works');
  const canSubmit = user.trim() !== '' && (password !== '' || keyring) && !busy;
  return (
    <main id="main" className="page sign-in">
      <div className="page-head">
        <h1>{t.signIn.title(saved.name)}</h1>
        <span className="sub mono">
          {saved.host}:{saved.ccPort}
        </span>
      </div>
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (canSubmit) void submit();
        }}
      >
        <SignInFields
          user={user}
          password={password}
          nameIsKnown={saved.user !== undefined}
          setUser={setUser}
          setPassword={setPassword}
          refused={error}
        >
          {keyring && saved.user !== undefined && <small>{t.signIn.passwordKept}</small>}
        </SignInFields>
        {keyring ? (
          <label className="check">
            <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
            {t.signIn.remember}
          </label>
        ) : (
          <small className="hint">{t.signIn.noKeyring}</small>
        )}
        {takenOver && !error && (
          <News className="banner note">
            <span>{takenOver}</span>
          </News>
        )}
        <div className="dialog-buttons">
          <button type="button" className="btn" onClick={() => go({ kind: 'systems' })}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={!canSubmit}>
            {busy ? t.signIn.signingIn : t.signIn.signIn}
          </button>
        </div>
        {/* Below: what comes and goes does not move the button from under the pointer. */}
        {sessionCause && !takenOver && !error && <ErrorNote error={sessionCause} />}
        <AskError ask={ask} />
      </form>
      {!takenOver && !wasReached && system.paths.some((path) => path.outcome === 'failed') && (
        <section className="panel" aria-label={t.signIn.waysTitle}>
          <h2>{t.signIn.waysTitle}</h2>
          <WaysList system={system} />
        </section>
      )}
      {((noWay && !takenOver) || tested) && <PathTestPanel systemId={saved.systemId} />}
    </main>
  );
}
