import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CONTENT_TYPES } from './windowContent.ts';

const LARGEST_BYTES = 64 * 1024 * 1024;
/** Where browsers ask for a picture of a place whose page names none. */
export const ICON_PLACE = '/favicon.ico';
/** Which built file that is; the type that goes with it says that it is no ICO. */
const ICON_FILE = '/icon.svg';
/** Other names of files. */
const ALIASES: Readonly<Record<string, string>> = { '/': '/index.html', [ICON_PLACE]: ICON_FILE };
/** Below this a packed answer saves no packet. */
const LEAST_PACKED_BYTES = 1_000;
/** Kinds of files that get smaller; fonts and pictures are packed already. */
const PACKED = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
/** Built files below it carry a digest in their name. */
const IMMUTABLE = /^\/assets\/[^/]+-[\w-]{8,}\.\w+$/;

const pack = promisify(gzip);

export interface WindowFile {
  readonly type: string;
  readonly body: Buffer;
}

/** Ends the name of a built file that stands beside another one, packed by Brotli; it has no address of its own. */
export const BROTLI_ENDING = '.br';

/** A file below a folder by the path of an address; undefined for one that is not there, not served, or outside of it. */
export function readWindowFile(folder: string, addressPath: string): Promise<WindowFile | undefined> {
  return readBelow(folder, addressPath, '');
}

async function readBelow(folder: string, addressPath: string, ending: string): Promise<WindowFile | undefined> {
  // Names of built files need no escapes; one that has some is none of them.
  const path = ALIASES[addressPath] ?? addressPath;
  const parts = path.split('/').slice(1);
  if (!path.startsWith('/') || parts.some((part) => !/^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]*$/.test(part))) return undefined;
  const named = join(folder, ...parts);
  const type = CONTENT_TYPES[extname(named)];
  const file = `${named}${ending}`;
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

/** Whether the built file of this address never changes under its name. */
export function isImmutable(addressPath: string): boolean {
  return IMMUTABLE.test(addressPath);
}

/** Whether a browser takes a coding, by its `Accept-Encoding`. */
function takes(accepted: string, coding: string): boolean {
  return new RegExp(`(^|,)\\s*${coding}\\s*(;\\s*q=(1|0?\\.\\d*[1-9]))?\\s*(,|$)`).test(accepted);
}

export interface PackedFile {
  /** As `Content-Encoding` names it. */
  readonly coding: 'br' | 'gzip';
  readonly body: Buffer;
}

/**
 * Packs the files of one folder for slow lines: by Brotli where it was done when they were built, a sixth smaller; else by gzip, each once where it never
 * changes under its name. `accepted` is the browser's `Accept-Encoding`; undefined where the file goes as it is.
 */
export function createPacker(
  folder: string,
): (addressPath: string, file: WindowFile, accepted: string) => Promise<PackedFile | undefined> {
  const kept = new Map<string, Promise<Buffer>>();
  return async (addressPath, { body }, accepted) => {
    if (body.length < LEAST_PACKED_BYTES || !PACKED.has(extname(addressPath === '/' ? '.html' : addressPath)))
      return undefined;
    if (isImmutable(addressPath) && takes(accepted, 'br')) {
      const built = await readBelow(folder, addressPath, BROTLI_ENDING);
      if (built) return { coding: 'br', body: built.body };
    }
    if (!takes(accepted, 'gzip')) return undefined;
    const packed = kept.get(addressPath) ?? pack(body, { level: 9 });
    if (isImmutable(addressPath)) kept.set(addressPath, packed);
    return { coding: 'gzip', body: await packed };
  };
}
