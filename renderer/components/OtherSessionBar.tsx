import { useState } from 'react';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { useActions, useApp } from '../app/context.ts';
import { masterNow, otherOwnSessions, selectBusy } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { AskError } from './ErrorNote.tsx';
import { formatClock } from './format.ts';
import { useNow } from './useNow.ts';
import { News } from './News.tsx';

const words = t.ports;
/** A command of putctl signs in for a moment; that is no session to take over. */
const SETTLED_MS = 15_000;

/** The person's own session on another client system, with the offer to go on here; a session that was left alone is not shown again. */
export function OtherSessionBar({ system }: { system: SystemView }) {
  const { takeOverSession } = useActions();
  const [left, setLeft] = useState<readonly string[]>([]);
  const others = otherOwnSessions(system);
  const nowMs = masterNow(system, useNow(others.length > 0));
  const other = others.find(
    ({ sessionId, sinceMs, lostAtMs }) =>
      !left.includes(sessionId) && (lostAtMs !== undefined || nowMs - sinceMs >= SETTLED_MS),
  );
  const busy = useApp(selectBusy(`take-over:${other?.sessionId ?? ''}`));
  if (!other) return null;
  const { sessionId, clientSystem, sinceMs, lostAtMs, endsAtMs } = other;
  const what =
    lostAtMs === undefined
      ? words.otherOnline(clientSystem, formatClock(sinceMs))
      : words.otherLost(clientSystem, formatClock(lostAtMs), formatClock(endsAtMs ?? lostAtMs));
  return (
    <News className="banner">
      <span>{what}</span>
      <span className="sub">{words.takeOverMeans}</span>
      <AskError ask={`take-over:${sessionId}`} />
      <span className="banner-buttons">
        <button
          type="button"
          className="btn small"
          aria-label={words.takeOverFrom(clientSystem)}
          disabled={busy}
          onClick={() => void takeOverSession(system.saved.systemId, sessionId)}
        >
          {words.takeOver}
        </button>
        <button type="button" className="btn small" onClick={() => setLeft([...left, sessionId])}>
          {words.leaveIt}
        </button>
      </span>
    </News>
  );
}
