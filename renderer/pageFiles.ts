import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, sha3_512 } from '@noble/hashes/sha3.js';
import { CERT_LIST_LIMITS, parseCertList } from '../core/model/certList.ts';
import { decodeText } from '../core/model/decodeText.ts';
import { checkLibraryFileName, libraryFileNameOf } from '../core/model/libraryFileName.ts';
import { demandInstallable, digestsIn } from '../core/model/rpmHeader.ts';
import { RpmFileCheck, type MakeHash, type RunningHash } from '../core/model/RpmFileCheck.ts';
import { formatNevra } from '../core/model/rpmVersion.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import type { BridgeAnswer, BridgeParams, BridgeResult } from '../electron/contract/bridge.ts';
import { handleOf } from './fileHandles.ts';
import type { KeptFile, KeptFiles } from './keptFiles.ts';
import type { ReadFailure } from './socketCarrier.ts';

type Inspected = BridgeResult<'files.inspect'>['files'][number];
type Offered = BridgeParams<'files.offer'>['files'][number];

/** What pages ask of the other end about their files. */
export interface FileAsks {
  offer(files: Offered[]): Promise<BridgeAnswer<BridgeResult<'files.offer'>>>;
  known(files: string[]): Promise<BridgeAnswer<BridgeResult<'files.known'>>>;
  withdraw(files: string[]): Promise<BridgeAnswer<object>>;
}

/** Bytes that are read and hashed before the window may draw again: about 10 ms of work. */
const SLICE_BYTES = 512 * 1024;
/** Files named in one offer. */
const OFFERED_AT_ONCE = 200;
/** Files named in one question. */
const NAMED_AT_ONCE = 1_000;

/** Files that were chosen in this page. Their bytes stay here; the other end asks for those that an upload needs. */
export interface PageFiles {
  /** Reads files whole, compares them with what they say of themselves, and offers those that the library takes. */
  take(files: readonly File[]): Promise<BridgeAnswer<{ files: Inspected[] }>>;
  /** Offers again what was taken, after the line was lost; answers handles that are new, by the one of before. */
  offerAgain(): Promise<ReadonlyMap<string, string>>;
  /** Has no file any more: another person uses this page now. */
  letGo(): void;
  /** The name of a file by its handle; undefined for one that this page does not have. */
  nameOf(handle: string): string | undefined;
  read(file: string, offset: number, length: number): Promise<Uint8Array | ReadFailure>;
  /**
   * Files of pages of this browser that are gone, by a reload for one: those that it still lets this page read are offered
   * again, so that their uploads go on where they were; the uploads of the others end at once. Answers the names of those
   * that it would let this page read if the person said so.
   */
  takeOver(): Promise<string[]>;
  /** Asks the person for those, within a click; answers the names of those that are offered again. */
  askForKept(): Promise<string[]>;
}

interface Taken {
  readonly offered: Offered;
  readonly file: File;
  handle: string;
}

const HASHES: Readonly<Record<string, { create(): { update(bytes: Uint8Array): unknown; digest(): Uint8Array } }>> = {
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha3-256': sha3_256,
  'sha3-512': sha3_512,
};

/** Digests within the page; undefined for an algorithm that it does not have. */
export const makePageHash: MakeHash = (algorithm) => {
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm]?.create() : undefined;
  if (!hash) return undefined;
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
};

function sha256Hash(): RunningHash {
  const hash = makePageHash('sha256');
  if (!hash) throw new PutError('internal', 'there is no SHA-256 here');
  return hash;
}

/** A browser gives bytes only of the file that was chosen: one that changed since cannot be read any more. */
function unreadable({ name }: File, error: unknown): PutError {
  const reason = error instanceof Error ? error.name : String(error);
  return reason === 'NotReadableError' || reason === 'NotFoundError'
    ? new PutError('file-changed', `${name} was changed, moved or removed since it was chosen`)
    : new PutError('file-unreadable', `${name}: ${reason}`);
}

