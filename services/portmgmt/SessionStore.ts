import { DatabaseSync } from 'node:sqlite';
import { PutError } from '../../core/protocol/errors.ts';
import { roleSchema, type Role } from '../../core/protocol/handshake.ts';

/** What is kept of a session across restarts of putservices; never its token. */
export interface StoredSession {
  readonly sessionId: string;
  readonly tokenHash: string;
  readonly user: string;
  readonly role: Role;
  readonly clientSystem: string;
  readonly sinceMs: number;
  /** When the session ends if nobody comes back. */
  readonly graceEndsAtMs: number;
}

export interface SessionStore {
  load(): StoredSession[];
  put(session: StoredSession): void;
  remove(sessionId: string): void;
  close(): void;
}

/** Sessions in one SQLite file. Throws `state-damaged` when the file cannot be read. */
export function openSessionStore(file: string): SessionStore {
  try {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    database.exec(
      `CREATE TABLE IF NOT EXISTS session (
         sessionId TEXT PRIMARY KEY, tokenHash TEXT NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL,
         clientSystem TEXT NOT NULL, sinceMs INTEGER NOT NULL, graceEndsAtMs INTEGER NOT NULL) STRICT`,
    );
    const put = database.prepare(
      `INSERT OR REPLACE INTO session (sessionId, tokenHash, user, role, clientSystem, sinceMs, graceEndsAtMs)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = database.prepare('DELETE FROM session WHERE sessionId = ?');
    const all = database.prepare('SELECT * FROM session');
    return {
      load: () =>
        all.all().map((row) => ({
          sessionId: String(row['sessionId']),
          tokenHash: String(row['tokenHash']),
          user: String(row['user']),
          role: roleSchema.parse(row['role']),
          clientSystem: String(row['clientSystem']),
          sinceMs: Number(row['sinceMs']),
          graceEndsAtMs: Number(row['graceEndsAtMs']),
        })),
      put: (s) =>
        void put.run(
          s.sessionId,
          s.tokenHash,
          s.user,
          s.role,
          s.clientSystem,
          Math.round(s.sinceMs),
          Math.round(s.graceEndsAtMs),
        ),
      remove: (sessionId) => void remove.run(sessionId),
      close: () => database.close(),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PutError('state-damaged', `${file}: ${reason}`, { file }, { cause: error });
  }
}

/** Sessions in memory only, for tests. */
export function createMemorySessionStore(): SessionStore {
  const rows = new Map<string, StoredSession>();
  return {
    load: () => [...rows.values()],
    put: (session) => void rows.set(session.sessionId, session),
    remove: (sessionId) => void rows.delete(sessionId),
    close: () => {},
  };
}
