import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder for the program's own data, private to its user, where it is absent. Answers a sentence for the person where it cannot be made or written;
 * undefined where it can.
 */
export function whyUnusable(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `${folder} cannot be written (${reasonOf(folder, error)}). PUT Desktop keeps its systems, log and window there: make it writable for this user, or name another folder in PUT_DATA_DIR.`;
  }
}

/** Making several folders at once fails without saying why: the nearest one that is there tells. */
function reasonOf(folder: string, error: unknown): string {
  let there = folder;
  const isFolder = (): boolean => statSync(there, { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    while (!isFolder() && dirname(there) !== there) there = dirname(there);
    accessSync(there, constants.W_OK | constants.X_OK);
    return codeOf(error);
  } catch (cause) {
    return codeOf(cause);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
