import { PutError } from '../protocol/errors.ts';
import type { LibraryPackage, PackageIdentity, PackageRelation } from './package.ts';
import { type HeaderBlock, rpmFault } from './rpmHeaderBlock.ts';
import { DIGEST_ALGORITHMS, SIGNATURE_TAG, TAG } from './rpmTags.ts';
import { senseOfFlags } from './rpmVersion.ts';
import type { Sliced } from './sliced.ts';

/** A scriptlet of a package. */
export interface RpmScriptlet {
  /** pre, post, preun, postun, pretrans, posttrans or verifyscript. */
  readonly name: string;
  /** Interpreter and its arguments, for example `/bin/sh` or `<lua>`; [] in packages too old to say. */
  readonly interpreter: readonly string[];
  /** False for one that consists of its interpreter alone (`%post -p /sbin/ldconfig`). */
  readonly hasBody: boolean;
  /** Text of the script; '' without one. */
  readonly body: string;
}

/** A file that a package installs. */
export interface RpmFileEntry {
  readonly path: string;
  readonly bytes: number;
  /** st_mode: type and permissions. */
  readonly mode: number;
  /** Digest of the content in hex; '' for directories, links and ghosts. */
  readonly digest: string;
  readonly linkTo: string;
  /** rpm's flag bits (config, ghost ...). */
  readonly flags: number;
  /** Names of its user and group; '' where the header does not say. */
  readonly user: string;
  readonly group: string;
  /** rpm's colour: 1 a 32-bit program, 2 a 64-bit one, 0 anything else. */
  readonly color: number;
}

/** A digest that a package says of a part of itself. */
export interface RpmDigest {
  /** As node:crypto calls it: md5, sha1, sha256, sha512, sha3-256 ... */
  readonly algorithm: string;
  /** Hex. */
  readonly expected: string;
}

/** What the head of an RPM package file says. All sizes in bytes, all offsets from the first byte of the file. */
export interface RpmHeader extends PackageIdentity {
  readonly hasEpoch: boolean;
  readonly os: string;
  readonly summary: string;
  readonly kind: 'binary' | 'source';
  /** 4 where the header is sealed as one region (rpm 4 on), 3 for older files, 6 where the header says so (rpm 6 on). */
  readonly format: 3 | 4 | 6;
  /** Format version of the lead, `3.0` in all files of rpm 3 and 4. */
  readonly leadVersion: string;
  /** Name in the lead: name-version-release, cut at 65 bytes. */
  readonly leadName: string;
  /** Version of the rpm that built it; '' when not said. */
  readonly builtWith: string;
  readonly sourceRpm: string;
  /** Seconds since 1970; undefined when not said. */
  readonly buildTimeS?: number | undefined;
  readonly requires: readonly PackageRelation[];
  readonly provides: readonly PackageRelation[];
  readonly conflicts: readonly PackageRelation[];
  readonly obsoletes: readonly PackageRelation[];
  readonly scriptlets: readonly RpmScriptlet[];
  readonly installedBytes: number;
  /** Size of the uncompressed payload; undefined when not said. */
  readonly archiveBytes?: number | undefined;
  readonly files: readonly RpmFileEntry[];
  /** Algorithm of the file digests: md5 where the package does not say. */
  readonly fileDigestAlgorithm: string;
  readonly payload: {
    readonly format: string;
    /** gzip, bzip2, lzma, xz, zstd; '' where it is not said. */
    readonly compressor: string;
    readonly flags: string;
    /** Of the compressed payload, hex; '' when absent. */
    readonly digest: string;
    /** Of the uncompressed payload, hex; '' when absent. */
    readonly uncompressedDigest: string;
    readonly digestAlgorithm: string;
    /** Further digests of the compressed payload, which format 6 has besides. */
    readonly moreDigests: readonly RpmDigest[];
  };
  /** Digests of the main header, from the signature header; '' when absent. */
  readonly headerSha1: string;
  readonly headerSha256: string;
  /** SHA3-256 of the main header (format 6). */
  readonly headerSha3: string;
  /** MD5 of main header and payload; '' when absent. */
  readonly md5: string;
  /** Which signatures are there: RSA, DSA, PGP, GPG, PGP5, OPENPGP. Present does not mean valid. */
  readonly signatures: readonly string[];
  /** Bytes of main header and payload as the signature header announces them, or the main header of format 6; undefined when not said. */
  readonly announcedBytes?: number | undefined;
  /** Where the main header begins. */
  readonly headerOffset: number;
  /** Where the payload begins: the head ends here. */
  readonly payloadOffset: number;
  /** Length that the file must have; undefined when the package does not say. */
  readonly expectedFileBytes?: number | undefined;
}

