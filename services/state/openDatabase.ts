import { chmodSync, closeSync, openSync } from 'node:fs';
import type * as Sqlite from 'node:sqlite';
import { PutError } from '../../core/protocol/errors.ts';

/** The first that has SQLite built in and everything else that putservices uses. */
const LEAST_NODE = 24;

/**
 * SQLite of this Node. Asked for when it is needed: an import would end an older Node before it could say a word. Throws
 * `node-too-old`.
 */
export function builtInSqlite(): typeof Sqlite {
  const sqlite = process.getBuiltinModule?.('node:sqlite') as typeof Sqlite | undefined;
  if (sqlite) return sqlite;
  throw new PutError(
    'node-too-old',
    `putservices needs Node.js ${LEAST_NODE} or newer; ${process.execPath} is ${process.version}`,
    { version: process.version },
  );
}

/**
 * Opens an SQLite file that only its user may read, whatever the umask: SQLite gives the files beside it (WAL, shared memory)
 * the rights of the file itself. Throws what the file system or SQLite say, and `node-too-old`.
 */
export function openDatabase(path: string, options: { readonly timeout?: number } = {}): Sqlite.DatabaseSync {
  const { DatabaseSync } = builtInSqlite();
  closeSync(openSync(path, 'a', 0o600));
  // One that was made by an earlier version, or came from a backup.
  chmodSync(path, 0o600);
  return new DatabaseSync(path, options);
}
