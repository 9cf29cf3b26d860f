import { open, rename, rm } from 'node:fs/promises';

/** Ending of a file that is being written; one that a killed process left is no part of the state. */
export const UNFINISHED = '.new';

/** Rights of a new file that is for others too, of which the person's umask takes some away. */
const NEW_FILE = 0o666;

/**
 * Replaces a file: whole and on the disk, or as it was. Only its user may read it, unless `rights` say otherwise: `new` are those of any new file. Throws what the
 * file system says; nothing of the attempt stays then.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  rights: number | 'new' = 0o600,
): Promise<void> {
  const temporary = `${path}.${process.pid}${UNFINISHED}`;
  try {
    const handle = await open(temporary, 'w', rights === 'new' ? NEW_FILE : rights);
    try {
      if (rights !== 'new') await handle.chmod(rights);
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
