import { digestsIn, type RpmDigest, type RpmHeader } from './rpmHeader.ts';
import { rpmFault } from './rpmHeaderBlock.ts';
import { RpmHeaderReader } from './RpmHeaderReader.ts';
import type { Sliced } from './sliced.ts';

/** A digest that is being made. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  hex(): string;
}

/** Begins a digest; undefined where this machine has no such algorithm (MD5 under FIPS, SHA3 in some builds). */
export type MakeHash = (algorithm: string) => RunningHash | undefined;

interface Comparison {
  readonly part: 'main header' | 'payload' | 'main header and payload';
  /** Where the part begins. */
  readonly offset: number;
  readonly digest: RpmDigest;
  readonly hash: RunningHash;
}

/** What was found of a package file whose bytes were all read. */
export interface CheckedRpm {
  readonly header: RpmHeader;
  readonly fileBytes: number;
  /** The digests that were compared and agree, for example `sha256 of the payload`; [] in old packages that say none. */
  readonly compared: readonly string[];
}

/** Bytes of the head that are hashed before others may run. */
const HASH_SLICE_BYTES = 1024 * 1024;

/**
 * Checks an RPM package file from its bytes as they come: shape of the head, length, and every digest that the package says of its main
 * header, of its payload and of both (formats 3, 4 and 6), as `rpm -K --nosignature` does. Pure.
 */
export class RpmFileCheck {
  readonly #reader = new RpmHeaderReader();
  readonly #makeHash: MakeHash;
  #fileBytes = 0;
  #running: Comparison[] = [];
  readonly #compared: string[] = [];

  constructor(makeHash: MakeHash) {
    this.#makeHash = makeHash;
  }

  /** Whether the head is read and its digests agree; `header` is there then. */
  get hasHead(): boolean {
    return this.#reader.isDone;
  }

  /** @throws PutError rpm-invalid while the head is not complete. */
  get header(): RpmHeader {
    return this.#reader.header;
  }

  /** Bytes from the beginning of the file that the head needs at least, as far as it is known. */
  get headBytesNeeded(): number {
    return this.#reader.bytesNeeded;
  }

  /** Takes the next bytes of the file; at most some MiB at a time. @throws PutError rpm-invalid, package-not-installable for a bare delta. */
  *push(bytes: Uint8Array): Sliced<void> {
    const before = this.#fileBytes;
    this.#fileBytes += bytes.length;
    let payload = bytes;
    if (!this.#reader.isDone) {
      if (!(yield* this.#reader.pushSliced(bytes))) return;
      yield* this.#headDone();
      payload = bytes.subarray(this.header.payloadOffset - before);
    }
    for (const { hash } of this.#running) hash.update(payload);
  }

  /**
   * Says that the file has ended.
   * @throws PutError rpm-invalid where the head is not complete, the length is another than announced, or a digest differs.
   */
  end(): CheckedRpm {
    const { header } = this;
    checkLength(header, this.#fileBytes);
    for (const comparison of this.#running) this.#compare(comparison);
    return { header, fileBytes: this.#fileBytes, compared: this.#compared };
  }

  *#headDone(): Sliced<void> {
    const { headerOffset, payloadOffset } = this.header;
    const { mainHeader, payload, mainHeaderAndPayload } = digestsIn(this.header);
    const overHeader = this.#begin('main header', headerOffset, mainHeader);
    const overBoth = this.#begin('main header and payload', headerOffset, mainHeaderAndPayload);
    const bytes = this.#reader.headerBytes;
    for (const { hash } of [...overHeader, ...overBoth]) {
      for (let at = 0; at < bytes.length; at += HASH_SLICE_BYTES) {
        if (at > 0) yield;
        hash.update(bytes.subarray(at, at + HASH_SLICE_BYTES));
      }
    }
    for (const comparison of overHeader) this.#compare(comparison);
    this.#running = [...this.#begin('payload', payloadOffset, payload), ...overBoth];
  }

  #begin(part: Comparison['part'], offset: number, digests: readonly RpmDigest[]): Comparison[] {
    return digests.flatMap((digest) => {
      const hash = this.#makeHash(digest.algorithm);
      return hash ? [{ part, offset, digest, hash }] : [];
    });
  }

  #compare({ part, offset, digest, hash }: Comparison): void {
    const found = hash.hex();
    if (found.toLowerCase() !== digest.expected.toLowerCase()) {
      throw rpmFault(
        offset,
        `not as it was built: ${digest.algorithm} of the ${part} is ${found}, ${digest.expected.slice(0, 128)} expected`,
      );
    }
    this.#compared.push(`${digest.algorithm} of the ${part}`);
  }
}

/** @throws PutError rpm-invalid where the file has another length than the package says; one that says none is taken. */
export function checkLength(header: RpmHeader, fileBytes: number): void {
  const expected = header.expectedFileBytes;
  if (expected === undefined || expected === fileBytes) return;
  throw rpmFault(
    Math.min(expected, fileBytes),
    fileBytes < expected
      ? `the file ends here; its header announces ${expected} bytes`
      : `the file goes on to ${fileBytes} bytes; its header announces ${expected}`,
  );
}
