import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { RpmHeader } from '../model/rpmHeader.ts';
import { checkLength, type CheckedRpm, type MakeHash, RpmFileCheck } from '../model/RpmFileCheck.ts';
import { inSlices } from './inSlices.ts';

/** A package file on disk. */
export interface PackageFile {
  readonly header: RpmHeader;
  readonly fileBytes: number;
  /** Text of %pre and %post, '' where there is none. */
  readonly scripts: { readonly pre: string; readonly post: string };
}

/** A package file of which every byte was read. */
export interface CheckedPackageFile extends PackageFile {
  /** The digests that were compared and agree. */
  readonly compared: readonly string[];
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

const CHUNK_BYTES = 256 * 1024;

/** A digest of node:crypto; undefined where this build has no such algorithm. */
export const makeHash: MakeHash = (algorithm) => {
  let hash: Hash;
  try {
    hash = createHash(algorithm);
  } catch {
    return undefined;
  }
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

function packageFileOf({ header, fileBytes }: Pick<CheckedRpm, 'header' | 'fileBytes'>): PackageFile {
  const bodyOf = (name: string): string => header.scriptlets.find((one) => one.name === name)?.body ?? '';
  return { header, fileBytes, scripts: { pre: bodyOf('pre'), post: bodyOf('post') } };
}

/**
 * Reads and checks the head of an open RPM file: shape, digests of the main header, announced length against the file's length. The
 * payload is not looked at. Throws `rpm-invalid` with the offset, `package-not-installable` for a bare delta, and the error of the file
 * system where it cannot be read.
 */
export async function readHead(handle: FileHandle): Promise<PackageFile> {
  const { size: fileBytes } = await handle.stat();
  const check = new RpmFileCheck(makeHash);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let offset = 0; !check.hasHead;) {
    const wanted = Math.min(CHUNK_BYTES, Math.max(1, check.headBytesNeeded - offset));
    const { bytesRead } = await handle.read(chunk, 0, wanted, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
    await inSlices(check.push(chunk.subarray(0, bytesRead)));
  }
  checkLength(check.header, fileBytes);
  return packageFileOf({ header: check.header, fileBytes });
}

/** `readHead` of a file by its path. */
export async function readPackageHead(path: string): Promise<PackageFile> {
  const handle = await open(path, 'r');
  try {
    return await readHead(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Reads an RPM file whole and checks it: its head, its length, and every digest that it says of itself; makes its SHA-256 in the same pass.
 * Throws as `readHead` does.
 */
export async function checkPackageFile(path: string): Promise<CheckedPackageFile> {
  const check = new RpmFileCheck(makeHash);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk as Buffer);
    await inSlices(check.push(chunk as Buffer));
  }
  const checked = check.end();
  return { ...packageFileOf(checked), compared: checked.compared, sha256: hash.digest('hex') };
}

/** SHA-256 of a file in hex, read in a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