/** Most items of one kind that are read; far above real packages (a kernel package has some 40,000 files and 30,000 provides). */
export const RPM_LIMITS = {
  files: 500_000,
  relations: 250_000,
  /** Text of one scriptlet; real ones reach some 100 KiB. */
  scriptBytes: 1024 * 1024,
  /** PATH_MAX of Linux. */
  pathLength: 4096,
  nameLength: 255,
  interpreterWords: 64,
  signatureBytes: 1024 * 1024,
  signatureHeader: { entries: 4096, dataBytes: 64 * 1024 * 1024 },
  mainHeader: { entries: 65_535, dataBytes: 256 * 1024 * 1024 },
} as const;

/** The lead of a package file: 96 bytes, of which only kind and format still matter. */
export interface RpmLead {
  readonly version: string;
  readonly source: boolean;
  readonly name: string;
}

export const LEAD_BYTES = 96;
const LEAD_MAGIC = [0xed, 0xab, 0xee, 0xdb] as const;
/** Signature type of the lead that says: a signature header follows. Older ones ended with rpm 2. */
const SIGNATURE_HEADER_FOLLOWS = 5;

/** Beginning of a delta that holds no RPM header of its own. */
const DELTA_MAGIC = 'drpm';

/**
 * Looks at the first bytes, as many as there are.
 * @throws PutError rpm-invalid for a foreign file, package-not-installable for a bare delta.
 */
export function checkLeadMagic(bytes: Uint8Array): void {
  if (DELTA_MAGIC === String.fromCharCode(...bytes.subarray(0, 4))) {
    throw new PutError('package-not-installable', 'offset 0: this is a bare delta of a package (drpm)', { offset: 0 });
  }
  for (const [i, expected] of LEAD_MAGIC.entries()) {
    if (i >= bytes.length) return;
    if (bytes[i] !== expected)
      throw rpmFault(i, 'lead of an RPM package expected (edabeedb); this is another kind of file');
  }
}

/**
 * Reads the lead: magic edabeedb, version, binary or source, name, signature type.
 * @throws PutError rpm-invalid for a foreign file or a format before rpm 3.
 */
export function readLead(bytes: Uint8Array): RpmLead {
  checkLeadMagic(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = view.getUint8(4);
  if (major !== 3 && major !== 4) throw rpmFault(4, `lead says package format ${major}; 3 or 4 expected`);
  const type = view.getUint16(6);
  if (type > 1) throw rpmFault(6, `lead says package type ${type}; 0 (binary) or 1 (source) expected`);
  const signatureType = view.getUint16(78);
  if (signatureType !== SIGNATURE_HEADER_FOLLOWS)
    throw rpmFault(78, `lead says signature type ${signatureType}; 5 (signature header) expected`);
  const name = bytes.subarray(10, 76);
  const zero = name.indexOf(0);
  return {
    version: `${major}.${view.getUint8(5)}`,
    source: type === 1,
    name: String.fromCharCode(...(zero < 0 ? name : name.subarray(0, zero))),
  };
}

/** Items that are put together before others may run. */
const SLICE_ITEMS = 5_000;

const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._+%{}~^-]*$/;
const VERSION_PATTERN = /^[A-Za-z0-9._+%{}~^]+$/;

