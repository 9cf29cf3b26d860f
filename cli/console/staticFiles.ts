import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';
import { CONTENT_TYPES, contentHeaders } from '../../core/node/windowContent.ts';

const LARGEST_BYTES = 64 * 1024 * 1024;

/** Headers of every answer of the console: the bridge's WebSocket is the only connection. */
export const CONSOLE_HEADERS = contentHeaders('self');

export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
}

/** A file below a folder by the path of an address; undefined for one that is not there, not served, or outside of it. */
export async function readStaticFile(folder: string, addressPath: string): Promise<StaticFile | undefined> {
  let path: string;
  try {
    path = decodeURIComponent(addressPath === '/' ? '/index.html' : addressPath);
  } catch {
    return undefined;
  }

  if (/[\u0000-\u001f\\]/.test(path)) return undefined;
  const file = resolve(folder, `.${path}`);
  const type = CONTENT_TYPES[extname(file)];
  if (type === undefined) return undefined;
  try {
    // Links inside of the folder may not lead out of it.
    const [root, real] = await Promise.all([realpath(folder), realpath(file)]);
    if (!real.startsWith(root + sep)) return undefined;
    const facts = await stat(real);
    if (!facts.isFile() || facts.size > LARGEST_BYTES) return undefined;
    return { type, body: await readFile(real) };
  } catch {
    return undefined;
  }
}
