import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TimelineEntry } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { storageFault } from '../state/storageFault.ts';
import { openDatabase } from '../state/openDatabase.ts';
import { inTransaction } from '../state/statements.ts';

/** Format of the timeline's file; a newer one is refused. */
const FORMAT = 1;

interface Row {
  number: number;
  atMs: number;
  kind: string;
  user: string | null;
  jobId: string | null;
  text: string;
}

/** Characters of one answer from the history, so that it fits a message in any script. */
const HISTORY_CHARACTERS = 200_000;
/** Stands for an entry that is gone from the file. */
const MISSING = 'this entry is missing in the timeline of the master node';

function entryOf({ number, atMs, kind, user, jobId, text }: Row): TimelineEntry {
  return {
    number,
    atMs,
    kind: kind === 'message' ? 'message' : 'event',
    ...(user === null ? {} : { user }),
    ...(jobId === null ? {} : { jobId }),
    text,
  };
}

/** What is written; `key` makes a repeat harmless: the same key gives the entry of the first time. */
export interface NewEntry {
  readonly atMs: number;
  readonly kind: TimelineEntry['kind'];
  readonly text: string;
  readonly user?: string | undefined;
  readonly jobId?: string | undefined;
  readonly key?: string | undefined;
}

/** The timeline on disk: entries numbered from 1 without gaps, never changed. Each is on disk before `append` returns. */
export class Timeline {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #byKey: StatementSync;
  readonly #after: StatementSync;
  #lastNumber: number;

  /** Opens or makes the file. Throws `state-damaged`, `state-newer`, or what the file system says. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#database = openDatabase(path);
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;');
      const format = this.#database.prepare('PRAGMA user_version').get()?.['user_version'];
      if (typeof format === 'number' && format > FORMAT) {
        throw new PutError('state-newer', `${path} has format ${format}; this version reads ${FORMAT}`, { file: path });
      }
      this.#database.exec(
        `CREATE TABLE IF NOT EXISTS timeline (
           number INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, user TEXT, jobId TEXT,
           text TEXT NOT NULL, key TEXT UNIQUE
         ) STRICT;
         PRAGMA user_version = ${FORMAT};`,
      );
      this.#insert = this.#database.prepare(
        'INSERT INTO timeline (number, atMs, kind, user, jobId, text, key) VALUES (?, ?, ?, ?, ?, ?, ?)',
      );
      this.#byKey = this.#database.prepare('SELECT number FROM timeline WHERE key = ?');
      this.#after = this.#database.prepare(
        'SELECT number, atMs, kind, user, jobId, text FROM timeline WHERE number > ? ORDER BY number LIMIT ?',
      );
      const last = this.#database.prepare('SELECT max(number) AS number FROM timeline').get()?.['number'];
      this.#lastNumber = typeof last === 'number' ? last : 0;
    } catch (error) {
      throw storageFault(error, path);
    }
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Number of the entry with this key. */
  numberOf(key: string): number | undefined {
    const number = this.#byKey.get(key)?.['number'];
    return typeof number === 'number' ? number : undefined;
  }

  /**
   * Writes entries in their order, all or none of them; answers their numbers. One whose key is there already is not written again. Throws what the file system
   * says; nothing is written then.
   */
  append(...entries: readonly NewEntry[]): { readonly number: number; readonly repeated: boolean }[] {
    let last = this.#lastNumber;
    const appended: { readonly number: number; readonly repeated: boolean }[] = [];
    const write = ({ atMs, kind, user, jobId, text, key }: NewEntry): void => {
      const known = key === undefined ? undefined : this.numberOf(key);
      if (known === undefined) {
        last += 1;
        this.#insert.run(last, Math.floor(atMs), kind, user ?? null, jobId ?? null, text, key ?? null);
      }
      appended.push({ number: known ?? last, repeated: known !== undefined });
    };
    try {
      if (entries.length > 1) inTransaction(this.#database, () => entries.forEach(write));
      else entries.forEach(write);
    } catch (error) {
      throw storageFault(error, this.#path, 'state-unwritable');
    }
    this.#lastNumber = last;
    return appended;
  }

  /** At most `limit` entries above the number, oldest first. */
  entriesAfter(since: number, limit: number): TimelineEntry[] {
    let rows: Row[];
    try {
      rows = this.#after.all(since, limit) as unknown as Row[];
    } catch (error) {
      throw storageFault(error, this.#path);
    }
    const entries: TimelineEntry[] = [];
    for (const row of rows) {
      // One that is gone takes no other with it, and its number stays.
      for (let number = since + entries.length + 1; number < row.number && entries.length < limit; number++)
        entries.push({ number, atMs: row.atMs, kind: 'event', text: MISSING });
      if (entries.length < limit) entries.push(entryOf(row));
    }
    return entries;
  }

  /** At most `limit` entries below the number, oldest first; of long ones fewer, but one where there is one. */
  entriesBefore(before: number, limit: number): TimelineEntry[] {
    const from = Math.max(0, Math.min(before - 1, this.#lastNumber) - limit);
    const entries = this.entriesAfter(from, limit).filter(({ number }) => number < before);
    let characters = 0;
    const first = entries.findLastIndex(({ text }) => (characters += text.length) > HISTORY_CHARACTERS);
    return entries.slice(Math.min(first + 1, entries.length - 1));
  }

  close(): void {
    this.#database.close();
  }
}
