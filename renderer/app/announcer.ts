/** How long news must stand still before it is said, so that a burst becomes one sentence. */
const SETTLE_MS = 600;
/** News that goes on changing is said after this long all the same. */
const LONGEST_WAIT_MS = 3000;
/** Between two announcements: a screen reader is to be listened to, and not only heard. */
const GAP_MS = 4000;
/** How long an announcement stays: long enough to be taken up by every screen reader, short enough that none finds it as old news. */
const STAYS_MS = 3000;
/** A sentence that one place had said is no news from another for so long. */
const SAID_MS = 10_000;
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

const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence !== '');

/**
 * Gathers the news of a whole window and hands it to `speak`, politely: settled, at most one announcement every few seconds, each sentence once. An empty text
 * takes the announcement away after it was said.
 */
export function createAnnouncer(speak: (text: string) => void, clock: AnnouncerClock): Announcer {
  const waiting = new Map<object, string>();
  let firstAtMs = 0;
  let spokenAtMs = -Infinity;
  let cancel: (() => void) | undefined;
  /** Sentences that were said a moment ago. */
  let said: readonly { readonly sentence: string; readonly source: object; readonly atMs: number }[] = [];

  function tell(): void {
    cancel = undefined;
    const now = clock.nowMs();
    said = said.filter(({ atMs }) => now - atMs < SAID_MS);
    const before = said;
    const sentences = new Map<string, object>();
    for (const [source, text] of [...waiting].slice(-MOST_AT_ONCE))
      for (const sentence of sentencesOf(text)) {
        const isSaid = before.some((one) => one.sentence === sentence && one.source !== source);
        if (!isSaid && !sentences.has(sentence)) sentences.set(sentence, source);
      }
    waiting.clear();
    if (sentences.size === 0) return;
    said = [...before, ...[...sentences].map(([sentence, source]) => ({ sentence, source, atMs: now }))];
    spokenAtMs = now;
    speak([...sentences.keys()].join(' '));
    // The next one comes later than that.
    clock.after(STAYS_MS, () => speak(''));
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
