import { PutError, toPutError } from '../protocol/errors.ts';
import type { FileCredit } from '../protocol/filePayload.ts';
import { mayReconnectAfter } from '../session/reconnectPolicy.ts';
import type { Clock } from '../session/ports.ts';
import {
  chunkBytesFor,
  FIRST_WINDOW,
  SMALL_PACKETS_WINDOW_BYTES,
  widenOrNarrow,
  type FileWindow,
} from './fileWindow.ts';
import type { PutClient } from './PutClient.ts';
import { UploadCap } from './UploadCap.ts';

/** A local file to send. Methods reject with `file-unreadable` or `file-changed`. */
export interface FileSource {
  /** Name in the package library. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly `lengthBytes` from `offset`. */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** Digest of the whole file, lower-case hex; may take long. */
  sha256(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export type UploadState =
  'hashing' | 'sending' | 'paused' | 'line-lost' | 'confirming' | 'done' | 'failed' | 'cancelled';

export interface UploadProgress {
  readonly state: UploadState;
  /** Bytes that are safe on the master's disk. */
  readonly storedBytes: number;
  readonly cause?: PutError | undefined;
}

export interface Upload {
  /** Settles when the master confirmed size and digest; rejects with the reason otherwise. */
  readonly done: Promise<{ name: string; sha256: string }>;
  pause(): void;
  resume(): void;
  /** Stops; bytes on the master are discarded. */
  cancel(): void;
}

interface Sending {
  transfer: number;
  storedBytes: number;
  sentBytes: number;
  allowedBytes: number;
  underWay: { endsAt: number; bytes: number; sentAtMs: number }[];
  /** The master closed the transfer; the next file.begin answers why. */
  closedByMaster: boolean;
}

/** Credits kept for transfers whose number is not known here yet. */
const MOST_EARLY_CREDITS = 64;

/**
 * Uploads into the package library: several at once over one line with one window for all, resumed after a cut at the
 * offset that the master has on disk.
 */
export class FileClient {
  readonly #client: PutClient;
  readonly #clock: Clock;
  readonly #sendings = new Set<Sending>();
  /** First credits that came together with the answer of file.begin, before that answer could be taken up. */
  readonly #earlyCredits = new Map<number, FileCredit>();
  readonly #removeLane: () => void;
  #window: FileWindow = FIRST_WINDOW;
  readonly #cap = new UploadCap();
  #underWayBytes = 0;
  #wake: Set<() => void> = new Set();
  #lineNumber = 0;

  constructor(client: PutClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#removeLane = client.addFileLane({
      onCredit: (credit) => this.#onCredit(credit),
      onWritable: () => this.#wakeAll(),
      onLineChange: () => {
        this.#lineNumber++;
        this.#window = FIRST_WINDOW;
        this.#earlyCredits.clear();
        this.#wakeAll();
      },
    });
  }

  /** Bytes that may be under way at the moment, for tests and the transfers view. */
  get windowBytes(): number {
    const { windowBytes } = this.#window;
    return this.#client.smallPackets ? Math.min(windowBytes, SMALL_PACKETS_WINDOW_BYTES) : windowBytes;
  }

  /** Caps what all uploads send together, in bytes of files a second, from now on; undefined: what the line carries. */
  setCap(bytesPerSecond: number | undefined): void {
    this.#cap.set(bytesPerSecond, this.#clock.steadyMs());
    this.#wakeAll();
  }

  /** Starts an upload. The source is closed at the end. */
  upload(source: FileSource, onProgress: (progress: UploadProgress) => void): Upload {
    const control = { paused: false, abort: new AbortController() };
    const report = (state: UploadState, storedBytes: number, cause?: PutError): void =>
      onProgress({ state, storedBytes, ...(cause ? { cause } : {}) });
    const done = this.#run(source, control, report).finally(() => source.close());
    return {
      done,
      pause: () => {
        control.paused = true;
        this.#wakeAll();
      },
      resume: () => {
        control.paused = false;
        this.#wakeAll();
      },
      cancel: () => {
        control.abort.abort();
        this.#wakeAll();
      },
    };
  }

  close(): void {
    this.#removeLane();
  }

