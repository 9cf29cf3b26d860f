import type { Envelope } from '../protocol/envelope.ts';
import { rememberDifference } from '../replica/knownDifferences.ts';
import { applyPatch, patchOf } from '../replica/patch.ts';
import { withoutTable } from '../replica/sharedValues.ts';
import { errorOf, PutError, toPutError } from '../protocol/errors.ts';
import type { Lane } from './SideLines.ts';

/** News of a state topic: the whole state after the change. */
export type StateListener<T> = (state: T, number: number) => void;
/** News of a log topic: entries above the last number, oldest first; `more`: others that are there already follow. */
export type LogListener<T> = (entries: readonly T[], lastNumber: number, more: boolean) => void;

export interface Watch {
  close(): void;
}

interface OpenWatch {
  readonly topic: string;
  readonly kind: 'state' | 'log';
  /** Log topics: how many entries are wanted at most, also after an absence. */
  readonly last?: number | undefined;
  /** Number that the master gave it; undefined until answered. */
  watch: number | undefined;
  /** Counts the times it was asked for; an answer to an earlier one is given back. */
  asked: number;
  number: number;
  state: object | undefined;
  closed: boolean;
  readonly onState: StateListener<object>;
  readonly onLog: LogListener<object>;
  readonly onError: (error: PutError) => void;
}

type News = Extract<Envelope, { k: 't' }>;

/** Where a log topic begins. */
export interface LogStart {
  readonly since?: number;
  readonly last?: number;
}

type Ask = (topic: string, from: LogStart, lane: Lane) => Promise<{ watch: number }>;
type Unwatch = (watch: number, lane: Lane) => void;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** News off the wire that have no shape of news end the line, as every message that breaks the rules does. */
function snapshotOf(value: unknown, topic: string): object {
  if (!isObject(value)) throw new PutError('message-invalid', `the snapshot of ${topic} is not an object`);
  return value;
}

function entriesOf(value: unknown, topic: string): readonly object[] {
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw new PutError('message-invalid', `the news of ${topic} are not a list of entries`);
  }
  return value;
}

/**
 * Topics that one client watches over one lane at a time. Patches are applied here; a gap in the numbers, or a session that began anew, asks again:
 * a state topic answers with a snapshot, a log topic with what is above the last number seen.
 */
export class Watches {
  readonly #ask: Ask;
  readonly #unwatch: Unwatch;
  readonly #open = new Set<OpenWatch>();
  #lane: Lane = 'main';
  #early: News[] = [];
  #asking = 0;

  constructor(ask: Ask, unwatch: Unwatch) {
    this.#ask = ask;
    this.#unwatch = unwatch;
  }

  watchState<T extends object>(topic: string, listener: StateListener<T>, onError: (error: PutError) => void): Watch {
    return this.#add({
      topic,
      kind: 'state',
      watch: undefined,
      asked: 0,
      number: 0,
      state: undefined,
      closed: false,
      onState: listener as StateListener<object>,
      onLog: () => {},
      onError,
    });
  }

  /** With `last` come at most that many of the newest entries; what lies between is not sent then. */
  watchLog<T extends object>(
    topic: string,
    since: number,
    listener: LogListener<T>,
    onError: (error: PutError) => void,
    last?: number,
  ): Watch {
    return this.#add({
      topic,
      last,
      kind: 'log',
      watch: undefined,
      asked: 0,
      number: since,
      state: undefined,
      closed: false,
      onState: () => {},
      onLog: listener as LogListener<object>,
      onError,
    });
  }

  /** News came over a lane; news of a watch closed meanwhile, or left at another lane, is dropped. */
  onNews(news: News, lane: Lane = 'main'): void {
    if (lane !== this.#lane) return;
    for (const open of this.#open) {
      if (open.watch === news.w) {
        this.#deliver(open, news);
        return;
      }
    }
    // The first news often come in the same packet as the answer that names the watch, before its promise has settled.
    if (this.#asking > 0) this.#early.push(news);
  }

  /** Moves every watch to another lane: it is asked for there, and given back at the lane before. */
  useLane(lane: Lane): void {
    if (lane === this.#lane) return;
    for (const { watch } of this.#open) if (watch !== undefined) this.#unwatch(watch, this.#lane);
    this.askAgain(lane);
  }

  /** The lane began anew: every watch is asked for again, there or at another lane. */
  askAgain(lane: Lane = this.#lane): void {
    this.#lane = lane;
    this.#early = [];
    for (const open of this.#open) {
      open.watch = undefined;
      this.#start(open);
    }
  }

  #add(open: OpenWatch): Watch {
    this.#open.add(open);
    this.#start(open);
    return {
      close: () => {
        if (open.closed) return;
        open.closed = true;
        this.#open.delete(open);
        if (open.watch !== undefined) this.#unwatch(open.watch, this.#lane);
      },
    };
  }

  #start(open: OpenWatch): void {
    const asked = ++open.asked;
    const lane = this.#lane;
    this.#asking++;
    const last = open.last === undefined ? {} : { last: open.last };
    this.#ask(open.topic, open.kind === 'log' ? { since: open.number, ...last } : {}, lane)
      .then(
        ({ watch }) => {
          if (open.closed || asked !== open.asked) {
            this.#unwatch(watch, lane);
            return;
          }
          open.watch = watch;
          for (const news of this.#early) if (news.w === watch && open.watch === watch) this.#deliver(open, news);
        },
        (error: unknown) => {
          if (!open.closed && asked === open.asked) open.onError(toPutError(error));
        },
      )
      .catch((error: unknown) => open.onError(toPutError(error)))
      .finally(() => {
        if (--this.#asking === 0) this.#early = [];
      });
  }

  #deliver(open: OpenWatch, news: News): void {
    if (open.closed) return;
    if (news.f) {
      open.closed = true;
      this.#open.delete(open);
      open.onError(errorOf(news.f));
      return;
    }
    if (open.kind === 'log') this.#onLogNews(open, news);
    else this.#onStateNews(open, news);
  }

  #onStateNews(open: OpenWatch, news: News): void {
    if (news.b === undefined) open.state = snapshotOf(news.v, open.topic);
    else if (news.b !== open.number || !open.state) {
      this.#again(open, news.w);
      return;
    } else {
      const patch = patchOf(news.v, open.topic);
      const after = applyPatch(open.state, patch);
      // Who passes the state on has its difference from here, and need not look for it.
      rememberDifference(open.state, after, withoutTable(patch));
      open.state = after;
    }
    open.number = news.n;
    if (news.m !== true) open.onState(open.state, news.n);
  }

  #onLogNews(open: OpenWatch, news: News): void {
    if (news.b !== undefined && news.b !== open.number) {
      this.#again(open, news.w);
      return;
    }
    open.number = news.n;
    open.onLog(entriesOf(news.v, open.topic), news.n, news.m === true);
  }

  #again(open: OpenWatch, watch: number): void {
    open.watch = undefined;
    this.#unwatch(watch, this.#lane);
    this.#start(open);
  }
}
