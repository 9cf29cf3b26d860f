import { accessSync, constants } from 'node:fs';
import { makeFolderSync } from '../../core/node/makeFolder.ts';

/**
 * Makes a folder for the program's own data, private to its user, where it is absent. Answers a sentence for the person where it cannot be made or written;
 * undefined where it can.
 */
export function whyUnusable(folder: string): string | undefined {
  try {
    makeFolderSync(folder, 0o700);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `${folder} cannot be written (${codeOf(error)}). PUT Desktop keeps its systems, log and window there: make it writable for this user, or name another folder in PUT_DATA_DIR.`;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
