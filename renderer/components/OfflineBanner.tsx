import type { SystemView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';
import { catalogueEntry } from './ErrorNote.tsx';
import { formatAge } from './format.ts';
import { useNow } from './useNow.ts';

/** What a lost line means, under the top bar; the pill beside it says since when and offers Retry now. */
export function OfflineBanner({ system }: { system: SystemView }) {
  const nowMs = useNow();
  const { session } = system;
  if (session.kind !== 'waiting') return null;
  const age = formatAge(nowMs - (system.heardAtMs ?? session.lostSinceMs));
  return (
    <div className="banner lost" role="status">
      <b>{t.connection.offlineTitle}</b>
      <span aria-live="off">{t.connection.offlineDetail(age)}</span>
      <span className="cause">{catalogueEntry(session.cause.code)?.cause ?? session.cause.message}</span>
    </div>
  );
}
