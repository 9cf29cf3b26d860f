import { useState } from 'react';
import { certificateQuestion } from '../../../core/model/certificateQuestion.ts';
import type { SavedSystem, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy, selectError } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const pairsOf = (fingerprint: string): string[] => fingerprint.split(':');

interface FingerprintViewProps {
  readonly system: SavedSystem;
  readonly changed: boolean;
  readonly shown: string;
  readonly pinned: string;
  readonly busy: boolean;
  readonly onAccept: () => void;
  readonly onRefuse: () => void;
}

/** First contact, or a certificate that is not the accepted one: what to compare, and an explicit decision. */
export function FingerprintView(props: FingerprintViewProps) {
  const { system, changed } = props;
  return (
    <main id="main" className="page narrow">
      <div className="page-head">
        <h1>{changed ? t.signIn.changedTitle(system.name) : t.signIn.firstTitle(system.name)}</h1>
        <span className="sub mono">
          {system.host}:{system.ccPort}
        </span>
      </div>
      <section className={changed ? 'panel refused' : 'panel'}>
        <FingerprintDecision {...props} />
      </section>
    </main>
  );
}

/** The same while a session waits before the certificate that answers now: once it is accepted, the session comes back as it was. */
export function FingerprintDialog({ system, onClose }: { system: SystemView; onClose: () => void }) {
  const { saved, session } = system;
  const { trustCertificate } = useActions();
  const busy = useApp(selectBusy(`sign-in:${saved.systemId}`));
  const question = session.kind === 'waiting' ? certificateQuestion(session.cause) : undefined;
  if (!question) return null;
  const { shown, pinned } = question;
  const changed = pinned !== undefined;
  return (
    <Dialog
      title={changed ? t.signIn.changedTitle(saved.name) : t.signIn.firstTitle(saved.name)}
      onClose={onClose}
      wide
    >
      <FingerprintDecision
        {...{ system: saved, changed, shown, busy, onRefuse: onClose }}
        pinned={pinned || (saved.fingerprint ?? '')}
        onAccept={() => void trustCertificate(saved.systemId, shown).then((trusted) => trusted && onClose())}
      />
    </Dialog>
  );
}

function FingerprintDecision({ system, changed, shown, pinned, busy, onAccept, onRefuse }: FingerprintViewProps) {
  /** The certificate that the site confirmed: while a session waits, yet another one may be shown. */
  const [confirmed, setConfirmed] = useState<string>();
  const error = useApp(selectError(`sign-in:${system.systemId}`));
  const shownPairs = pairsOf(shown);
  const pinnedPairs = pairsOf(pinned);
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
      {error && !error.code.startsWith('certificate-') && <AskError ask={`sign-in:${system.systemId}`} />}
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