/** A tag that every package must have; its text fits the pattern, so that it is safe in messages, file names and commands. */
function demandedText(main: HeaderBlock, tag: number, what: string, headerOffset: number, pattern: RegExp): string {
  const text = main.text(tag);
  if (text === undefined) throw rpmFault(headerOffset, `main header has no ${what} (tag ${tag})`);
  if (text.length > RPM_LIMITS.nameLength || !pattern.test(text)) {
    throw rpmFault(
      main.offsetOf(tag) ?? headerOffset,
      `${what} ${JSON.stringify(text.slice(0, 40))} has signs that rpm does not allow, or more than ${RPM_LIMITS.nameLength}`,
    );
  }
  return text;
}

interface RelationTags {
  readonly name: number;
  readonly flags: number;
  readonly version: number;
}

function* readRelations(main: HeaderBlock, what: string, tags: RelationTags): Sliced<PackageRelation[]> {
  const names = yield* main.texts(tags.name, RPM_LIMITS.relations);
  const flags = yield* main.numbers(tags.flags, RPM_LIMITS.relations);
  const versions = yield* main.texts(tags.version, RPM_LIMITS.relations);
  // rpm 3 wrote provides and obsoletes without versions at all: both lists absent is fine, a shorter one is not.
  const wanted = main.has(tags.flags) || main.has(tags.version) ? names.length : 0;
  if (flags.length !== wanted || versions.length !== wanted) {
    const offset = main.offsetOf(tags.flags) ?? main.offsetOf(tags.version) ?? 0;
    throw rpmFault(
      offset,
      `${what}: ${names.length} names, ${flags.length} flags and ${versions.length} versions; equal numbers expected`,
    );
  }
  const relations: PackageRelation[] = [];
  for (const [i, name] of names.entries()) {
    const bits = flags[i] ?? 0;
    const sense = senseOfFlags(bits);
    relations.push({ name, sense, version: sense === '' ? '' : (versions[i] ?? ''), flags: bits });
    if ((i + 1) % SLICE_ITEMS === 0) yield;
  }
  return relations;
}

const SCRIPTLET_TAGS = [
  ['pre', TAG.preIn, TAG.preInProg],
  ['post', TAG.postIn, TAG.postInProg],
  ['preun', TAG.preUn, TAG.preUnProg],
  ['postun', TAG.postUn, TAG.postUnProg],
  ['pretrans', TAG.preTrans, TAG.preTransProg],
  ['posttrans', TAG.postTrans, TAG.postTransProg],
  ['verifyscript', TAG.verifyScript, TAG.verifyScriptProg],
] as const;

function* readScriptlets(main: HeaderBlock): Sliced<RpmScriptlet[]> {
  const scriptlets: RpmScriptlet[] = [];
  for (const [name, body, interpreter] of SCRIPTLET_TAGS) {
    if (!main.has(body) && !main.has(interpreter)) continue;
    scriptlets.push({
      name,
      interpreter: yield* main.texts(interpreter, RPM_LIMITS.interpreterWords),
      hasBody: main.has(body),
      body: main.text(body, RPM_LIMITS.scriptBytes) ?? '',
    });
    yield;
  }
  return scriptlets;
}

