import { encodeBody } from '../../core/protocol/body.ts';
import { PutError, reportOf, type ErrorReport } from '../../core/protocol/errors.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import { diffTrees } from '../../core/replica/patch.ts';
import { shareRepeats } from '../../core/replica/sharedValues.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log, LogTopic, StateTopic, Topic } from '../service.ts';
import { encodedSize } from '../../core/replica/encodedSize.ts';
import { splitPatch } from '../../core/replica/splitPatch.ts';
import type { Patch } from '../../core/replica/patchShape.ts';

/** Where news go: one lane of a session. */
export interface NewsLane {
  /** Sends a body on the control channel and answers its number. Throws `queue-full` when too much waits. */
  send(body: Uint8Array): number;
  acknowledged(): number;
  /** False while no line is there. */
  attached(): boolean;
  /** Bytes sent and not yet acknowledged, as they are on the line: compressed. */
  pendingBytes(): number;
}

/** A part of larger news has about this many bytes on the line: 0.6 s at 56 kbit/s, then other messages pass. */
const PART_LINE_BYTES = 4 * 1024;
/** The same before compression: least and most. Long ones share one dictionary, and a tree above the least is taken apart. */
const LEAST_PART_BYTES = 16 * 1024;
const MOST_PART_BYTES = 1024 * 1024;
/** How well news compress before the first part of a watch has shown it. */
const FIRST_RATIO = 4;
/** Entries of a log topic in one piece of news. */
const LOG_BATCH = 200;

/** Bytes on their way beside which more news may be sent: what a 56 kbit/s line carries in a round trip with its queues, up to a fast line's fill. */
const LEAST_ROOM_BYTES = 8 * 1024;
const MOST_ROOM_BYTES = 256 * 1024;
/** An acknowledgement within the first figure means that the line takes more, after the second that it takes less, in ms. */
const QUICK_MS = 500;
const SLOW_MS = 1_500;
/** While an acknowledgement is out for this long no further difference is begun. */
const SILENT_MS = 3_000;

/** One piece of news: an envelope of kind `t` without its watch number. */
interface News {
  readonly n: number;
  readonly b?: number;
  readonly m?: true;
  readonly f?: ErrorReport;
  readonly v: unknown;
}

interface Watch {
  readonly number: number;
  readonly topicName: string;
  readonly topic: Topic;
  /** State topics: what the watcher has after everything sent. Log topics: unused. */
  sentState: object | undefined;
  sentNumber: number;
  /** Log topics: the watcher must forget what it has, since entries between are not sent. */
  forget: boolean;
  /** Log topics: no news were made yet. */
  fresh: boolean;
  /** Makes the next part of the piece of news that is being sent; absent between two pieces. */
  nextPart: (() => Uint8Array) | undefined;
  /** A part that could not be sent yet. */
  part: Uint8Array | undefined;
  /** Its size before repeated values were shared, where it is one of several. */
  partBytes: number | undefined;
  /** Bytes before compression by bytes on the line, of the part before. */
  ratio: number;
  dirty: boolean;
  /** Among what changed is what somebody waits for. */
  turned: boolean;
  awaitedSequence: number;
  sentAtMs: number;
  /** When its state was last looked at: no more often than news may go, also where nothing in it changed. */
  lookedAtMs: number;
  stopTimer: (() => void) | undefined;
  stopListening: () => void;
}

/**
 * Feeds the topics that one end watches: first a snapshot, then differences between what was last sent and the state now,
 * at least TIMES.newsMs apart. More is sent before an acknowledgement only where little is on its way, and TIMES.newsBesideMs
 * apart: a slow line gets fewer and larger differences, never a queue of old states. What somebody waits for goes at once where the line has room.
 *
 * Large news go in parts, all but the last marked `m`: a snapshot as the snapshot `{}` followed by patches that fill it, all
 * with its number; a patch as patches of which only the last moves `n`. Log topics send their entries oldest first in
 * batches, marked alike; `b` is the number before the first of them, and absent where the watcher must forget what it has.
 */
export class TopicFeeds {
  readonly #clock: Clock;
  readonly #lane: NewsLane;
  readonly #log: Log;
  readonly #watches = new Map<number, Watch>();
  #lastWatch = 0;
  #roomBytes = LEAST_ROOM_BYTES;
  readonly #onTheirWay: { readonly sequence: number; readonly sentAtMs: number }[] = [];

