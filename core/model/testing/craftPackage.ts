import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { MakeHash } from '../RpmFileCheck.ts';
import { SIGNATURE_TAG, TAG, TYPE } from '../rpmTags.ts';
import {
  binary,
  craftHeader,
  craftLead,
  craftSealed,
  int32,
  joinRpm,
  text,
  texts,
  type CraftedEntry,
} from './craftRpm.ts';

const hexOf = (algorithm: string, ...parts: readonly Uint8Array[]): string => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Digests of this machine, for what checks a package. */
export const makeTestHash: MakeHash = (algorithm) => {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

export interface CraftedPackage {
  readonly name?: string;
  readonly format?: 3 | 4 | 6;
  readonly source?: boolean;
  readonly payloadFormat?: string;
  readonly payload?: Uint8Array;
  readonly entries?: readonly CraftedEntry[];
}

/** A whole package file that holds to every rule and digest of its format, so that one thing can be made wrong with it. */
export function craftPackage(options: CraftedPackage = {}): Uint8Array {
  const { name = 'crafted', format = 4, source = false, payloadFormat = 'cpio', entries = [] } = options;
  const payload = options.payload ?? Uint8Array.from({ length: 3_000 }, (_, i) => (i * 7) % 251);
  const payloadDigest = hexOf('sha256', payload);
  const common = [
    ...[text(TAG.name, name), text(TAG.version, '1'), text(TAG.release, '1'), text(TAG.summary, 'A crafted package')],
    ...[int32(TAG.size, 10), text(TAG.os, 'linux'), text(TAG.arch, 'noarch')],
    ...(source ? [int32(TAG.sourcePackage, 1)] : [text(TAG.sourceRpm, `${name}-1-1.src.rpm`)]),
    ...entries,
    text(TAG.payloadFormat, payloadFormat),
  ];
  const long = (tag: number, value: number): CraftedEntry => ({ tag, type: TYPE.int64, data: [value] });
  const digestEntries =
    format === 3
      ? []
      : [
          texts(TAG.payloadDigest, payloadDigest),
          ...(format === 4 ? [int32(TAG.payloadDigestAlgorithm, 8)] : []),
          ...(format === 6
            ? [
                long(TAG.payloadSize, payload.length),
                int32(TAG.rpmFormat, 6),
                text(TAG.payloadSha512, hexOf('sha512', payload)),
              ]
            : []),
        ];
  const main = format === 3 ? craftHeader(common) : craftSealed([...common, ...digestEntries]);
  const size = int32(SIGNATURE_TAG.size, main.length + payload.length);
  const md5 = binary(SIGNATURE_TAG.md5, Uint8Array.from(Buffer.from(hexOf('md5', main, payload), 'hex')));
  const sha256 = text(SIGNATURE_TAG.sha256, hexOf('sha256', main));
  const signature = {
    3: () => craftHeader([size, md5]),
    4: () => craftSealed([text(SIGNATURE_TAG.sha1, hexOf('sha1', main)), sha256, size, md5], TAG.headerSignatures),
    6: () => craftSealed([sha256], TAG.headerSignatures),
  }[format]();
  return joinRpm(craftLead({ type: source ? 1 : 0, name: `${name}-1-1` }), signature, main, payload);
}
