import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type RpmHeader, RPM_LIMITS, verifyHeaderDigest } from '../model/rpmHeader.ts';
import { HeaderBlock, readHeaderBlockIntro } from '../model/rpmHeaderBlock.ts';
import { RpmHeaderReader } from '../model/RpmHeaderReader.ts';
import { TAG } from '../model/rpmTags.ts';
import { PutError } from '../protocol/errors.ts';

/** The head of a package file on disk. */
export interface PackageFile {
  readonly header: RpmHeader;
  readonly fileBytes: number;
  /** Text of %pre and %post, '' where there is none. */
  readonly scripts: { readonly pre: string; readonly post: string };
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads and checks the head of an RPM file: shape, header digest, announced length against the file's length.
 * Throws `rpm-invalid` with the offset, and the error of the file system where it cannot be read.
 */
export async function readPackageFile(path: string): Promise<PackageFile> {
  const handle = await open(path, 'r');
  try {
    const { size: fileBytes } = await handle.stat();
    const reader = new RpmHeaderReader();
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let offset = 0; !reader.isDone;) {
      const { bytesRead } = await handle.read(
        chunk,
        0,
        Math.min(CHUNK_BYTES, Math.max(1, reader.bytesNeeded - offset)),
        offset,
      );
      if (bytesRead === 0) break;
      offset += bytesRead;
      reader.push(chunk.subarray(0, bytesRead));
    }
    const header = reader.end();
    verifyHeaderDigest(header, reader.headerBytes, (algorithm, bytes) =>
      createHash(algorithm).update(bytes).digest('hex'),
    );
    const expected = header.expectedFileBytes;
    if (expected !== undefined && expected !== fileBytes) {
      const offset = Math.min(expected, fileBytes);
      throw new PutError(
        'rpm-invalid',
        `the file has ${fileBytes} bytes; its header announces ${expected} (offset ${offset})`,
        { offset },
      );
    }
    const block = HeaderBlock.read(
      reader.headerBytes,
      0,
      readHeaderBlockIntro(reader.headerBytes, 0, 'main header', RPM_LIMITS.mainHeader),
      'main header',
    );
    return { header, fileBytes, scripts: { pre: block.text(TAG.preIn) ?? '', post: block.text(TAG.postIn) ?? '' } };
  } finally {
    await handle.close();
  }
}

/** SHA-256 of a file in hex, read in a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
