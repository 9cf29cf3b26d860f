import { lstat, writeFile } from 'node:fs/promises';
import { PutError } from '../core/protocol/errors.ts';
import { replaceFile } from '../core/node/replaceFile.ts';

/**
 * Writes the result of a command into a file that a person named: whole, or the file is as it was. What is no plain file (a link, `/dev/stdout`) is
 * written into. @throws PutError output-unwritable
 */
export async function writeResultFile(path: string, text: string): Promise<void> {
  try {
    const found = await lstat(path).catch(() => undefined);
    if (found && !found.isFile()) await writeFile(path, text);
    else await replaceFile(path, text, found ? found.mode & 0o777 : 'new');
  } catch (error) {
    const systemCode = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError('output-unwritable', `${path}: cannot be written (${systemCode})`, { path, systemCode });
  }
}
