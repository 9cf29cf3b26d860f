import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { LibraryPackage, PackageRelation } from '../package.ts';
import { SIGNATURE_TAG, TAG, TYPE } from '../rpmTags.ts';
import { formatEvr, SENSE } from '../rpmVersion.ts';
import { binary, type CraftedEntry, craftHeader, craftLead, int16, int32, joinRpm, text, texts } from './craftRpm.ts';

const SENSE_OF: Readonly<Record<PackageRelation['sense'], number>> = {
  '': 0,
  '<': SENSE.less,
  '<=': SENSE.less | SENSE.equal,
  '=': SENSE.equal,
  '>=': SENSE.greater | SENSE.equal,
  '>': SENSE.greater,
};

/** A file of a crafted package; it has a header's entry only, since nothing is unpacked. */
export interface CraftedFile {
  readonly path: string;
  readonly digest: string;
  readonly mode: number;
  /** 1 a 32-bit program, 2 a 64-bit one, 0 anything else; it counts as what the package's first provide comes from. */
  readonly color: number;
}

function relationEntries(
  relations: readonly PackageRelation[],
  tags: { readonly name: number; readonly flags: number; readonly version: number },
): CraftedEntry[] {
  if (relations.length === 0) return [];
  return [
    texts(tags.name, ...relations.map((one) => one.name)),
    int32(tags.flags, ...relations.map((one) => one.flags | SENSE_OF[one.sense])),
    texts(tags.version, ...relations.map((one) => one.version)),
  ];
}

function fileEntries(files: readonly CraftedFile[]): CraftedEntry[] {
  if (files.length === 0) return [];
  const split = files.map(({ path }) => path.lastIndexOf('/') + 1);
  const folders = [...new Set(files.map(({ path }, i) => path.slice(0, split[i])))];
  return [
    int32(TAG.fileSizes, ...files.map(() => 1)),
    int16(TAG.fileModes, ...files.map((one) => one.mode)),
    int16(1033, ...files.map(() => 0)),
    int32(1034, ...files.map(() => 0)),
    texts(TAG.fileDigests, ...files.map((one) => one.digest)),
    texts(TAG.fileLinkTos, ...files.map(() => '')),
    int32(TAG.fileFlags, ...files.map(() => 0)),
    texts(TAG.fileUserName, ...files.map(() => 'root')),
    texts(TAG.fileGroupName, ...files.map(() => 'root')),
    int32(1045, ...files.map(() => -1)),
    int32(1095, ...files.map(() => 1)),
    int32(1096, ...files.map((_, i) => i + 1)),
    texts(1097, ...files.map(() => '')),
    int32(TAG.dirIndexes, ...files.map(({ path }, i) => folders.indexOf(path.slice(0, split[i])))),
    texts(TAG.baseNames, ...files.map(({ path }, i) => path.slice(split[i]))),
    texts(TAG.dirNames, ...folders),
    int32(TAG.fileColors, ...files.map((one) => one.color)),
    int32(1141, ...files.map(() => 0)),
    texts(1142, ''),
    int32(1143, ...files.map(() => 0)),
    int32(1144, ...files.map((one) => (one.color === 0 ? 0 : 1))),
    int32(1145, 'P'.charCodeAt(0) * 2 ** 24),
    int32(TAG.fileDigestAlgorithm, 8),
  ];
}

/** A header sealed as one region, as rpm 4 writes it: the region's entry first, its trailer at the end of the data. */
function sealed(region: number, entries: readonly CraftedEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const dataBytes = craftHeader(sorted).length - 16 - 16 * sorted.length;
  const trailer = Buffer.alloc(16);
  trailer.writeUInt32BE(region, 0);
  trailer.writeUInt32BE(TYPE.binary, 4);
  trailer.writeInt32BE(-16 * (sorted.length + 1), 8);
  trailer.writeUInt32BE(16, 12);
  const head = craftHeader([
    { tag: region, type: TYPE.binary, data: new Uint8Array(0), raw: { offset: dataBytes, count: 16 } },
    ...sorted,
  ]);
  head.writeUInt32BE(dataBytes + 16, 12);
  return Buffer.concat([head, trailer]);
}

/** A package file that rpm takes as far as `--test` and `--justdb` go: complete head, no payload. */
export function craftInstallable(pkg: LibraryPackage, files: readonly CraftedFile[] = []): Uint8Array {
  const { name, epoch, version, release, arch } = pkg;
  const main = sealed(TAG.headerImmutable, [
    ...[text(TAG.name, name), text(TAG.version, version), text(TAG.release, release)],
    ...(epoch > 0 ? [int32(TAG.epoch, epoch)] : []),
    ...[text(TAG.summary, 's'), text(1005, 'd'), int32(TAG.buildTime, 1), text(1007, 'h'), int32(TAG.size, 0)],
    ...[text(1014, 'l'), text(1016, 'g'), text(TAG.os, 'linux'), text(TAG.arch, arch)],
    ...[text(TAG.sourceRpm, `${name}-${version}-${release}.src.rpm`), text(TAG.rpmVersion, '4.18.0')],
    ...[text(TAG.payloadFormat, 'cpio'), text(TAG.payloadCompressor, 'gzip'), text(TAG.payloadFlags, '9')],
    ...relationEntries(pkg.provides, {
      ...{ name: TAG.provideName, flags: TAG.provideFlags, version: TAG.provideVersion },
    }),
    ...relationEntries(pkg.requires, {
      ...{ name: TAG.requireName, flags: TAG.requireFlags, version: TAG.requireVersion },
    }),
    ...relationEntries(pkg.conflicts, {
      ...{ name: TAG.conflictName, flags: TAG.conflictFlags, version: TAG.conflictVersion },
    }),
    ...relationEntries(pkg.obsoletes, {
      ...{ name: TAG.obsoleteName, flags: TAG.obsoleteFlags, version: TAG.obsoleteVersion },
    }),
    ...fileEntries(files),
  ]);
  const signature = sealed(TAG.headerSignatures, [
    text(SIGNATURE_TAG.sha1, createHash('sha1').update(main).digest('hex')),
    text(SIGNATURE_TAG.sha256, createHash('sha256').update(main).digest('hex')),
    int32(SIGNATURE_TAG.size, main.length),
    binary(SIGNATURE_TAG.md5, createHash('md5').update(main).digest()),
  ]);
  return joinRpm(craftLead({ name: `${name}-${formatEvr({ version, release })}` }), signature, main);
}