async function bytesOf(file: File, offset: number, length: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
  } catch (error) {
    throw unreadable(file, error);
  }
  if (bytes.length !== length) throw new PutError('file-changed', `${file.name} became shorter since it was chosen`);
  return bytes;
}

/** Reads a file whole; `each` gets its parts in order, and the window draws between them. */
async function readWhole(file: File, each: (bytes: Uint8Array) => void): Promise<void> {
  for (let at = 0; at < file.size; at += SLICE_BYTES)
    each(await bytesOf(file, at, Math.min(SLICE_BYTES, file.size - at)));
}

async function identityOf(file: File, name: string): Promise<{ identity: string; arch?: string; sha256: string }> {
  const whole = sha256Hash();
  if (checkLibraryFileName(name) === 'certlist') {
    if (file.size > CERT_LIST_LIMITS.bytes)
      throw new PutError('certlist-invalid', `${name}: ${file.size} bytes; at most ${CERT_LIST_LIMITS.bytes} are read`);
    const bytes = await bytesOf(file, 0, file.size);
    whole.update(bytes);
    const decoded = decodeText(bytes);
    if ('problem' in decoded) throw new PutError('certlist-invalid', `${name}, line 1: ${decoded.problem}`);
    const { release, title } = parseCertList(decoded.text);
    return { identity: `cert list ${release}: ${title}`, sha256: whole.hex() };
  }
  // MD5 over everything costs as much as all else; it is made only where the package says no better digest of its payload.
  const check: RpmFileCheck = new RpmFileCheck((algorithm) =>
    algorithm === 'md5' && digestsIn(check.header).payload.length > 0 ? undefined : makePageHash(algorithm),
  );
  await readWhole(file, (bytes) => {
    whole.update(bytes);
    for (const _rest of check.push(bytes));
    if (check.hasHead) demandInstallable(check.header, name);
  });
  const { header } = check.end();
  demandInstallable(header, name);
  return { identity: formatNevra(header), arch: header.arch, sha256: whole.hex() };
}

export function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The same file as when it was read whole; undefined when it is another one now, or not there. */
async function sameFile({ handle, offered, lastModifiedMs }: KeptFile): Promise<File | undefined> {
  const file = await handle?.getFile().catch(() => undefined);
  return file?.size === offered.sizeBytes && file.lastModified === lastModifiedMs ? file : undefined;
}