/** Paths, from names with folders apart (rpm 3.0.4 on) or from whole paths (before). */
function* readPaths(main: HeaderBlock): Sliced<string[]> {
  const baseNames = yield* main.texts(TAG.baseNames, RPM_LIMITS.files);
  if (baseNames.length === 0) return yield* main.texts(TAG.oldFileNames, RPM_LIMITS.files);
  const folders = yield* main.texts(TAG.dirNames, RPM_LIMITS.files);
  const folderOf = yield* main.numbers(TAG.dirIndexes, RPM_LIMITS.files);
  const offset = main.offsetOf(TAG.dirIndexes) ?? main.offsetOf(TAG.baseNames) ?? 0;
  if (folderOf.length !== baseNames.length) {
    throw rpmFault(
      offset,
      `file list: ${baseNames.length} names and ${folderOf.length} folder numbers; equal numbers expected`,
    );
  }
  const paths: string[] = [];
  for (const [i, baseName] of baseNames.entries()) {
    const folder = folders[folderOf[i] ?? -1];
    if (folder === undefined)
      throw rpmFault(
        offset,
        `file list: folder number ${folderOf[i]} of file ${i + 1}; below ${folders.length} expected`,
      );
    paths.push(folder + baseName);
    if ((i + 1) % SLICE_ITEMS === 0) yield;
  }
  return paths;
}

function* readFiles(main: HeaderBlock): Sliced<RpmFileEntry[]> {
  const paths = yield* readPaths(main);
  const sizeTag = main.has(TAG.longFileSizes) ? TAG.longFileSizes : TAG.fileSizes;
  const sizes = yield* main.numbers(sizeTag, RPM_LIMITS.files);
  const modes = yield* main.numbers(TAG.fileModes, RPM_LIMITS.files);
  const digests = yield* main.texts(TAG.fileDigests, RPM_LIMITS.files);
  const links = yield* main.texts(TAG.fileLinkTos, RPM_LIMITS.files);
  const flags = yield* main.numbers(TAG.fileFlags, RPM_LIMITS.files);
  const users = yield* main.texts(TAG.fileUserName, RPM_LIMITS.files);
  const groups = yield* main.texts(TAG.fileGroupName, RPM_LIMITS.files);
  const colors = yield* main.numbers(TAG.fileColors, RPM_LIMITS.files);
  for (const [what, tag, count] of [
    ['sizes', sizeTag, sizes.length],
    ['modes', TAG.fileModes, modes.length],
    ['digests', TAG.fileDigests, digests.length],
    ['link targets', TAG.fileLinkTos, links.length],
    ['flags', TAG.fileFlags, flags.length],
    ['users', TAG.fileUserName, users.length],
    ['groups', TAG.fileGroupName, groups.length],
    ['colours', TAG.fileColors, colors.length],
  ] as const) {
    if (count !== 0 && count !== paths.length) {
      throw rpmFault(
        main.offsetOf(tag) ?? 0,
        `file list: ${paths.length} names and ${count} ${what}; equal numbers expected`,
      );
    }
  }
  const files: RpmFileEntry[] = [];
  for (const [i, path] of paths.entries()) {
    if (path.length > RPM_LIMITS.pathLength) {
      throw rpmFault(
        main.offsetOf(TAG.baseNames) ?? main.offsetOf(TAG.oldFileNames) ?? 0,
        `path of file ${i + 1} has ${path.length} signs; at most ${RPM_LIMITS.pathLength} expected`,
      );
    }
    files.push({
      path,
      bytes: sizes[i] ?? 0,
      mode: modes[i] ?? 0,
      digest: digests[i] ?? '',
      linkTo: links[i] ?? '',
      flags: flags[i] ?? 0,
      user: users[i] ?? '',
      group: groups[i] ?? '',
      color: colors[i] ?? 0,
    });
    if ((i + 1) % SLICE_ITEMS === 0) yield;
  }
  return files;
}

function algorithmName(number: number | undefined): string {
  if (number === undefined) return '';
  return DIGEST_ALGORITHMS[number] ?? `number ${number}`;
}

const SIGNATURE_KINDS = [
  ['RSA', SIGNATURE_TAG.rsa],
  ['DSA', SIGNATURE_TAG.dsa],
  ['PGP', SIGNATURE_TAG.pgp],
  ['GPG', SIGNATURE_TAG.gpg],
  ['PGP5', SIGNATURE_TAG.pgp5],
  ['OPENPGP', SIGNATURE_TAG.openPgp],
] as const;

