import { readFile } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';
import { isOwnAddress } from './origin.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Scripts, styles, fonts and pictures from the app alone; no connection of any kind: the bridge is the only way out. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
  'cache-control': 'no-store',
};

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
  return file.startsWith(root + sep) && Object.hasOwn(TYPES, extname(file)) ? file : undefined;
}

/** Answers requests of the own scheme with files of a folder, each with the strict headers; anything else is refused. */
export function createContentServer(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only reading is possible here.');
    const file = fileFor(folder, request.url);
    if (file === undefined) return refusal(403, 'This address is outside the application.');
    try {
      const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file));
      return new Response(body, { headers: { ...HEADERS, 'content-type': TYPES[extname(file)] ?? '' } });
    } catch {
      return refusal(404, 'There is no such file.');
    }
  };
}
