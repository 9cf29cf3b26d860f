import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A folder of updates while it is served. */
export interface ServedFolder {
  /** Base address of its files; holds a token that only this process knows. */
  readonly url: string;
  close(): void;
}

/**
 * Serves the files of one folder (none below it) on a free port of the loopback address, for the updater, which reads from servers only.
 * Rejects where the folder cannot be read.
 */
export async function serveUpdateFolder(folder: string): Promise<ServedFolder> {
  await readdir(folder);
  const prefix = `/${randomBytes(24).toString('base64url')}/`;
  const server = createServer((request, response) => {
    answer(folder, prefix, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  folder: string,
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const name = path.startsWith(prefix) ? decoded(path.slice(prefix.length)) : undefined;
  // Only names that the folder lists: no path leads out of it.
  const known = name !== undefined && (await readdir(folder)).includes(name);
  const size = known ? await sizeOf(join(folder, name)) : undefined;
  if (!known || size === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-length': size, 'cache-control': 'no-store' });
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(join(folder, name))
      .on('error', () => response.destroy())
      .pipe(response);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Bytes of a file; undefined where it is none. */
async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}
