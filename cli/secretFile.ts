import { readFile } from 'node:fs/promises';
import { decodeText } from '../core/model/decodeText.ts';
import { unreadable } from '../core/node/fileSource.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { Terminal } from './Terminal.ts';

/** A secret file holds one line; anything longer is another file. */
const SECRET_FILE_BYTES = 4096;

/**
 * Reads a file that an option names for a secret; `-` is what is piped in, or what a person types, unseen.
 * @throws PutError file-unreadable naming option and file; usage where two options want the standard input
 */
export async function readSecretFile(terminal: Terminal, path: string, option: string): Promise<string> {
  if (path === '-') return terminal.canAsk ? terminal.askHidden(`${option}: `) : terminal.readLine(SECRET_FILE_BYTES);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(`${option} ${path}`, error);
  }
  if (bytes.length > SECRET_FILE_BYTES) {
    throw new PutError('file-unreadable', `${option} ${path}: ${bytes.length} bytes; it must hold one line`, { path });
  }
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new PutError('file-unreadable', `${option} ${path}: ${decoded.problem}`, { path });
  return decoded.text;
}
