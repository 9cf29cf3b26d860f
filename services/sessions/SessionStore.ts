import { z } from 'zod';
import { storageFault } from '../state/storageFault.ts';
import { openDatabase } from '../state/openDatabase.ts';

const storedSessionSchema = z.object({
  sessionId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  tokenHash: z.string().regex(/^[0-9A-Za-z+/=_-]{1,200}$/),
  user: z.string().min(1).max(200),
  /** What its account had when it signed in; empty where an earlier version stored it. */
  credential: z.string().max(200),
  clientSystem: z.string().max(1_000),
  /** Ms since 1970. */
  sinceMs: z.number(),
  /** When the session ends if nobody comes back, ms since 1970. */
  graceEndsAtMs: z.number(),
  /** Kept to sign in by; 0 or 1, as SQLite has it. */
  kept: z.literal([0, 1]).transform((kept) => kept === 1),
});

/** What is kept of a session across restarts of putservices; never its token. */
export type StoredSession = Readonly<z.output<typeof storedSessionSchema>>;

export interface SessionStore {
  /** Every session that can be used, and why the others cannot; those are forgotten, their clients sign in again. */
  load(): { readonly sessions: StoredSession[]; readonly faults: string[] };
  put(session: StoredSession): void;
  remove(sessionId: string): void;
  close(): void;
}

/** Sessions in one SQLite file. Throws `state-damaged`, or what the file system says, when the file cannot be read. */
export function openSessionStore(file: string): SessionStore {
  try {
    const database = openDatabase(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    database.exec(
      `CREATE TABLE IF NOT EXISTS session (
         sessionId TEXT PRIMARY KEY, tokenHash TEXT NOT NULL, user TEXT NOT NULL, credential TEXT NOT NULL,
         clientSystem TEXT NOT NULL, sinceMs INTEGER NOT NULL, graceEndsAtMs INTEGER NOT NULL,
         kept INTEGER NOT NULL DEFAULT 0) STRICT`,
    );
    const columns = database.prepare('PRAGMA table_info(session)').all();
    // Written before rights were asked for at each request.
    if (columns.some(({ name }) => name === 'role')) {
      database.exec(
        `BEGIN; ALTER TABLE session DROP COLUMN role; ALTER TABLE session ADD COLUMN credential TEXT NOT NULL DEFAULT ''; COMMIT`,
      );
    }
    if (columns.every(({ name }) => name !== 'kept'))
      database.exec('ALTER TABLE session ADD COLUMN kept INTEGER NOT NULL DEFAULT 0');
    const put = database.prepare(
      `INSERT OR REPLACE INTO session (sessionId, tokenHash, user, credential, clientSystem, sinceMs, graceEndsAtMs, kept)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = database.prepare('DELETE FROM session WHERE sessionId = ?');
    const all = database.prepare('SELECT * FROM session');
    return {
      load: () => {
        const sessions: StoredSession[] = [];
        const faults: string[] = [];
        for (const row of all.all()) {
          const parsed = storedSessionSchema.safeParse({ ...row });
          if (parsed.success) {
            sessions.push(parsed.data);
            continue;
          }
          const name = typeof row['sessionId'] === 'string' ? row['sessionId'].slice(0, 64) : 'unknown';
          faults.push(`session ${name}: ${parsed.error.issues[0]?.path.join('.') ?? ''} cannot be used`);
          if (typeof row['sessionId'] === 'string') remove.run(row['sessionId']);
        }
        return { sessions, faults };
      },
      put: (s) =>
        void put.run(
          s.sessionId,
          s.tokenHash,
          s.user,
          s.credential,
          s.clientSystem,
          Math.round(s.sinceMs),
          Math.round(s.graceEndsAtMs),
          s.kept ? 1 : 0,
        ),
      remove: (sessionId) => void remove.run(sessionId),
      close: () => database.close(),
    };
  } catch (error) {
    throw storageFault(error, file);
  }
}

/** Sessions in memory only, for tests. */
export function createMemorySessionStore(): SessionStore {
  const rows = new Map<string, StoredSession>();
  return {
    load: () => ({ sessions: [...rows.values()], faults: [] }),
    put: (session) => void rows.set(session.sessionId, session),
    remove: (sessionId) => void rows.delete(sessionId),
    close: () => {},
  };
}
