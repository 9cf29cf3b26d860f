import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolderSync } from '../../core/node/makeFolder.ts';
import { maskSecrets } from '../../core/model/maskSecrets.ts';
import { printable } from '../../core/model/strangerText.ts';

/** A line of the desktop's log; never a secret. */
export type Tell = (message: string) => void;

const MOST_BYTES = 2_000_000;
const MOST_LINE_CHARS = 2000;

/** The desktop's log: one file, and the one before it when it grew too long. A log that cannot be written stops nothing. */
export function createLogFile(folder: string, now: () => Date = () => new Date()): Tell {
  const file = join(folder, 'desktop.log');
  return (message) => {
    try {
      makeFolderSync(folder, 0o700);
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(file, `${file}.1`);
      const line = printable(maskSecrets(message).replaceAll(/[\r\n]+/g, ' ')).slice(0, MOST_LINE_CHARS);
      appendFileSync(file, `${now().toISOString()} ${line}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not take the window away.
    }
  };
}
