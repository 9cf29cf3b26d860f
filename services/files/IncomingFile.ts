import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { PutError, reportOf } from '../../core/protocol/errors.ts';

/** Writes bytes at an offset of the part file; a test puts a disk without room in its place. */
export type WriteAt = (handle: FileHandle, bytes: Uint8Array, offset: number) => Promise<void>;

export const writeAt: WriteAt = async (handle, bytes, offset) => {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
};

/**
 * A file that is arriving: its part file and the running SHA-256 of what is there. Bytes come in order only, so the digest
 * is known the moment the last one is written.
 */
export class IncomingFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  readonly #write: WriteAt;
  #storedBytes: number;
  #tail: Promise<void> = Promise.resolve();
  #failure: PutError | undefined;

  private constructor(
    path: string,
    sizeBytes: number,
    handle: FileHandle,
    hash: Hash,
    storedBytes: number,
    write: WriteAt,
  ) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
    this.#hash = hash;
    this.#storedBytes = storedBytes;
    this.#write = write;
  }

  /** Opens or makes the part file and reads once what it holds. A part longer than the file can be is begun anew. */
  static async open(path: string, sizeBytes: number, write: WriteAt = writeAt): Promise<IncomingFile> {
    const handle = await openOrMake(path);
    try {
      const hash = createHash('sha256');
      let { size } = await handle.stat();
      if (size > sizeBytes) {
        await handle.truncate(0);
        size = 0;
      }
      let readBytes = 0;
      if (size > 0) {
        for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 256 * 1024 })) {
          hash.update(chunk as Buffer);
          readBytes += (chunk as Buffer).length;
        }
      }
      return new IncomingFile(path, sizeBytes, handle, hash, readBytes, write);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes on disk, in order from the first. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Appends bytes; resolves when they are written. After a failure nothing more is taken. Throws `message-invalid` for bytes
   * that are not the next ones, `library-full` when the disk has no room.
   */
  append(offset: number, bytes: Uint8Array): Promise<void> {
    const written = this.#tail.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        if (offset !== this.#storedBytes) {
          throw new PutError('message-invalid', `bytes from ${offset} came; those from ${this.#storedBytes} are due`, {
            offset,
            due: this.#storedBytes,
          });
        }
        if (offset + bytes.length > this.sizeBytes) {
          throw new PutError('message-invalid', `bytes beyond the announced size of ${this.sizeBytes} came`, {
            offset,
          });
        }
        await this.#write(this.#handle, bytes, offset);
        this.#hash.update(bytes);
        this.#storedBytes += bytes.length;
      } catch (error) {
        this.#failure = toDiskError(error, this.path);
        throw this.#failure;
      }
    });
    this.#tail = written.catch(() => undefined);
    return written;
  }

  /** Digest of what arrived; only once, at the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** Waits for writes under way and closes the part file; it stays. Cuts off what a failed write left half-written. */
  async park(): Promise<void> {
    await this.#tail;
    try {
      await this.#handle.truncate(this.#storedBytes);
    } finally {
      await this.#handle.close();
    }
  }

  /** Closes and removes the part file. */
  async discard(): Promise<void> {
    await this.#tail;
    await this.#handle.close();
    await rm(this.path, { force: true });
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toDiskError(error, path);
  }
  try {
    return await open(path, 'wx+', 0o600);
  } catch (error) {
    throw toDiskError(error, path);
  }
}

/** No room is `library-full`; another trouble of the disk keeps its own words. */
function toDiskError(error: unknown, path: string): PutError {
  if (error instanceof PutError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PutError('library-full', `no room is left for ${path}`, { file: path }, { cause: error });
  }
  return new PutError('internal', `${path}: ${reportOf(error).message}`, { file: path }, { cause: error });
}
