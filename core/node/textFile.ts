import { readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeText } from '../model/decodeText.ts';
import { PutError } from '../protocol/errors.ts';
import { withFileLock } from './fileLock.ts';
import { makeFolder } from './makeFolder.ts';
import { replaceFile } from './replaceFile.ts';
import { asideName } from '../workbench/damagedFile.ts';
import type { TextFile } from '../workbench/systemsStore.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** What the operating system says where it does not let a file be written. */
const WHY_NOT: Readonly<Record<string, string>> = {
  ENOSPC: 'no room on its file system',
  EDQUOT: 'no room on its file system for this user',
  EROFS: 'its file system is mounted read-only',
  EACCES: 'this user may not write it',
  EPERM: 'this user may not write it',
};

/**
 * A text file that is replaced atomically: written beside, flushed to disk, renamed. Rights 0600. Read as any editor writes it
 * (UTF-8 or UTF-16 with a mark); `config-unreadable` where it is no text, `file-unwritable` where there is no room or no right; nothing of an attempt stays then. `update` holds a lock beside the file
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
  const unwritable = (error: unknown): never => {
    if (!(error instanceof Error) || error instanceof PutError || !('code' in error)) throw error;
    const why = WHY_NOT[codeOf(error)] ?? codeOf(error);
    throw new PutError('file-unwritable', `${path}: ${why}`, { path }, { cause: error });
  };
  const makeOwnFolder = () => makeFolder(dirname(path), 0o700);
  /** Runs work on the file while no other process changes it. */
  const locked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await makeOwnFolder();
      return await withFileLock(path, work);
    } catch (error) {
      return unwritable(error);
    }
  };
  return {
    path,
    read,
    write: (text) =>
      makeOwnFolder()
        .then(() => replaceFile(path, text))
        .catch(unwritable),
    update: (work) =>
      locked(async () => {
        const text = work(await read());
        if (text !== undefined) await replaceFile(path, text);
      }),
    setAside: (isDamaged) =>
      locked(async () => {
        const stays = await read().then(
          (text) => text === undefined || !isDamaged(text),
          (error: unknown) => {
            if (error instanceof PutError) return false;
            throw error;
          },
        );
        if (stays) return undefined;
        const aside = asideName(path, Date.now());
        await rename(path, aside);
        return aside;
      }),
  };
}
