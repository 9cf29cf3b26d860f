import { readFile, stat } from 'node:fs/promises';
import { decodeText } from '../core/model/decodeText.ts';
import type { ErrorCode } from '../core/protocol/errorCatalogue.ts';
import { PutError } from '../core/protocol/errors.ts';
import { unreadable } from '../core/node/fileSource.ts';

/** A text file that a person named. `invalid` is the code where it is larger than `mostBytes` or no text; otherwise throws `file-unreadable`. */
export async function readNamedText(
  path: string,
  { shown = path, mostBytes, invalid }: { shown?: string; mostBytes: number; invalid: ErrorCode },
): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) throw new PutError(invalid, `${path}: larger than ${mostBytes} bytes`, { path });
    const decoded = decodeText(await readFile(path));
    if ('problem' in decoded) throw new PutError(invalid, `${path}: ${decoded.problem}`, { path });
    return decoded.text;
  } catch (error) {
    throw unreadable(shown, error);
  }
}