  async #run(
    source: FileSource,
    control: { paused: boolean; abort: AbortController },
    report: (state: UploadState, storedBytes: number, cause?: PutError) => void,
  ): Promise<{ name: string; sha256: string }> {
    let stored = 0;
    let transfer: number | undefined;
    try {
      report('hashing', 0);
      const sha256 = await source.sha256(control.abort.signal);
      for (;;) {
        this.#throwIfAborted(control, source);
        if (control.paused || !this.#client.fileLaneOnline) {
          this.#throwIfOver();
          report(control.paused ? 'paused' : 'line-lost', stored);
          await this.#change();
          continue;
        }
        const line = this.#lineNumber;
        try {
          const opened = await this.#client.request('file.begin', {
            name: source.name,
            sizeBytes: source.sizeBytes,
            sha256,
          });
          transfer = opened.transfer;
          stored = opened.complete ? source.sizeBytes : opened.offset;
          if (opened.complete) {
            report('done', stored);
            return { name: source.name, sha256 };
          }
          report('sending', stored);
          // An answer that was sent again on a new line names a transfer that ended with the line before, and so did its credit.
          if (line !== this.#lineNumber) continue;
          const outcome = await this.#send(source, opened.transfer, opened.offset, control, (bytes) => {
            stored = bytes;
            report('sending', bytes);
          });
          if (outcome === 'interrupted') continue;
          report('confirming', stored);
          const confirmed = await this.#client.request('file.finish', { transfer: opened.transfer });
          report('done', source.sizeBytes);
          return confirmed;
        } catch (error) {
          const cause = toPutError(error);
          const again =
            cause.code === 'transfer-unknown' ||
            cause.code === 'request-timeout' ||
            (cause.kind === 'transport' && mayReconnectAfter(cause.code));
          if (!again) throw cause;
          report('line-lost', stored);
        }
      }
    } catch (error) {
      const cause = toPutError(error);
      if (transfer !== undefined) {
        this.#client.request('file.abort', { transfer, discard: cause.code === 'cancelled' }).catch(() => {});
      }
      report(cause.code === 'cancelled' ? 'cancelled' : 'failed', stored, cause);
      throw cause;
    }
  }

  /** Sends from `offset` until everything is stored, or until a pause or a change of line. */
  async #send(
    source: FileSource,
    transfer: number,
    offset: number,
    control: { paused: boolean; abort: AbortController },
    onStored: (storedBytes: number) => void,
  ): Promise<'stored' | 'interrupted'> {
    const sending: Sending = {
      transfer,
      storedBytes: offset,
      sentBytes: offset,
      allowedBytes: offset,
      underWay: [],
      closedByMaster: false,
    };
    const line = this.#lineNumber;
    let told = offset;
    this.#sendings.add(sending);
    const early = this.#earlyCredits.get(transfer);
    this.#earlyCredits.delete(transfer);
    if (early) this.#onCredit(early);
    try {
      while (sending.storedBytes < source.sizeBytes) {
        this.#throwIfAborted(control, source);
        if (sending.storedBytes > told) onStored((told = sending.storedBytes));
        if (line !== this.#lineNumber || control.paused) return 'interrupted';
        if (sending.closedByMaster)
          throw new PutError('transfer-unknown', `the master closed the transfer of ${source.name}`, { transfer });
        const windowBytes = this.windowBytes;
        const wanted = Math.min(chunkBytesFor(windowBytes), source.sizeBytes - sending.sentBytes, this.#cap.burstBytes);
        const room = Math.min(wanted, sending.allowedBytes - sending.sentBytes, windowBytes - this.#underWayBytes);
        // A remnant of the window would leave as a packet that is mostly heads: better wait until a whole chunk has room.
        if (room <= 0 || (room < wanted && this.#underWayBytes > 0) || !this.#client.fileLaneWritable) {
          await this.#change();
          continue;
        }
        const waitMs = this.#cap.waitMs(room, this.#clock.steadyMs());
        if (waitMs > 0) {
          const stop = this.#clock.setTimer(waitMs, () => this.#wakeAll());
          await this.#change().finally(stop);
          continue;
        }
        this.#cap.take(room);
        this.#underWayBytes += room;
        const chunk = { endsAt: sending.sentBytes + room, bytes: room, sentAtMs: 0 };
        sending.underWay.push(chunk);
        const at = sending.sentBytes;
        sending.sentBytes += room;
        const bytes = await source.read(at, room);
        if (line !== this.#lineNumber) return 'interrupted';
        chunk.sentAtMs = this.#clock.steadyMs();
        this.#client.sendFileData(transfer, at, bytes);
      }
      if (sending.storedBytes > told) onStored(sending.storedBytes);
      return 'stored';
    } finally {
      this.#sendings.delete(sending);
      for (const chunk of sending.underWay) this.#underWayBytes -= chunk.bytes;
      this.#wakeAll();
    }
  }

  #onCredit(credit: FileCredit): void {
    const { transfer, stored, allowed } = credit;
    let known = false;
    for (const sending of this.#sendings) {
      if (sending.transfer !== transfer) continue;
      known = true;
      sending.closedByMaster = stored === 0 && allowed === 0;
      sending.allowedBytes = Math.max(sending.allowedBytes, allowed);
      sending.storedBytes = Math.max(sending.storedBytes, Math.min(stored, sending.sentBytes));
      this.#confirm(sending, credit);
    }
    if (!known) {
      this.#earlyCredits.set(transfer, credit);
      for (const oldest of this.#earlyCredits.keys()) {
        if (this.#earlyCredits.size <= MOST_EARLY_CREDITS) break;
        this.#earlyCredits.delete(oldest);
      }
    }
    this.#wakeAll();
  }

  /** Takes what is stored off what is under way, and learns from it how the line is. */
  #confirm(sending: Sending, { stored, arrivedAtMs }: FileCredit): void {
    const underWayBytes = this.#underWayBytes;
    let bytes = 0;
    let sentAtMs = 0;
    for (let chunk = sending.underWay[0]; chunk && chunk.endsAt <= stored; chunk = sending.underWay[0]) {
      sending.underWay.shift();
      bytes += chunk.bytes;
      sentAtMs = chunk.sentAtMs;
    }
    this.#underWayBytes -= bytes;
    if (sentAtMs === 0) return;
    const nowMs = this.#clock.steadyMs();
    this.#window = widenOrNarrow(this.#window, { sentAtMs, arrivedAtMs, nowMs, bytes, underWayBytes });
  }

  #throwIfAborted(control: { abort: AbortController }, source: FileSource): void {
    if (control.abort.signal.aborted) throw new PutError('cancelled', `the upload of ${source.name} was cancelled`);
    this.#throwIfOver();
  }

  #throwIfOver(): void {
    const { state } = this.#client;
    if (state.kind === 'failed') throw state.cause;
    if (state.kind === 'closed') throw new PutError('session-closed', 'the session was closed');
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.add(resolve));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = new Set();
    for (const wake of waiting) wake();
  }
}
