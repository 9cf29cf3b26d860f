import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { PutError } from '../protocol/errors.ts';
import type { FileSource } from '../client/FileClient.ts';

const HASH_CHUNK_BYTES = 1024 * 1024;

function unreadable(path: string, error: unknown): PutError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new PutError('file-unreadable', `${path}: ${code}`, { path, systemCode: code }, { cause: error });
}

/** Opens a local file for upload; rejects with `file-unreadable`. A change of size or time while it is sent is `file-changed`. */
export async function openFileSource(path: string): Promise<FileSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  const { size, mtimeMs } = await handle.stat();
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
    name: basename(path),
    sizeBytes: size,
    read: readExactly,
    async sha256(signal) {
      const hash = createHash('sha256');
      for (let at = 0; at < size; at += HASH_CHUNK_BYTES) {
        if (signal.aborted) throw new PutError('cancelled', `reading ${path} was cancelled`);
        hash.update(await readExactly(at, Math.min(HASH_CHUNK_BYTES, size - at)));
      }
      const after = await handle.stat();
      if (after.size !== size || after.mtimeMs !== mtimeMs)
        throw new PutError('file-changed', `${path} changed while it was read`, { path });
      return hash.digest('hex');
    },
    close: () => handle.close(),
  };
}
