import { open, rename, rm } from 'node:fs/promises';

/** Ending of a file that is being written; one that a killed process left is no part of the state. */
export const UNFINISHED = '.new';

/**
 * Replaces a file that only its user may read: whole and on the disk, or as it was. Throws what the file system says; nothing
 * of the attempt stays then.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}${UNFINISHED}`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(content);
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
