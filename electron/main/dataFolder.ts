import { accessSync, constants, mkdirSync } from 'node:fs';

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
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return `${folder} cannot be written (${code}). PUT Desktop keeps its systems, log and window there: make it writable for this user, or name another folder in PUT_DATA_DIR.`;
  }
}
