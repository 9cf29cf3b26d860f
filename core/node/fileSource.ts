import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkLibraryFileName, libraryFileNameOf } from '../model/libraryFileName.ts';
import { demandInstallable } from '../model/rpmHeader.ts';
import { RpmFileCheck } from '../model/RpmFileCheck.ts';
import { PutError } from '../protocol/errors.ts';
import type { FileSource } from '../client/FileClient.ts';
import { readCertListFile } from './certListFile.ts';
import { inSlices } from './inSlices.ts';
import { makeHash, readHead } from './rpmFile.ts';

const HASH_CHUNK_BYTES = 1024 * 1024;

/** The error for a local file that the system does not let us read. */
export function unreadable(path: string, error: unknown): PutError {
  if (error instanceof PutError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  // A name that is not UTF-8 reaches us with this sign in its place, and no longer names the file.
  const lost = code === 'ENOENT' && path.includes('\uFFFD');
  const what = lost
    ? 'the name is not UTF-8; rename the file'
    : code === 'ENOENT'
      ? 'there is no such file'
      : code === 'EACCES'
        ? 'it may not be read'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code;
  return new PutError('file-unreadable', `${path}: ${what}`, { path, systemCode: code }, { cause: error });
}

/** The same error with the path before its words, where they do not name it yet. */
export function atPath(path: string, error: unknown): PutError {
  if (!(error instanceof PutError)) return unreadable(path, error);
  if (error.message.includes(path)) return error;
  return new PutError(error.code, `${path}: ${error.message}`, { ...error.details, path }, { cause: error });
}

/**
 * Opens a local file for upload and looks at it before a byte is sent: its name in the library, the head of a package, the lines of a cert
 * list. All bytes of a package are compared with what it says of itself while its SHA-256 is made.
 * @throws PutError file-unreadable, package-name-invalid, rpm-invalid, package-not-installable or certlist-invalid, naming the path; later
 * file-changed where size or time changed while it was read or sent.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const name = libraryFileNameOf(basename(path));
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const facts = await handle.stat();
    if (facts.isDirectory()) throw new PutError('file-unreadable', `${path}: it is a folder`, { path });
    const kind = checkLibraryFileName(name);
    if (kind === 'certlist') await readCertListFile(path, name);
    else demandInstallable((await readHead(handle)).header, name);
    return sourceOf(handle, {
      path,
      name,
      isPackage: kind === 'rpm',
      sizeBytes: facts.size,
      modifiedMs: facts.mtimeMs,
    });
  } catch (error) {
    await handle?.close();
    throw atPath(path, error);
  }
}

interface OpenFile {
  readonly path: string;
  readonly name: string;
  readonly isPackage: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

function sourceOf(handle: FileHandle, { path, name, isPackage, sizeBytes, modifiedMs }: OpenFile): FileSource {
  const readExactly = async (offset: number, lengthBytes: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(lengthBytes);
    let filled = 0;
    while (filled < lengthBytes) {
      const { bytesRead } = await handle
        .read(bytes, filled, lengthBytes - filled, offset + filled)
        .catch((error: unknown) => {
          throw unreadable(path, error);
        });
      if (bytesRead === 0) throw new PutError('file-changed', `${path} became shorter while it was sent`, { path });
      filled += bytesRead;
    }
    return bytes;
  };
  return {
    name,
    sizeBytes,
    read: readExactly,
    async sha256(signal) {
      const hash = createHash('sha256');
      const check = isPackage ? new RpmFileCheck(makeHash) : undefined;
      try {
        for (let at = 0; at < sizeBytes; at += HASH_CHUNK_BYTES) {
          if (signal.aborted) throw new PutError('cancelled', `reading ${path} was cancelled`);
          const bytes = await readExactly(at, Math.min(HASH_CHUNK_BYTES, sizeBytes - at));
          hash.update(bytes);
          if (check) await inSlices(check.push(bytes));
        }
        check?.end();
      } catch (error) {
        throw atPath(path, error);
      }
      const after = await handle.stat();
      if (after.size !== sizeBytes || after.mtimeMs !== modifiedMs)
        throw new PutError('file-changed', `${path} changed while it was read`, { path });
      return hash.digest('hex');
    },
    close: () => handle.close(),
  };
}
