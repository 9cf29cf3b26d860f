import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeText } from '../model/decodeText.ts';
import { PutError } from '../protocol/errors.ts';
import { withFileLock } from './fileLock.ts';
import { asideName } from '../workbench/damagedFile.ts';
import type { TextFile } from '../workbench/systemsStore.ts';

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
  return {
    path,
    read,
    write,
    async update(change) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await withFileLock(path, async () => {
        const text = change(await read());
        if (text !== undefined) await write(text);
      });
    },
    async setAside(isDamaged) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return await withFileLock(path, async () => {
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
      });
    },
  };
}
