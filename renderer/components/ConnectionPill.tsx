import type { ErrorCode } from '../../core/protocol/errorCatalogue.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { useActions, useApp } from '../app/context.ts';
import { isTold } from '../stores/lastSeen.ts';
import { selectBusy } from '../stores/selectors.ts';
import type { AppState } from '../stores/store.ts';
import { t } from '../texts/en.ts';
import { formatRate, sinceIn } from './format.ts';
import { useNow } from './useNow.ts';

/** Nothing failed: the master, known by its certificate, said that the session is over. */
const ENDED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['session-closed', 'session-unknown', 'account-changed', 'sign-in-required'] as const),
]);

const SHORT_WAIT_S = 2;
const SLOW_ROUND_TRIP_MS = 1_500;

/** The line's state in words: path, round trip, throughput; offline since when and when it is tried again. */
export function connectionWords(
  system: SystemView,
  nowMs: number,
  ownRoundTrip?: AppState['ownRoundTrip'],
): { tone: string; words: string[] } {
  const { session } = system;
  const path = (kind: string): string => t.pathNames[kind] ?? kind;
  switch (session.kind) {
    case 'signed-out':
      return { tone: 'off', words: [t.connection.signedOut] };
    case 'connecting':
      return { tone: 'trying', words: [t.connection.connecting(path(session.path), session.attempt)] };
    case 'online': {
      // The program that has the line is not heard: what it said last is no state of now.
      if (!isTold(system)) return { tone: 'lost', words: [t.console.lineUnknown] };
      // A page that the master serves is at the end of a line of its own; the workbench's ends within the master.
      const roundTripMs = ownRoundTrip === undefined ? session.roundTripMs : ownRoundTrip;
      const slow = session.slow || (typeof ownRoundTrip === 'number' && ownRoundTrip > SLOW_ROUND_TRIP_MS);
      const words = [slow ? t.connection.slow : t.connection.online];
      words.push(`${path(session.path).toLowerCase()} ${session.port}`);
      if (typeof roundTripMs === 'number') words.push(`${Math.round(roundTripMs)} ms`);
      if (session.bytesPerSecond !== undefined) words.push(formatRate(session.bytesPerSecond));
      if (session.smallPackets) words.push(t.connection.smallPackets);
      return { tone: slow ? 'slow' : 'online', words };
    }
    case 'waiting': {
      const words = [sinceIn(t.connection.lost, session.lostSinceMs, nowMs)];
      // Short waits are part of trying: words that change twice a second would only unsettle.
      // The clock of the views is up to a second old: rounded up, a wait of 5 s would be told as 6.
      const waitS = Math.floor(((session.nextTryAtMs ?? nowMs) - nowMs) / 1000);
      words.push(waitS > SHORT_WAIT_S ? t.connection.nextTry(waitS) : t.connection.trying);
      if (system.heardAtMs !== undefined) words.push(sinceIn(t.connection.pictureAge, system.heardAtMs, nowMs));
      return { tone: 'lost', words };
    }
    case 'failed':
      if (session.cause.code === 'session-taken-over') return { tone: 'off', words: [t.connection.takenOver] };
      if (ENDED.has(session.cause.code)) return { tone: 'off', words: [t.connection.ended] };
      return { tone: 'failed', words: [t.connection.failed] };
  }
}

/** Always in sight at the top right. */
export function ConnectionPill({ system }: { system: SystemView }) {
  const nowMs = useNow(system.session.kind === 'waiting');
  const { retryConnection } = useActions();
  const { systemId } = system.saved;
  const retrying = useApp(selectBusy(`retry-now:${systemId}`));
  const { tone, words } = connectionWords(
    system,
    nowMs,
    useApp((state) => state.ownRoundTrip),
  );
  return (
    <div className="connection" role="group" aria-label={t.shell.connection}>
      <span className={`pill t-${tone}`} title={words.join(' · ')}>
        <span className="dot" aria-hidden="true" />
        <span className="pill-text">{words.join(' · ')}</span>
      </span>
      {system.session.kind === 'waiting' && (
        <button type="button" className="btn small" disabled={retrying} onClick={() => void retryConnection(systemId)}>
          {t.connection.retryNow}
        </button>
      )}
    </div>
  );
}
