import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Makes a folder with those above it; one that is there stays as it is. Rejects with the error of the file system, also where that answers
 * ENOENT below a folder that is there (`/proc`, an automounter): Node's own `recursive` tries there without end.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (await isFolder(path)) return;
    const above = dirname(path);
    if (codeOf(error) !== 'ENOENT' || above === path || (await isFolder(above))) throw error;
    await makeFolder(above, mode);
    await makeFolder(path, mode);
  }
}

const isFolderSync = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The same for what cannot wait: at the start, and in what writes a log. Throws where that rejects. */
export function makeFolderSync(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (isFolderSync(path)) return;
    const above = dirname(path);
    if (codeOf(error) !== 'ENOENT' || above === path || isFolderSync(above)) throw error;
    makeFolderSync(above, mode);
    makeFolderSync(path, mode);
  }
}
