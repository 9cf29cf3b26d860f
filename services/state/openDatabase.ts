import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens an SQLite file that only its user may read, whatever the umask: SQLite gives the files beside it (WAL, shared memory)
 * the rights of the file itself. Throws what the file system or SQLite say.
 */
export function openDatabase(path: string, options: { readonly timeout?: number } = {}): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600));
  // One that was made by an earlier version, or came from a backup.
  chmodSync(path, 0o600);
  return new DatabaseSync(path, options);
}
