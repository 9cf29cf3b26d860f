import { readFile } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';
import { CONTENT_TYPES, contentHeaders, contentPolicy } from '../../core/node/windowContent.ts';
import { isOwnAddress } from './origin.ts';

/** Policy of the desktop's windows. */
export const CONTENT_POLICY = contentPolicy('none');

const HEADERS = contentHeaders('none');

function refusal(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' } });
}

/** The file for an address of the app; undefined when the address leads out of the folder or has no type that is served. */
export function fileFor(folder: string, address: string): string | undefined {
  let path: string;
  try {
    const url = new URL(address);
    if (!isOwnAddress(address)) return undefined;
    path = decodeURIComponent(url.pathname === '' || url.pathname === '/' ? '/index.html' : url.pathname);
  } catch {
    return undefined;
  }
  if (/[\0\\]/.test(path)) return undefined;
  const root = resolve(folder);
  const file = resolve(root, `.${path}`);
  return file.startsWith(root + sep) && Object.hasOwn(CONTENT_TYPES, extname(file)) ? file : undefined;
}

/** Answers requests of the own scheme with files of a folder, each with the strict headers; anything else is refused. */
export function createContentServer(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only reading is possible here.');
    const file = fileFor(folder, request.url);
    if (file === undefined) return refusal(403, 'This address is outside the application.');
    try {
      const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file));
      return new Response(body, { headers: { ...HEADERS, 'content-type': CONTENT_TYPES[extname(file)] ?? '' } });
    } catch {
      return refusal(404, 'There is no such file.');
    }
  };
}
