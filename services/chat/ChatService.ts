import { PutError } from '../../core/protocol/errors.ts';
import type { Caller, CheckedParams, Handlers, Log, LogTopic, Service, Topic } from '../service.ts';
import { Timeline, type NewEntry } from './Timeline.ts';

/** Signs of one entry; the schema of `chat.say` has the same limit. */
const LONGEST_TEXT = 4000;
/** Most entries handed to a watcher at once. */
const ENTRIES_AT_ONCE = 1000;
/** What one session may say: so many messages in so many ms. A person types less; a program gone wild is stopped. */
const MESSAGES_AT_ONCE = 30;
const MESSAGES_WINDOW_MS = 60_000;

export interface ChatServiceOptions {
  /** The timeline's SQLite file. */
  readonly file: string;
  readonly log: Log;
  readonly now?: (() => number) | undefined;
}

/** An event of the system for the timeline. */
export interface TimelineEvent {
  readonly text: string;
  readonly jobId?: string | undefined;
  /** Who caused it. */
  readonly user?: string | undefined;
  /** Makes a repeat harmless, for a teller that cannot know whether it told before a crash. */
  readonly eventId?: string | undefined;
}

/** Job Chat: one timeline of a system, messages and events in one order, kept for ever and replayed from a number. */
export class ChatService implements Service {
  readonly handlers: Handlers;
  readonly #timeline: Timeline;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #steady: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #saidAtMs = new Map<string, number[]>();
  readonly #topic: LogTopic;

  /** Throws `state-damaged`, `state-newer`. */
  constructor(options: ChatServiceOptions) {
    this.#timeline = new Timeline(options.file);
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#steady = options.now ?? (() => performance.now());
    this.handlers = {
      'chat.say': (params, caller) => this.#say(params, caller),
      'chat.history': ({ before, limit }) => ({ entries: this.#timeline.entriesBefore(before, limit) }),
    };
    this.#topic = {
      kind: 'log',
      lastNumber: () => this.#timeline.lastNumber,
      entriesAfter: (since, limit) => this.#timeline.entriesAfter(since, Math.max(0, Math.min(limit, ENTRIES_AT_ONCE))),
      onAppend: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  /** Number of the newest entry of the timeline. */
  get lastNumber(): number {
    return this.#timeline.lastNumber;
  }

  topic(name: string): Topic | undefined {
    return name === 'timeline' ? this.#topic : undefined;
  }

  /** Writes events into the timeline, all or none, and answers their numbers. Too long a text is cut. */
  tell(...events: readonly TimelineEvent[]): number[] {
    const atMs = this.#now();
    const entries = events.map(({ text, user, jobId, eventId }): NewEntry => ({
      ...{ atMs, kind: 'event', user, jobId },
      text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 3)}...` : text,
      key: eventId === undefined ? undefined : `event ${eventId}`,
    }));
    return this.#append(...entries);
  }

  /** Whether the event of this id is in the timeline. */
  wasTold(eventId: string): boolean {
    return this.#timeline.numberOf(`event ${eventId}`) !== undefined;
  }

  callerGone(sessionId: string): void {
    this.#saidAtMs.delete(sessionId);
  }

  close(): Promise<void> {
    this.#listeners.clear();
    this.#timeline.close();
    return Promise.resolve();
  }

  #say({ messageId, text, jobId }: CheckedParams<'chat.say'>, caller: Caller): { number: number } {
    const key = `message ${caller.user} ${messageId}`;
    // A repeat after a cut is answered whatever the pace.
    if (this.#timeline.numberOf(key) === undefined) this.#checkPace(caller);
    const [number = 0] = this.#append({ atMs: this.#now(), kind: 'message', user: caller.user, text, jobId, key });
    return { number };
  }

  #append(...entries: readonly NewEntry[]): number[] {
    const appended = this.#timeline.append(...entries);
    if (appended.some(({ repeated }) => !repeated)) for (const listener of this.#listeners) listener();
    return appended.map(({ number }) => number);
  }

  #checkPace({ sessionId, user }: Caller): void {
    const nowMs = this.#steady();
    const recent = (this.#saidAtMs.get(sessionId) ?? []).filter((atMs) => atMs > nowMs - MESSAGES_WINDOW_MS);
    if (recent.length >= MESSAGES_AT_ONCE) {
      this.#log.warn('a session says too much', { sessionId, user });
      throw new PutError(
        'too-many-requests',
        `${recent.length} messages in ${MESSAGES_WINDOW_MS / 1000} s; ${MESSAGES_AT_ONCE} are taken`,
      );
    }
    this.#saidAtMs.set(sessionId, [...recent, nowMs]);
  }
}