/** Where the parts of the head lie. */
export interface RpmPlaces {
  readonly headerOffset: number;
  readonly payloadOffset: number;
}

/** Puts together what lead, signature header and main header say. @throws PutError rpm-invalid. */
export function* assembleRpmHeader(
  lead: RpmLead,
  signature: HeaderBlock,
  main: HeaderBlock,
  places: RpmPlaces,
): Sliced<RpmHeader> {
  const { headerOffset, payloadOffset } = places;
  const epoch = main.number(TAG.epoch);
  const payloadBytes = main.number(TAG.payloadSize);
  const announcedBytes =
    signature.number(SIGNATURE_TAG.longSize) ??
    signature.number(SIGNATURE_TAG.size) ??
    (payloadBytes === undefined ? undefined : payloadOffset - headerOffset + payloadBytes);
  if (announcedBytes !== undefined && announcedBytes < payloadOffset - headerOffset) {
    const offset = signature.offsetOf(SIGNATURE_TAG.longSize) ?? signature.offsetOf(SIGNATURE_TAG.size) ?? LEAD_BYTES;
    throw rpmFault(
      offset,
      `signature header announces ${announcedBytes} bytes of header and payload; the header alone has ${payloadOffset - headerOffset}`,
    );
  }
  const source = main.has(TAG.sourcePackage) || !main.has(TAG.sourceRpm);
  return {
    name: demandedText(main, TAG.name, 'name', headerOffset, NAME_PATTERN),
    epoch: epoch ?? 0,
    hasEpoch: epoch !== undefined,
    version: demandedText(main, TAG.version, 'version', headerOffset, VERSION_PATTERN),
    release: demandedText(main, TAG.release, 'release', headerOffset, VERSION_PATTERN),
    arch: demandedText(main, TAG.arch, 'architecture', headerOffset, NAME_PATTERN),
    os: demandedText(main, TAG.os, 'operating system', headerOffset, NAME_PATTERN),
    summary: main.text(TAG.summary) ?? '',
    kind: source ? 'source' : 'binary',
    format: main.number(TAG.rpmFormat) === 6 ? 6 : main.has(TAG.headerImmutable) ? 4 : 3,
    leadVersion: lead.version,
    leadName: lead.name,
    builtWith: main.text(TAG.rpmVersion) ?? '',
    sourceRpm: main.text(TAG.sourceRpm) ?? '',
    buildTimeS: main.number(TAG.buildTime),
    requires: yield* readRelations(main, 'requires', {
      name: TAG.requireName,
      flags: TAG.requireFlags,
      version: TAG.requireVersion,
    }),
    provides: yield* readRelations(main, 'provides', {
      name: TAG.provideName,
      flags: TAG.provideFlags,
      version: TAG.provideVersion,
    }),
    conflicts: yield* readRelations(main, 'conflicts', {
      name: TAG.conflictName,
      flags: TAG.conflictFlags,
      version: TAG.conflictVersion,
    }),
    obsoletes: yield* readRelations(main, 'obsoletes', {
      name: TAG.obsoleteName,
      flags: TAG.obsoleteFlags,
      version: TAG.obsoleteVersion,
    }),
    scriptlets: yield* readScriptlets(main),
    installedBytes: main.number(TAG.longSize) ?? main.number(TAG.size) ?? 0,
    archiveBytes:
      signature.number(SIGNATURE_TAG.longArchiveSize) ??
      signature.number(SIGNATURE_TAG.payloadSize) ??
      main.number(TAG.archiveSize),
    files: yield* readFiles(main),
    fileDigestAlgorithm: algorithmName(main.number(TAG.fileDigestAlgorithm) ?? 1),
    payload: {
      format: main.text(TAG.payloadFormat) ?? '',
      compressor: main.text(TAG.payloadCompressor) ?? '',
      flags: main.text(TAG.payloadFlags) ?? '',
      digest: main.text(TAG.payloadDigest) ?? '',
      uncompressedDigest: main.text(TAG.payloadDigestAlt) ?? '',
      digestAlgorithm: algorithmName(main.number(TAG.payloadDigestAlgorithm)),
      moreDigests: digestsOf([
        ['sha512', main.text(TAG.payloadSha512)],
        ['sha3-256', main.text(TAG.payloadSha3)],
      ]),
    },
    headerSha1: signature.text(SIGNATURE_TAG.sha1) ?? '',
    headerSha256: signature.text(SIGNATURE_TAG.sha256) ?? '',
    headerSha3: signature.text(SIGNATURE_TAG.sha3) ?? '',
    md5: signature.hexText(SIGNATURE_TAG.md5, 16) ?? '',
    signatures: SIGNATURE_KINDS.filter(([, tag]) => signature.has(tag)).map(([kind]) => kind),
    announcedBytes,
    headerOffset,
    payloadOffset,
    expectedFileBytes: announcedBytes === undefined ? undefined : headerOffset + announcedBytes,
  };
}

