import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import lockfile from 'proper-lockfile';
import { decodeText } from '../model/decodeText.ts';
import { PutError } from '../protocol/errors.ts';
import type { TextFile } from '../workbench/systemsStore.ts';

/** A lock that its holder has not renewed for this long is one of a process that ended: a change takes milliseconds. */
const STALE_LOCK_MS = 10_000;
/** Waits for another process; together longer than a lock takes to be stale. */
const LOCK_TRIES = { retries: 40, minTimeout: 20, maxTimeout: 500, randomize: true };

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * A text file that is replaced atomically: written beside, flushed to disk, renamed. Rights 0600. Read as any editor writes it
 * (UTF-8 or UTF-16 with a mark); `config-unreadable` where it is no text. `update` holds a lock beside the file
 * (`<path>.lock`) against other processes, and rejects with `file-locked` when another one keeps it.
 */
export function textFile(path: string): TextFile {
  const read = async (): Promise<string | undefined> => {
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new PutError('config-unreadable', `${path}: ${codeOf(error)}`, { path }, { cause: error });
    }
    const decoded = decodeText(bytes);
    if ('problem' in decoded) throw new PutError('config-unreadable', `${path}: ${decoded.problem}`, { path });
    return decoded.text;
  };
  const write = async (text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const beside = `${path}.${process.pid}.new`;
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  };
  const lock = async (): Promise<() => Promise<void>> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      // The file itself may not be there yet, so its name is locked as it stands.
      return await lockfile.lock(path, { realpath: false, stale: STALE_LOCK_MS, retries: LOCK_TRIES });
    } catch (error) {
      if (codeOf(error) !== 'ELOCKED') throw error;
      throw new PutError(
        'file-locked',
        `${path}: another program keeps it locked (${path}.lock)`,
        { path },
        { cause: error },
      );
    }
  };
  return {
    path,
    read,
    write,
    async update(change) {
      const release = await lock();
      try {
        const text = change(await read());
        if (text !== undefined) await write(text);
      } finally {
        // A lock that somebody removed meanwhile needs no release.
        await release().catch(() => {});
      }
    },
  };
}
