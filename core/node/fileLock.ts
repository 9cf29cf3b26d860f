import lockfile from 'proper-lockfile';
import { PutError } from '../protocol/errors.ts';

/** A lock that its holder has not renewed for this long is one of a process that ended: a change takes milliseconds. */
const STALE_LOCK_MS = 10_000;
/** Waits for another process; together longer than a lock takes to be stale. */
const LOCK_TRIES = { retries: 40, minTimeout: 20, maxTimeout: 500, randomize: true };

/**
 * Runs `work` while no other process that asks so changes the file: a lock beside it (`<path>.lock`), so the folder must be
 * there. Rejects with `file-locked` when another program keeps it, with what the file system says, or with what `work` does.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  let release: () => Promise<void>;
  try {
    // The file itself may not be there yet, so its name is locked as it stands.
    release = await lockfile.lock(path, { realpath: false, stale: STALE_LOCK_MS, retries: LOCK_TRIES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    const message = `${path}: another program keeps it locked (${path}.lock)`;
    throw new PutError('file-locked', message, { path }, { cause: error });
  }
  try {
    return await work();
  } finally {
    // A lock that somebody removed meanwhile needs no release.
    await release().catch(() => {});
  }
}
