import { useEffect, useRef } from 'react';
import type { TimelineEntry } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatClock, formatMoment } from '../../components/format.ts';
import { selectBusy, userOf } from '../../stores/selectors.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';

/** Distance from the end, in px, within which new entries keep the end in sight. */
const NEAR_END_PX = 40;

/** Of the field to write in. */
export const SAY_ID = 'timeline-say';

/** An event that goes on from its person's name, as in “jonas started …”. */
const isAction = (text: string): boolean => /^[a-z]/.test(text);

/** What people said and what happened on a job, in one order, with a line to write to everyone. */
export function TimelinePanel({ system, job }: { system: SystemView; job: OpenJob }) {
  const { say, setMessage, olderTimeline } = useActions();
  const busy = useApp(selectBusy('chat'));
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const me = userOf(system.session);
  const online = system.session.kind === 'online';
  const { jobId, startedAtMs, endedAtMs = Infinity } = job;
  // Kept with the window and not with this view: who looks something up goes on writing afterwards.
  const text = useApp((state) => state.messages[jobId] ?? '');
  const entries = Object.values(system.timeline)
    .filter((entry) =>
      entry.jobId === undefined ? entry.atMs >= startedAtMs && entry.atMs <= endedAtMs : entry.jobId === jobId,
    )
    .sort((a, b) => a.number - b.number);
  const last = entries.at(-1)?.number;
  // The picture begins with the newest; what came before the job is not missed here.
  const oldest = Object.values(system.timeline).reduce<TimelineEntry | undefined>(
    (least, entry) => (least && least.number < entry.number ? least : entry),
    undefined,
  );
  const mayBeOlder = oldest !== undefined && oldest.number > 1 && oldest.atMs >= startedAtMs;

  useEffect(() => {
    const area = list.current;
    if (area && atEnd.current) area.scrollTop = area.scrollHeight;
  }, [last]);

  // A drawer that opens above takes room; the end stays in sight.
  useEffect(() => {
    const area = list.current;
    if (!area) return undefined;
    const resized = new ResizeObserver(() => {
      if (atEnd.current) area.scrollTop = area.scrollHeight;
    });
    resized.observe(area);
    return () => resized.disconnect();
  }, []);

  async function send(): Promise<void> {
    const answer = await say(system.saved.systemId, text.trim(), jobId);
    if (answer) setMessage(jobId, '');
  }

  return (
    <section className="timeline" aria-label={t.chat.title}>
      <h2>{t.chat.title}</h2>
      <ol
        ref={list}
        tabIndex={0}
        aria-label={t.chat.title}
        onScroll={(event) => {
          const area = event.currentTarget;
          atEnd.current = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_END_PX;
        }}
      >
        {mayBeOlder && (
          <li className="event">
            <button
              type="button"
              className="link"
              disabled={!online || busy}
              onClick={() => void olderTimeline(system.saved.systemId)}
            >
              {t.chat.older}
            </button>
          </li>
        )}
        {entries.length === 0 && !mayBeOlder && <li className="event">{t.chat.empty}</li>}
        {entries.map((entry) => (
          <li key={entry.number} className={entry.kind}>
            <time dateTime={new Date(entry.atMs).toISOString()} title={formatMoment(entry.atMs)}>
              {formatClock(entry.atMs)}
            </time>{' '}
            {entry.user !== undefined && (
              <>
                <b>
                  {entry.user === me ? t.chat.you : entry.user}
                  {entry.kind === 'event' && !isAction(entry.text) && ':'}
                </b>{' '}
              </>
            )}
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
      <AskError ask="chat" />
      <form
        className="say"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '' && online && !busy) void send();
        }}
      >
        <input
          id={SAY_ID}
          aria-label={t.chat.say}
          placeholder={online ? t.chat.say : t.chat.sendOff}
          value={text}
          maxLength={4000}
          onChange={(event) => setMessage(jobId, event.target.value)}
        />
        <button type="submit" className="btn small" disabled={text.trim() === '' || !online || busy}>
          {t.chat.send}
        </button>
      </form>
    </section>
  );
}
