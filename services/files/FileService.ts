import { randomInt } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkLibraryFileName } from '../../core/model/libraryFileName.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import {
  sessionIdOf,
  type Caller,
  type CheckedParams,
  type FileCaller,
  type Handlers,
  type Log,
  type Service,
  type Topic,
} from '../service.ts';
import { IncomingFile, type WriteAt } from './IncomingFile.ts';
import { type PackageLibrary, PART_ENDING } from './PackageLibrary.ts';

const MIB = 1024 * 1024;
/** Bytes that a sender may have under way before the first is stored; the sender's own window is usually smaller. */
const WINDOW_BYTES = 256 * 1024;
/** Kept free on the library's disk, so that journal and state can go on being written. */
const RESERVE_BYTES = 32 * MIB;
/** A part file that nobody went on with for this long is removed. */
const PART_KEPT_MS = 30 * 24 * 3_600_000;
/** Part files that are kept, and bytes of them all; beyond either, those that waited longest are removed when a new one begins. */
const PARTS_KEPT = 256;
const PART_BYTES_KEPT = 64 * 1024 * MIB;

export interface FileServiceOptions {
  readonly library: PackageLibrary;
  readonly log: Log;
  /** Largest file, from MAXFILEMIB of the Config file. */
  readonly maxFileBytes: number;
  /** Credit for a caller's line; 256 KiB for each when absent. */
  readonly windowBytesOf?: ((caller: Caller) => number) | undefined;
  readonly reserveBytes?: number | undefined;
  /** Bounds of what unfinished uploads may leave behind; 256 files and 64 GiB when absent. */
  readonly partsKept?: { readonly files: number; readonly bytes: number } | undefined;
  /** Free bytes of the library's disk; read from the file system when absent. */
  readonly readFreeBytes?: (() => Promise<number>) | undefined;
  readonly writeAt?: WriteAt | undefined;
  readonly now?: (() => number) | undefined;
}

interface Transfer {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly incoming: IncomingFile;
  caller: FileCaller;
  readonly windowBytes: number;
  allowedBytes: number;
  /** Bytes that came and are not written yet. */
  pending: number;
  lastBytesMs: number;
  /** When the last of the stored bytes came; 0 before the first. */
  storedArrivedAtMs: number;
  closed: boolean;
}

/** A transfer that is being opened: its place is taken before anything is waited for. */
interface Opening {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sessionId: string;
}

/**
 * Uploads into the package library. What arrived stays in a part file named after the digest, so a transfer goes on from
 * there after a lost line, a new session or a restart, whoever sends the same file.
 */
export class FileService implements Service {
  readonly handlers: Handlers;
  readonly #options: FileServiceOptions;
  readonly #library: PackageLibrary;
  /** Ms since 1970, for the age of files. */
  readonly #now: () => number;
  readonly #steady: () => number;
  readonly #transfers = new Map<number, Transfer>();
  /** Part paths that are being opened or closed: the next one waits. */
  readonly #busyParts = new Map<string, Promise<unknown>>();
  readonly #openings = new Set<Opening>();
  /** Begins anywhere, so that a number of before a restart means nothing after it. */
  #lastTransfer = randomInt(0x7fff_ffff);
  #closing = false;

  private constructor(options: FileServiceOptions) {
    this.#options = options;
    this.#library = options.library;
    this.#now = options.now ?? Date.now;
    this.#steady = options.now ?? (() => performance.now());
    this.handlers = {
      'file.begin': (params, caller) => this.#begin(params, caller),
      'file.finish': ({ transfer }, caller) => this.#finish(transfer, caller),
      'file.abort': ({ transfer, discard }, caller) => this.#abort(transfer, discard, caller),
      'file.remove': ({ name, sha256 }) => this.#library.remove(name, sha256).then(() => ({})),
    };
  }

  /** Clears away part files that nobody wants any more and opens the service. */
  static async open(options: FileServiceOptions): Promise<FileService> {
    const service = new FileService(options);
    await service.#boundParts(0);
    return service;
  }

  topic(name: string): Topic | undefined {
    if (name !== 'library') return undefined;
    return {
      kind: 'state',
      state: () => this.#library.view(),
      number: () => this.#library.number(),
      onChange: (listener) => this.#library.onChange(listener),
    };
  }

  /** Open transfers, for tests and the log. */
  get openTransfers(): number {
    return this.#transfers.size;
  }

