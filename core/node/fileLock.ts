import { setTimeout } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { PutError } from '../protocol/errors.ts';

/** A lock that its holder has not renewed for this long is one of a process that ended: a change takes milliseconds. */
const STALE_LOCK_MS = 10_000;
/** Waits for another process, each twice as long as the one before up to the longest; together longer than a lock takes to be stale. */
const LOCK_TRIES = 40;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/** Takes the lock. Only another holder is waited for: a full disk or a missing right is told at once, which the library would try again as well. */
async function takeLock(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      // The file itself may not be there yet, so its name is locked as it stands.
      return await lockfile.lock(path, { realpath: false, stale: STALE_LOCK_MS, retries: 0 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED' || attempt >= LOCK_TRIES) throw error;
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
      // Not all that wait come at the same moment.
      await setTimeout(waitMs * (0.5 + Math.random() / 2));
    }
  }
}

/**
 * Runs `work` while no other process that asks so changes the file: a lock beside it (`<path>.lock`), so the folder must be
 * there. Rejects with `file-locked` when another program keeps it, with what the file system says, or with what `work` does.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  let release: () => Promise<void>;
  try {
    release = await takeLock(path);
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
