import type { ErrorReport, SystemView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';
import { catalogueEntry } from './ErrorNote.tsx';
import { formatAge } from './format.ts';
import { useNowAs } from './useNow.ts';
import { News } from './News.tsx';

/** What a lost line means, under the top bar; the pill beside it says since when and offers Retry now. */
export function OfflineBanner({ system }: { system: SystemView }) {
  const { session } = system;
  const age = useNowAs((nowMs) =>
    session.kind === 'waiting' ? formatAge(nowMs - (system.heardAtMs ?? session.lostSinceMs)) : '',
  );
  if (session.kind !== 'waiting') return null;
  return (
    <News className="banner lost">
      <b>{t.connection.offlineTitle[session.cause.code === 'port-closed' ? 'refused' : 'silent']}</b>
      <span>{t.connection.offlineDetail(age)}</span>
      <Cause cause={session.cause} />
    </News>
  );
}

/** Why there is no line yet, and what a person can do; the message itself where it names who answers instead. */
function Cause({ cause: { code, message } }: { cause: ErrorReport }) {
  const entry = catalogueEntry(code);
  if (!entry) return <span className="cause">{message}</span>;
  return (
    <span className="cause" title={message}>
      {entry.cause} {entry.nextStep}
      {code === 'stranger-answers' && <small>{message}</small>}
    </span>
  );
}