  async fileData(caller: FileCaller, transferNumber: number, offset: number, bytes: Uint8Array): Promise<void> {
    const transfer = this.#transferOf(transferNumber, caller);
    transfer.pending++;
    const arrivedAtMs = this.#steady();
    transfer.lastBytesMs = arrivedAtMs;
    try {
      if (offset + bytes.length > transfer.allowedBytes) {
        throw new PutError(
          'message-invalid',
          `bytes up to ${offset + bytes.length} of ${transfer.name} came; up to ${transfer.allowedBytes} are allowed`,
          { transfer: transferNumber },
        );
      }
      await transfer.incoming.append(offset, bytes);
      transfer.storedArrivedAtMs = arrivedAtMs;
    } catch (error) {
      await this.#giveUp(transfer, error);
      throw error;
    } finally {
      transfer.pending--;
    }
    this.#tellStored(transfer);
  }

  callerGone(sessionId: string): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (transfer.caller.sessionId === sessionId) void this.#park(transfer);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#transfers.values()].map((transfer) => this.#park(transfer)));
    await Promise.allSettled(this.#busyParts.values());
  }

  async #begin(
    params: CheckedParams<'file.begin'>,
    caller: FileCaller,
  ): Promise<{ transfer: number; offset: number; complete: boolean }> {
    const { name, sizeBytes, sha256 } = params;
    checkLibraryFileName(name);
    this.#demandOpen();
    if (sizeBytes > this.#options.maxFileBytes) {
      const limitMib = Math.floor(this.#options.maxFileBytes / MIB);
      throw new PutError('file-too-large', `${name} has ${sizeBytes} bytes; MAXFILEMIB allows ${limitMib} MiB`, {
        name,
        sizeBytes,
        limitBytes: this.#options.maxFileBytes,
      });
    }
    const path = join(this.#library.folder, `${name}.${sha256.slice(0, 16)}${PART_ENDING}`);
    this.#demandSlot(path, caller);
    const opening: Opening = { path, sizeBytes, sessionId: caller.sessionId };
    this.#openings.add(opening);
    try {
      return await this.#alone(path, async () => {
        if ((await this.#digestInLibrary(name)) === sha256) return { transfer: 0, offset: sizeBytes, complete: true };
        await this.#takeOver(path, caller);
        await this.#boundParts(sizeBytes);
        await this.#checkRoom(name, opening);
        const incoming = await IncomingFile.open(path, sizeBytes, this.#options.writeAt);
        if (this.#closing) await incoming.park();
        this.#demandOpen();
        const transfer = this.#opened(name, sha256, incoming, caller);
        this.#openings.delete(opening);
        // The answer has to be on its way before the credit that refers to its number.
        setImmediate(() => this.#tellStored(transfer, true));
        return { transfer: transfer.number, offset: incoming.storedBytes, complete: false };
      });
    } finally {
      this.#openings.delete(opening);
    }
  }

  #demandOpen(): void {
    if (this.#closing) throw new PutError('server-stopping', 'the File service is being stopped');
  }

  /** Counts what is open and what is being opened; going on with a file that is among them takes no further place. */
  #demandSlot(path: string, { sessionId }: Caller): void {
    const mine = new Set<string>();
    for (const transfer of this.#transfers.values())
      if (transfer.caller.sessionId === sessionId) mine.add(transfer.incoming.path);
    for (const opening of this.#openings) if (opening.sessionId === sessionId) mine.add(opening.path);
    if (mine.has(path) || mine.size < LIMITS.openTransfers) return;
    throw new PutError('too-many-requests', `${mine.size} transfers are open on this session already`);
  }

  #opened(name: string, sha256: string, incoming: IncomingFile, caller: FileCaller): Transfer {
    const windowBytes = Math.max(LIMITS.fileBodyBytes, this.#options.windowBytesOf?.(caller) ?? WINDOW_BYTES);
    const transfer: Transfer = {
      number: this.#nextNumber(),
      ...{ name, sha256, incoming, caller, windowBytes },
      allowedBytes: Math.min(incoming.sizeBytes, incoming.storedBytes + windowBytes),
      pending: 0,
      lastBytesMs: this.#steady(),
      storedArrivedAtMs: 0,
      closed: false,
    };
    this.#transfers.set(transfer.number, transfer);
    return transfer;
  }

  async #finish(number: number, caller: FileCaller): Promise<{ name: string; sha256: string }> {
    const transfer = this.#transferOf(number, caller);
    const { incoming, name, sha256 } = transfer;
    if (incoming.storedBytes !== incoming.sizeBytes) {
      throw new PutError(
        'message-invalid',
        `${incoming.storedBytes} of ${incoming.sizeBytes} bytes of ${name} are here`,
        {
          storedBytes: incoming.storedBytes,
        },
      );
    }
    this.#forget(transfer);
    return this.#alone(incoming.path, async () => {
      const found = incoming.digest();
      if (found !== sha256) {
        await incoming.discard();
        throw new PutError(
          'file-digest-mismatch',
          `${name}: SHA-256 of what arrived is ${found.slice(0, 16)}..., announced was ${sha256.slice(0, 16)}...; the copy was removed`,
          { name, found, announced: sha256 },
        );
      }
      await incoming.park();
      try {
        await this.#library.accept(name, incoming.path, sha256, caller.user);
      } catch (error) {
        const refused = error instanceof PutError;
        // A wrong file stays wrong; only trouble of the disk leaves the part for another try.
        if (refused) await rm(incoming.path, { force: true });
        if (refused && error.code === 'rpm-invalid') {
          throw new PutError(error.code, `${name}, ${error.message}`, { ...error.details, name }, { cause: error });
        }
        throw error;
      }
      this.#options.log.info('a file came into the package library', {
        name,
        user: caller.user,
        bytes: incoming.sizeBytes,
      });
      return { name, sha256 };
    });
  }

  async #abort(number: number, discard: boolean, caller: FileCaller): Promise<Record<string, never>> {
    const transfer = this.#transferOf(number, caller);
    if (!discard) await this.#park(transfer);
    else {
      this.#forget(transfer);
      await this.#alone(transfer.incoming.path, () => transfer.incoming.discard());
    }
    return {};
  }

  #transferOf(number: number, caller: Caller): Transfer {
    const transfer = this.#transfers.get(number);
    if (!transfer || transfer.caller.sessionId !== caller.sessionId) {
      throw new PutError('transfer-unknown', `transfer ${number} is not open on this session`, { transfer: number });
    }
    return transfer;
  }

  #nextNumber(): number {
    do this.#lastTransfer = this.#lastTransfer >= 0xffff_ffff ? 1 : this.#lastTransfer + 1;
    while (this.#transfers.has(this.#lastTransfer));
    return this.#lastTransfer;
  }

  async #digestInLibrary(name: string): Promise<string | undefined> {
    const view = this.#library.view();
    if (!Object.hasOwn(view.packages, name) && !Object.hasOwn(view.certLists, name)) return undefined;
    try {
      return (await this.#library.digestOf(name)).sha256;
    } catch {
      // Somebody removed or spoiled it by hand: let it come again.
      return undefined;
    }
  }

  /**
   * An open transfer of the same file ends for this one: it is the same session after a cut, or a dead one. Two living
   * sessions would take it from each other for ever, so the second is told to wait.
   */
  async #takeOver(path: string, caller: FileCaller): Promise<void> {
    const other = [...this.#transfers.values()].find((transfer) => transfer.incoming.path === path);
    if (!other) return;
    const silentMs = this.#steady() - other.lastBytesMs;
    if (sessionIdOf(other.caller) !== sessionIdOf(caller) && silentMs < TIMES.deadPeerMs) {
      throw new PutError(
        'transfer-busy',
        `${other.name} is being sent by ${other.caller.user} from ${other.caller.clientSystem}`,
        { name: other.name, user: other.caller.user },
      );
    }
    this.#forget(other);
    await other.incoming.park();
    if (other.caller.sessionId !== caller.sessionId) other.caller.sendFileCredit(other.number, 0, 0, 0);
  }

  async #checkRoom(name: string, opening: Opening): Promise<void> {
    const { path, sizeBytes } = opening;
    const here = await stat(path).then(
      ({ size }) => Math.min(size, sizeBytes),
      () => 0,
    );
    const freeBytes = await (this.#options.readFreeBytes?.() ?? this.#library.readFreeBytes());
    let promised = 0;
    for (const { incoming } of this.#transfers.values()) promised += incoming.sizeBytes - incoming.storedBytes;
    for (const earlier of this.#openings) {
      if (earlier === opening) break;
      promised += earlier.sizeBytes;
    }
    const neededBytes = sizeBytes - here;
    const reserveBytes = this.#options.reserveBytes ?? RESERVE_BYTES;
    if (neededBytes === 0 || neededBytes + promised + reserveBytes <= freeBytes) return;
    throw new PutError(
      'library-full',
      `${name} needs ${neededBytes} bytes more; ${this.#library.folder} has ${freeBytes} free, of which ${promised + reserveBytes} are kept for others`,
      { name, neededBytes, freeBytes },
    );
  }

  /** Tells the sender what is stored, and allows more once half of its window is used up. */
  #tellStored(transfer: Transfer, atOnce = false): void {
    if (transfer.closed) return;
    const { incoming, windowBytes } = transfer;
    const { storedBytes, sizeBytes } = incoming;
    const refill = transfer.allowedBytes - storedBytes <= windowBytes / 2 && transfer.allowedBytes < sizeBytes;
    if (refill) transfer.allowedBytes = Math.min(sizeBytes, storedBytes + windowBytes);
    // One credit for all bytes that are under way to the disk at this moment, not one for each frame.
    if (atOnce || refill || transfer.pending === 0 || storedBytes === sizeBytes) {
      transfer.caller.sendFileCredit(transfer.number, storedBytes, transfer.allowedBytes, transfer.storedArrivedAtMs);
    }
  }

  /** The transfer cannot go on: what arrived stays, the sender is told to begin anew and hears the reason there. */
  async #giveUp(transfer: Transfer, error: unknown): Promise<void> {
    if (transfer.closed) return;
    const { code, message } = reportOf(error);
    this.#options.log.warn('an upload was parked', { name: transfer.name, user: transfer.caller.user, code, message });
    await this.#park(transfer);
    transfer.caller.sendFileCredit(transfer.number, 0, 0, 0);
  }

  async #park(transfer: Transfer): Promise<void> {
    if (transfer.closed) return;
    this.#forget(transfer);
    await this.#alone(transfer.incoming.path, () => transfer.incoming.park()).catch((error: unknown) =>
      this.#options.log.warn('a part file was not closed in order', {
        name: transfer.name,
        message: reportOf(error).message,
      }),
    );
  }

  #forget(transfer: Transfer): void {
    transfer.closed = true;
    this.#transfers.delete(transfer.number);
  }

  /** One thing at a time on a part file. */
  #alone<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busyParts.get(path) ?? Promise.resolve();
    const result = before.then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#busyParts.set(path, settled);
    void settled.then(() => {
      if (this.#busyParts.get(path) === settled) this.#busyParts.delete(path);
    });
    return result;
  }

  /** Removes part files that nobody wants any more, and the longest waiting ones where there are too many for another of this size. */
  async #boundParts(nextBytes: number): Promise<void> {
    const { files, bytes } = this.#options.partsKept ?? { files: PARTS_KEPT, bytes: PART_BYTES_KEPT };
    const parts: { path: string; name: string; sizeBytes: number; modifiedMs: number }[] = [];
    for (const name of await readdir(this.#library.folder)) {
      if (!name.endsWith(PART_ENDING)) continue;
      const path = join(this.#library.folder, name);
      // One that just became a file of the library is no part any more.
      const facts = await stat(path).catch(() => undefined);
      if (facts) parts.push({ path, name, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
    }
    parts.sort((a, b) => a.modifiedMs - b.modifiedMs);
    let leftFiles = parts.length + (nextBytes > 0 ? 1 : 0);
    let leftBytes = parts.reduce((sum, part) => sum + part.sizeBytes, nextBytes);
    for (const { path, name, sizeBytes, modifiedMs } of parts) {
      const old = this.#now() - modifiedMs >= PART_KEPT_MS;
      if (!old && leftFiles <= files && leftBytes <= bytes) continue;
      if (this.#isInUse(path)) continue;
      await this.#alone(path, async () => {
        if (!this.#isInUse(path)) await rm(path, { force: true });
      });
      leftFiles--;
      leftBytes -= sizeBytes;
      this.#options.log.info('an old part file was removed', { name, bytes: sizeBytes });
    }
  }

  #isInUse(path: string): boolean {
    return (
      [...this.#transfers.values()].some(({ incoming }) => incoming.path === path) ||
      [...this.#openings].some((opening) => opening.path === path)
    );
  }
}
