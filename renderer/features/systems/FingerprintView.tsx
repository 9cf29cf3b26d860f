import { useState } from 'react';
import { certificateQuestion, type CertificateQuestion } from '../../../core/model/certificateQuestion.ts';
import type { SavedSystem, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy, selectError } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const pairsOf = (fingerprint: string): string[] => fingerprint.split(':');

interface FingerprintProps {
  readonly system: SavedSystem;
  readonly question: CertificateQuestion;
  readonly onAccept: () => void;
  readonly onRefuse: () => void;
}

const titleOf = ({ name }: SavedSystem, { pinned }: CertificateQuestion): string =>
  pinned === undefined ? t.signIn.firstTitle(name) : t.signIn.changedTitle(name);

/** First contact, or a certificate that is not the accepted one: what to compare, and an explicit decision. */
export function FingerprintView(props: FingerprintProps) {
  const { system, question } = props;
  return (
    <main id="main" className="page narrow">
      <div className="page-head">
        <h1>{titleOf(system, question)}</h1>
        <span className="sub mono">
          {system.host}:{system.ccPort}
        </span>
      </div>
      <section className={question.pinned === undefined ? 'panel' : 'panel refused'}>
        <FingerprintDecision {...props} />
      </section>
    </main>
  );
}

/** The same while a session waits before the certificate that answers now: once it is accepted, the session comes back as it was. */
export function FingerprintDialog({ system, onClose }: { system: SystemView; onClose: () => void }) {
  const { saved, session } = system;
  const { trustCertificate } = useActions();
  const question = session.kind === 'waiting' ? certificateQuestion(session.cause) : undefined;
  if (!question) return null;
  return (
    <Dialog title={titleOf(saved, question)} onClose={onClose} wide>
      <FingerprintDecision
        system={saved}
        question={question}
        onAccept={() => void trustCertificate(saved.systemId, question.shown).then((trusted) => trusted && onClose())}
        onRefuse={onClose}
      />
    </Dialog>
  );
}

function FingerprintDecision({ system, question, onAccept, onRefuse }: FingerprintProps) {
  const { shown, pinned } = question;
  const changed = pinned !== undefined;
  /** The certificate that the site confirmed: while a session waits, yet another one may be shown. */
  const [confirmed, setConfirmed] = useState<string>();
  const ask = `sign-in:${system.systemId}`;
  const busy = useApp(selectBusy(ask));
  const error = useApp(selectError(ask));
  const shownPairs = pairsOf(shown);
  const pinnedPairs = pairsOf(pinned || (system.fingerprint ?? ''));
  const differing = shownPairs.flatMap((pair, i) => (pair === pinnedPairs[i] ? [] : [i + 1]));
  return (
    <>
      <p>{changed ? t.signIn.changedText : t.signIn.firstText}</p>
      {changed && <Fingerprint label={t.signIn.pinned} pairs={pinnedPairs} other={shownPairs} />}
      <Fingerprint
        label={changed ? t.signIn.shown : t.signIn.fingerprint}
        pairs={shownPairs}
        other={changed ? pinnedPairs : undefined}
      />
      {changed && <p className="sub">{t.signIn.differing(differing)}</p>}
      {changed && (
        <label className="check">
          <input
            type="checkbox"
            checked={confirmed === shown}
            onChange={(event) => setConfirmed(event.target.checked ? shown : undefined)}
          />
          {t.signIn.confirmChanged}
        </label>
      )}
      {error && !error.code.startsWith('certificate-') && <AskError ask={ask} />}
      <div className="dialog-buttons">
        <button type="button" className="btn" onClick={onRefuse}>
          {t.signIn.notNow}
        </button>
        <button
          type="button"
          className={changed ? 'btn' : 'btn primary'}
          disabled={busy || (changed && confirmed !== shown)}
          onClick={onAccept}
        >
          {changed ? t.signIn.changedAccept : t.signIn.firstAccept}
        </button>
      </div>
    </>
  );
}

function Fingerprint({ label, pairs, other }: { label: string; pairs: string[]; other: string[] | undefined }) {
  return (
    <div className="fingerprint">
      <h2>{label}</h2>
      <div className="pairs">
        {pairs.map((pair, i) => (
          <span key={i} className={other && other[i] !== pair ? 'pair differs' : 'pair'}>
            {pair}
          </span>
        ))}
      </div>
    </div>
  );
}
