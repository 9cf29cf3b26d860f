/** How long news must stand still before it is said, so that a burst becomes one sentence. */
const SETTLE_MS = 600;
/** News that goes on changing is said after this long all the same. */
const LONGEST_WAIT_MS = 3000;
/** Between two announcements: a screen reader is to be listened to, and not only heard. */
const GAP_MS = 4000;
/** Pieces of news in one announcement; of more the newest are said. */
const MOST_AT_ONCE = 4;

/** The one voice of a window. */
export interface Announcer {
  /** Says a text soon; what the same source wanted to have said before and was not yet, is left out. */
  say(source: object, text: string): void;
  /** What was to be said is not so any more. */
  unsay(source: object): void;
}

/** What the window has for it: timers and a clock that only goes forward. */
export interface AnnouncerClock {
  nowMs(): number;
  /** Answers what cancels it. */
  after(ms: number, run: () => void): () => void;
}

/**
 * Gathers the news of a whole window and hands it to `speak`, politely: settled, at most one announcement every few seconds.
 */
export function createAnnouncer(speak: (text: string) => void, clock: AnnouncerClock): Announcer {
  const waiting = new Map<object, string>();
  let firstAtMs = 0;
  let spokenAtMs = -Infinity;
  let cancel: (() => void) | undefined;

  function tell(): void {
    cancel = undefined;
    const text = [...new Set([...waiting.values()].slice(-MOST_AT_ONCE))].join(' ');
    waiting.clear();
    if (text === '') return;
    spokenAtMs = clock.nowMs();
    speak(text);
  }

  return {
    say(source, text) {
      const now = clock.nowMs();
      if (waiting.size === 0) firstAtMs = now;
      // What is said last comes last.
      waiting.delete(source);
      waiting.set(source, text);
      cancel?.();
      const settled = Math.min(now + SETTLE_MS, firstAtMs + LONGEST_WAIT_MS);
      cancel = clock.after(Math.max(settled, spokenAtMs + GAP_MS) - now, tell);
    },
    unsay(source) {
      waiting.delete(source);
    },
  };
}