/** `kept`: absent where the browser remembers no files. */
export function createPageFiles(ask: FileAsks, kept?: KeptFiles): PageFiles {
  const taken = new Map<string, Taken>();
  /** Files of pages that are gone which the browser gives when the person says so. */
  let askable: KeptFile[] = [];

  async function offerAll(all: readonly Taken[]): Promise<Map<string, string>> {
    const changed = new Map<string, string>();
    for (let at = 0; at < all.length; at += OFFERED_AT_ONCE) {
      const part = all.slice(at, at + OFFERED_AT_ONCE);
      const answer = await ask.offer(part.map(({ offered }) => offered));
      if (!answer.ok) continue;
      for (const [i, one] of part.entries()) {
        const handle = answer.value.handles[i] ?? '';
        if (handle !== one.handle) changed.set(one.handle, handle);
        one.handle = handle;
      }
    }
    return changed;
  }

  /** Has what a page that is gone had, where it is the same still; answers what it could not have. */
  async function have(files: readonly KeptFile[]): Promise<KeptFile[]> {
    const mine: Taken[] = [];
    const missed: KeptFile[] = [];
    for (const one of files) {
      const file = await sameFile(one);
      if (file) mine.push({ offered: one.offered, file, handle: '' });
      else missed.push(one);
    }
    for (const one of mine) taken.set(one.offered.file, one);
    await offerAll(mine);
    const had = files.filter((one) => !missed.includes(one));
    await kept?.keep(had.map((one) => ({ ...one, page: kept.page }))).catch(() => {});
    return missed;
  }

  async function inspect(file: File): Promise<{ row: Inspected; taken?: Taken }> {
    const name = libraryFileNameOf(file.name);
    const row = { handle: newName(), path: file.name, name, sizeBytes: file.size };
    try {
      const { sha256: digest, ...found } = await identityOf(file, name);
      const offered = { file: row.handle, name: file.name, sizeBytes: file.size, sha256: digest };
      return { row: { ...row, ...found }, taken: { offered, file, handle: '' } };
    } catch (error) {
      return { row: { ...row, error: reportOf(error) } };
    }
  }

  return {
    async take(files) {
      const rows: Inspected[] = [];
      for (const file of files) {
        const { row, taken: one } = await inspect(file);
        if (!one) {
          rows.push(row);
          continue;
        }
        taken.set(one.offered.file, one);
        const answer = await ask.offer([one.offered]);
        if (!answer.ok) return answer;
        one.handle = answer.value.handles[0] ?? '';
        rows.push({ ...row, handle: one.handle });
        if (kept) {
          const { offered } = one;
          const handle = await handleOf(file);
          // What the browser does not remember has only to be chosen again after a reload.
          await kept
            .keep([{ offered, page: kept.page, lastModifiedMs: file.lastModified, ...(handle && { handle }) }])
            .catch(() => {});
        }
      }
      return { ok: true, value: { files: rows } };
    },
    offerAgain: () => offerAll([...taken.values()]),
    letGo() {
      taken.clear();
      askable = [];
    },
    nameOf: (handle) => [...taken.values()].find((one) => one.handle === handle)?.file.name,
    async takeOver() {
      const left = (await kept?.ofGonePages().catch(() => [])) ?? [];
      const names = left.map(({ offered }) => offered.file);
      const knownNames = new Set<string>();
      for (let at = 0; at < names.length; at += NAMED_AT_ONCE) {
        const answer = await ask.known(names.slice(at, at + NAMED_AT_ONCE));
        // Asked again when the line is back.
        if (!answer.ok) return [];
        for (const name of answer.value.files) knownNames.add(name);
      }
      const mine: KeptFile[] = [];
      const lost: KeptFile[] = [];
      askable = [];
      for (const one of left) {
        if (!knownNames.has(one.offered.file)) continue;
        const may = await one.handle?.queryPermission({ mode: 'read' }).catch(() => 'denied' as const);
        if (may === 'granted') mine.push(one);
        else (may === 'prompt' ? askable : lost).push(one);
      }
      lost.push(...(await have(mine)));
      const away = [...lost, ...askable].map(({ offered }) => offered.file);
      for (let at = 0; at < away.length; at += NAMED_AT_ONCE) await ask.withdraw(away.slice(at, at + NAMED_AT_ONCE));
      const over = new Set(
        [...mine.filter((one) => !lost.includes(one)), ...askable].map(({ offered }) => offered.file),
      );
      await kept?.forget(names.filter((name) => !over.has(name))).catch(() => {});
      return askable.map(({ offered }) => offered.name);
    },
    async askForKept() {
      const asked = askable;
      askable = [];
      const granted: KeptFile[] = [];
      for (const one of asked)
        if ((await one.handle?.requestPermission({ mode: 'read' }).catch(() => 'denied')) === 'granted')
          granted.push(one);
      const missed = await have(granted);
      return granted.filter((one) => !missed.includes(one)).map(({ offered }) => offered.name);
    },
    async read(name, offset, length) {
      const file = taken.get(name)?.file;
      if (!file) return { code: 'file-unreadable', message: 'this page has no such file' };
      try {
        return await bytesOf(file, offset, length);
      } catch (error) {
        const { code, message } = reportOf(error);
        return { code: code === 'file-changed' ? code : 'file-unreadable', message };
      }
    },
  };
}
