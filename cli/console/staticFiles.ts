import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';

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

const LARGEST_BYTES = 64 * 1024 * 1024;

/** The desktop's policy, with the bridge's WebSocket as the only connection. */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Headers of every answer of the console. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONSOLE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
  'cache-control': 'no-store',
};

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
  const type = TYPES[extname(file)];
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