function digestsOf(pairs: readonly (readonly [algorithm: string, expected: string | undefined])[]): RpmDigest[] {
  return pairs.flatMap(([algorithm, expected]) => (expected ? [{ algorithm, expected }] : []));
}

/** The digests that a package says of its main header, of its compressed payload, and of both together. */
export function digestsIn(header: RpmHeader): {
  readonly mainHeader: readonly RpmDigest[];
  readonly payload: readonly RpmDigest[];
  readonly mainHeaderAndPayload: readonly RpmDigest[];
} {
  return {
    mainHeader: digestsOf([
      ['sha1', header.headerSha1],
      ['sha256', header.headerSha256],
      ['sha3-256', header.headerSha3],
    ]),
    // Format 6 names the digest by its tag and needs no algorithm beside it.
    payload: [
      ...digestsOf([[header.payload.digestAlgorithm || 'sha256', header.payload.digest]]),
      ...header.payload.moreDigests,
    ],
    mainHeaderAndPayload: digestsOf([['md5', header.md5]]),
  };
}

/** Why nodes cannot install a package that is sound in itself; undefined where they can. */
export function notInstallable(header: Pick<RpmHeader, 'kind' | 'payload'>): string | undefined {
  if (header.kind === 'source') return 'a source package';
  if (header.payload.format === 'drpm') return 'a delta package (it holds only the difference to another build)';
  return undefined;
}

/** What the library knows of a file besides its header. */
export type LibraryFileFacts = Pick<
  LibraryPackage,
  'fileName' | 'sha256' | 'fileBytes' | 'uploadedBy' | 'uploadedAtMs'
>;

/** @throws PutError package-not-installable for a source or delta package: nodes install whole built ones only. */
export function demandInstallable(header: Pick<RpmHeader, 'kind' | 'payload'>, fileName: string): void {
  const why = notInstallable(header);
  if (why !== undefined) {
    throw new PutError('package-not-installable', `${fileName} is ${why}; nodes install whole built packages only`, {
      fileName,
    });
  }
}

/** The library's entry for a package file. @throws PutError package-not-installable. */
export function libraryPackageOf(header: RpmHeader, file: LibraryFileFacts): LibraryPackage {
  demandInstallable(header, file.fileName);
  const { name, epoch, version, release, arch, os, summary, requires, provides, conflicts, obsoletes, installedBytes } =
    header;
  return {
    ...{ name, epoch, version, release, arch, os, summary, requires, provides, conflicts, obsoletes, installedBytes },
    color: header.files.reduce((color, file) => color | file.color, 0),
    scriptlets: header.scriptlets.map((one) => one.name),
    signed: header.signatures.length > 0,
    ...file,
  };
}
