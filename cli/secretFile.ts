import { readFile } from 'node:fs/promises';
import { decodeText } from '../core/model/decodeText.ts';
import { PutError } from '../core/protocol/errors.ts';

/** A secret file holds one line; anything longer is another file. */
const SECRET_FILE_BYTES = 4096;

/** Reads a file that an option names for a secret; throws `file-unreadable` naming option and file. */
export async function readSecretFile(path: string, option: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError('file-unreadable', `${option} ${path}: ${code}`, { path }, { cause: error });
  }
  if (bytes.length > SECRET_FILE_BYTES) {
    throw new PutError('file-unreadable', `${option} ${path}: ${bytes.length} bytes; it must hold one line`, { path });
  }
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new PutError('file-unreadable', `${option} ${path}: ${decoded.problem}`, { path });
  return decoded.text;
}

export const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';
