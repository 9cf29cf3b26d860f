import { lstat, open, rename, rm, writeFile } from 'node:fs/promises';
import { PutError } from '../core/protocol/errors.ts';
import { UNFINISHED } from '../core/node/replaceFile.ts';

/** Rights of a new file, of which the person's umask takes some away. */
const NEW_FILE = 0o666;

async function replaceWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}${UNFINISHED}`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Writes the result of a command into a file that a person named: whole, or the file is as it was. What is no plain file (a link, `/dev/stdout`) is
 * written into. @throws PutError output-unwritable
 */
export async function writeResultFile(path: string, text: string): Promise<void> {
  try {
    const found = await lstat(path).catch(() => undefined);
    if (found && !found.isFile()) await writeFile(path, text);
    else await replaceWhole(path, text, found ? found.mode & 0o777 : NEW_FILE);
  } catch (error) {
    const systemCode = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError('output-unwritable', `${path}: cannot be written (${systemCode})`, { path, systemCode });
  }
}
