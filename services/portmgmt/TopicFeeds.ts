import { encodeBody } from '../../core/protocol/body.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import { diffTrees, type Patch } from '../../core/model/patch.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log, LogTopic, StateTopic, Topic } from '../service.ts';
import { splitPatch } from './splitPatch.ts';

/** Where news go: one lane of a session. */
export interface NewsLane {
  /** Sends a body on the control channel and answers its number. Throws `queue-full` when too much waits. */
  send(body: Uint8Array): number;
  acknowledged(): number;
}

/** News of a topic above this size go in parts, so that other messages pass between on a slow line. */
const PART_BYTES = 128 * 1024;
/** Entries of a log topic in one piece of news. */
const LOG_BATCH = 200;

/** One piece of news: an envelope of kind `t` without its watch number. */
interface News {
  readonly n: number;
  readonly b?: number;
  readonly v: unknown;
}

interface Watch {
  readonly number: number;
  readonly topicName: string;
  readonly topic: Topic;
  /** State topics: what the watcher has after everything sent. Log topics: unused. */
  sentState: object | undefined;
  sentNumber: number;
  /** Log topics: no news were made yet. */
  fresh: boolean;
  /** The piece of news that has to go, encoded; several where it is large. */
  queue: Uint8Array[];
  dirty: boolean;
  awaitedSequence: number;
  sentAtMs: number;
  stopTimer: (() => void) | undefined;
  stopListening: () => void;
}

/**
 * Feeds the topics that one end watches: first a snapshot, then differences between what was last sent and the state now,
 * at least TIMES.newsMs apart and never more than one piece unacknowledged a watch. A slow line therefore gets fewer and
 * larger differences, never a queue of old states.
 *
 * A snapshot above 128 KiB is sent as the snapshot `{}` followed by patches that fill it; they carry the same number, so
 * `b` equals `n` until the last part. Log topics send their entries oldest first in batches; `b` is the number
 * before the first of them, and absent where the watcher must forget what it has.
 */
export class TopicFeeds {
  readonly #clock: Clock;
  readonly #lane: NewsLane;
  readonly #log: Log;
  readonly #watches = new Map<number, Watch>();
  #lastWatch = 0;

  constructor(options: { clock: Clock; lane: NewsLane; log: Log }) {
    this.#clock = options.clock;
    this.#lane = options.lane;
    this.#log = options.log;
  }

  get size(): number {
    return this.#watches.size;
  }

  /** Opens a watch; nothing is sent before `start`. Throws `too-many-requests` beyond LIMITS.watchedTopics. */
  open(topicName: string, topic: Topic, since: number | undefined): number {
    if (this.#watches.size >= LIMITS.watchedTopics) {
      throw new PutError('too-many-requests', `${LIMITS.watchedTopics} topics are watched already`, {
        limit: LIMITS.watchedTopics,
      });
    }
    const watch: Watch = {
      number: ++this.#lastWatch,
      topicName,
      topic,
      sentState: undefined,
      sentNumber: topic.kind === 'log' ? (since ?? 0) : 0,
      fresh: true,
      queue: [],
      dirty: true,
      awaitedSequence: 0,
      sentAtMs: -Infinity,
      stopTimer: undefined,
      stopListening: () => {},
    };
    if (topic.kind === 'log' && (since === undefined || since > topic.lastNumber())) watch.sentNumber = -1;
    this.#watches.set(watch.number, watch);
    return watch.number;
  }

  /** Sends the first news of a watch; call after its number was answered. */
  start(number: number): void {
    const watch = this.#watches.get(number);
    if (!watch) return;
    const wake = (): void => {
      watch.dirty = true;
      this.#pump(watch);
    };
    watch.stopListening = watch.topic.kind === 'state' ? watch.topic.onChange(wake) : watch.topic.onAppend(wake);
    this.#pump(watch);
  }

  /** Ends a watch; an unknown number is not an error, since the answer may have been lost. */
  close(number: number): void {
    const watch = this.#watches.get(number);
    if (!watch) return;
    this.#watches.delete(number);
    watch.stopTimer?.();
    watch.stopListening();
  }

  /** The peer acknowledged more: what waited for it goes on. */
  acknowledged(): void {
    for (const watch of [...this.#watches.values()]) this.#pump(watch);
  }

  closeAll(): void {
    for (const number of [...this.#watches.keys()]) this.close(number);
  }

  #pump(watch: Watch): void {
    if (!watch.dirty && watch.queue.length === 0) return;
    if (watch.stopTimer || watch.awaitedSequence > this.#lane.acknowledged()) return;
    const waitMs = watch.sentAtMs + TIMES.newsMs - this.#clock.nowMs();
    // Parts of one piece of news follow each other as fast as they are acknowledged.
    if (watch.queue.length === 0 && waitMs > 0) {
      watch.stopTimer = this.#clock.setTimer(waitMs, () => {
        watch.stopTimer = undefined;
        this.#pump(watch);
      });
      return;
    }
    try {
      if (watch.queue.length === 0) {
        watch.dirty = false;
        if (watch.topic.kind === 'state') this.#queueState(watch, watch.topic);
        else this.#queueEntries(watch, watch.topic);
      }
      const body = watch.queue[0];
      if (!body) return;
      watch.awaitedSequence = this.#lane.send(body);
      watch.sentAtMs = this.#clock.nowMs();
      watch.queue.shift();
    } catch (error) {
      // Too much waits for acknowledgement on the session: the next acknowledgement brings us back here.
      if (error instanceof PutError && error.code === 'queue-full') return;
      this.#log.error(`news of ${watch.topicName} cannot be sent; the watch is closed`, { error: String(error) });
      this.close(watch.number);
    }
  }

  #queueState(watch: Watch, topic: StateTopic): void {
    const state = topic.state();
    const number = topic.number();
    const before = watch.sentState;
    const base = watch.sentNumber;
    const patch: Patch | undefined = before === undefined ? undefined : diffTrees(before, state);
    if (before !== undefined && patch === undefined) return;
    watch.sentState = state;
    watch.sentNumber = number;
    const whole = encodeNews(watch, patch ? { n: number, b: base, v: patch } : { n: number, v: state });
    if (whole.length <= PART_BYTES) {
      watch.queue.push(whole);
      return;
    }
    if (!patch) watch.queue.push(encodeNews(watch, { n: number, v: {} }));
    const parts = splitPatch(patch ?? { s: state as Readonly<Record<string, unknown>> }, PART_BYTES);
    parts.forEach((v, i) => {
      const news = patch ? { n: i === parts.length - 1 ? number : base, b: base, v } : { n: number, b: number, v };
      watch.queue.push(encodeNews(watch, news));
    });
  }

  #queueEntries(watch: Watch, topic: LogTopic): void {
    const forget = watch.sentNumber < 0;
    const after = Math.max(0, watch.sentNumber);
    let entries = topic.entriesAfter(after, LOG_BATCH);
    if (entries.length === 0 && !watch.fresh) return;
    for (;;) {
      const n = after + entries.length;
      const body = encodeNews(watch, { n, ...(forget ? {} : { b: after }), v: entries });
      if (body.length > PART_BYTES && entries.length > 1) {
        entries = entries.slice(0, Math.ceil(entries.length / 2));
        continue;
      }
      watch.queue.push(body);
      watch.sentNumber = n;
      watch.fresh = false;
      watch.dirty = n < topic.lastNumber();
      return;
    }
  }
}

function encodeNews(watch: Watch, news: News): Uint8Array {
  return encodeBody({ k: 't', w: watch.number, ...news });
}
