import { certificateQuestion, type CertificateQuestion } from '../../core/model/certificateQuestion.ts';
import type { ErrorReport, SystemView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';
import { catalogueEntry } from './ErrorNote.tsx';
import { sinceIn } from './format.ts';
import { useNowAs } from './useNow.ts';
import { News } from './News.tsx';

/** What a lost line means, under the top bar; the pill beside it says since when and offers Retry now. */
export function OfflineBanner({
  system,
  onCompare,
  inBrowser = false,
}: {
  system: SystemView;
  onCompare?: () => void;
  /** The line is that of a page in a browser. */
  inBrowser?: boolean;
}) {
  const { session } = system;
  const age = useNowAs((nowMs) =>
    session.kind === 'waiting' ? sinceIn(t.connection.pictureIs, system.heardAtMs ?? session.lostSinceMs, nowMs) : '',
  );
  if (session.kind !== 'waiting') return null;
  const { cause } = session;
  const asks = certificateQuestion(cause);
  return (
    <News className="banner lost">
      <b>{t.connection.offlineTitle[whatIsHeard(cause, asks)]}</b>
      <span>{t.connection.offlineDetail(age)}</span>
      <Cause cause={cause} asks={asks} />
      {inBrowser && <span className="cause">{t.console.browserHidesWhy}</span>}
      {asks && onCompare && (
        <button type="button" className="btn small" onClick={onCompare}>
          {t.connection.compare}
        </button>
      )}
    </News>
  );
}

function whatIsHeard({ code }: ErrorReport, asks: CertificateQuestion | undefined) {
  if (code === 'port-closed') return 'refused';
  if (code !== 'stranger-answers') return 'silent';
  return asks ? 'otherCertificate' : 'stranger';
}

/** Why there is no line yet, and what a person can do; the message itself where it names who answers instead. */
function Cause({ cause: { code, message }, asks }: { cause: ErrorReport; asks: CertificateQuestion | undefined }) {
  const entry = catalogueEntry(code);
  if (!entry) return <span className="cause">{message}</span>;
  return (
    <span className="cause" title={message}>
      {entry.cause} {entry.nextStep}
      {code === 'stranger-answers' && !asks && <small>{message}</small>}
      {asks?.origin !== undefined && <small>{t.connection.shownBy(asks.origin)}</small>}
    </span>
  );
}