  constructor(options: { clock: Clock; lane: NewsLane; log: Log }) {
    this.#clock = options.clock;
    this.#lane = options.lane;
    this.#log = options.log;
  }

  get size(): number {
    return this.#watches.size;
  }

  /**
   * Opens a watch; nothing is sent before `start`. Of a log topic come the entries above `since`, of which at most the `last` newest.
   * Throws `too-many-requests` beyond LIMITS.watchedTopics.
   */
  open(topicName: string, topic: Topic, since: number | undefined, last?: number): number {
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
      forget: false,
      fresh: true,
      nextPart: undefined,
      part: undefined,
      partBytes: undefined,
      ratio: FIRST_RATIO,
      dirty: true,
      turned: false,
      awaitedSequence: 0,
      sentAtMs: -Infinity,
      lookedAtMs: -Infinity,
      stopTimer: undefined,
      stopListening: () => {},
    };
    if (topic.kind === 'log') {
      const newest = topic.lastNumber();
      const least = last === undefined ? 0 : Math.max(0, newest - last);
      const known = since !== undefined && since <= newest;
      watch.forget = !known || since < least;
      watch.sentNumber = known ? Math.max(since, least) : least;
    }
    this.#watches.set(watch.number, watch);
    return watch.number;
  }

  /** Sends the first news of a watch; call after its number was answered. */
  start(number: number): void {
    const watch = this.#watches.get(number);
    if (!watch) return;
    const wake = (turned = false): void => {
      watch.dirty = true;
      if (turned) {
        watch.turned = true;
        watch.stopTimer?.();
        watch.stopTimer = undefined;
      }
      this.#pump(watch);
    };
    watch.stopListening =
      watch.topic.kind === 'state' ? watch.topic.onChange(wake) : watch.topic.onAppend(() => wake());
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

  /** Ends the watches of topics for which `check` throws, and tells their watcher why. */
  judge(check: (topicName: string) => void): void {
    for (const watch of [...this.#watches.values()]) {
      try {
        check(watch.topicName);
      } catch (error) {
        this.#giveUp(watch, error);
      }
    }
  }

  /** The peer acknowledged more: what waited for it goes on. */
  acknowledged(): void {
    const acknowledged = this.#lane.acknowledged();
    for (let first = this.#onTheirWay[0]; first && first.sequence <= acknowledged; first = this.#onTheirWay[0]) {
      this.#onTheirWay.shift();
      this.#learn(this.#clock.steadyMs() - first.sentAtMs);
    }
    for (const watch of [...this.#watches.values()]) {
      watch.stopTimer?.();
      watch.stopTimer = undefined;
      this.#pump(watch);
    }
  }

  closeAll(): void {
    for (const number of [...this.#watches.keys()]) this.close(number);
  }

  /** Learns from how long an acknowledgement took. */
  #learn(waitedMs: number): void {
    if (waitedMs < QUICK_MS) this.#roomBytes = Math.min(MOST_ROOM_BYTES, this.#roomBytes * 2);
    else if (waitedMs > SLOW_MS) this.#roomBytes = Math.max(LEAST_ROOM_BYTES, this.#roomBytes / 2);
  }

  #pump(watch: Watch): void {
    while (this.#sendNext(watch)) if (!watch.nextPart && !watch.part) return;
  }

  /** Whether more may go beside what is not acknowledged: never into a line that is lost or silent, where it would only grow old. */
  #hasRoom(between: boolean): boolean {
    if (!this.#lane.attached() || this.#lane.pendingBytes() > this.#roomBytes) return false;
    const waitedMs = this.#clock.steadyMs() - (this.#onTheirWay[0]?.sentAtMs ?? Infinity);
    return !between || waitedMs < SILENT_MS;
  }

  /** Sends what may go now; true: a part went. */
  #sendNext(watch: Watch): boolean {
    const between = !watch.nextPart && !watch.part;
    if ((between && !watch.dirty) || watch.stopTimer) return false;
    const awaited = watch.awaitedSequence > this.#lane.acknowledged();
    if (awaited && !this.#hasRoom(between)) return false;
    // Parts of one piece of news follow each other as fast as there is room.
    const gapMs = awaited ? TIMES.newsBesideMs : TIMES.newsMs;
    const waitMs =
      between && !watch.turned ? Math.max(watch.sentAtMs, watch.lookedAtMs) + gapMs - this.#clock.steadyMs() : 0;
    if (waitMs > 0) {
      watch.stopTimer = this.#clock.setTimer(waitMs, () => {
        watch.stopTimer = undefined;
        this.#pump(watch);
      });
      return false;
    }
    try {
      if (between) {
        watch.dirty = false;
        watch.turned = false;
        watch.lookedAtMs = this.#clock.steadyMs();
        if (watch.topic.kind === 'state') this.#takeState(watch, watch.topic);
        else this.#takeEntries(watch, watch.topic);
      }
      const body = (watch.part ??= watch.nextPart?.());
      if (!body) return false;
      const before = this.#lane.pendingBytes();
      watch.awaitedSequence = this.#lane.send(body);
      watch.ratio = (watch.partBytes ?? body.length) / Math.max(1, this.#lane.pendingBytes() - before);
      watch.sentAtMs = this.#clock.steadyMs();
      this.#onTheirWay.push({ sequence: watch.awaitedSequence, sentAtMs: watch.sentAtMs });
      watch.part = undefined;
      watch.partBytes = undefined;
      return true;
    } catch (error) {
      // Too much waits for acknowledgement on the session: the next acknowledgement brings us back here.
      if (error instanceof PutError && error.code === 'queue-full') return false;
      this.#giveUp(watch, error);
      return false;
    }
  }

  /** The topic, not the line, is at fault: its watcher hears why, the others go on. */
  #giveUp(watch: Watch, error: unknown): void {
    this.#log.error(`news of ${watch.topicName} cannot be sent; the watch is closed`, { error: String(error) });
    this.close(watch.number);
    try {
      const f = { ...reportOf(error), message: reportOf(error).message.slice(0, 1_000) };
      this.#lane.send(encodeNews(watch, { n: watch.sentNumber, v: null, f }));
    } catch (failure) {
      this.#log.error(`the end of the watch of ${watch.topicName} cannot be told`, { error: String(failure) });
    }
  }

  #takeState(watch: Watch, topic: StateTopic): void {
    const state = topic.state();
    const number = topic.number();
    const before = watch.sentState;
    const base = watch.sentNumber;
    const patch: Patch | undefined = before === undefined ? undefined : diffTrees(before, state);
    if (before !== undefined && patch === undefined) return;
    watch.sentState = state;
    watch.sentNumber = number;
    // About half of it may be repeats; what is larger than that would be encoded in vain.
    if (encodedSize(patch ?? state) <= 2 * partBytesOf(watch)) {
      const whole = encodeNews(watch, patch ? { n: number, b: base, v: shareRepeats(patch) } : { n: number, v: state });
      if (whole.length <= partBytesOf(watch)) {
        watch.part = whole;
        return;
      }
    }
    const parts = splitPatch(patch ?? { s: state as Readonly<Record<string, unknown>> }, LEAST_PART_BYTES);
    if (!patch) watch.part = encodeNews(watch, { n: number, m: true, v: {} });
    const from = patch ? base : number;
    watch.nextPart = () => {
      const { patch: part, bytes } = parts.take(partBytesOf(watch));
      const v = shareRepeats(part);
      watch.partBytes = bytes;
      if (!parts.done) return encodeNews(watch, { n: from, b: from, m: true, v });
      watch.nextPart = undefined;
      return encodeNews(watch, { n: number, b: from, v });
    };
  }

  #takeEntries(watch: Watch, topic: LogTopic): void {
    const after = watch.sentNumber;
    let entries = topic.entriesAfter(after, LOG_BATCH);
    if (entries.length === 0 && !watch.fresh) return;
    for (;;) {
      const n = after + entries.length;
      const more = n < topic.lastNumber();
      const b = watch.forget ? {} : { b: after };
      const body = encodeNews(watch, { n, ...b, ...(more ? { m: true } : {}), v: entries });
      if (body.length > partBytesOf(watch) && entries.length > 1) {
        entries = entries.slice(0, Math.ceil(entries.length / 2));
        continue;
      }
      watch.part = body;
      watch.sentNumber = n;
      watch.forget = false;
      watch.fresh = false;
      watch.dirty = more;
      return;
    }
  }
}

/** Size of the next part before compression. */
function partBytesOf(watch: Watch): number {
  return Math.max(LEAST_PART_BYTES, Math.min(MOST_PART_BYTES, watch.ratio * PART_LINE_BYTES));
}

function encodeNews(watch: Watch, news: News): Uint8Array {
  return encodeBody({ k: 't', w: watch.number, ...news });
}
