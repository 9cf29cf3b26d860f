import type { FileClient, Upload, UploadProgress } from '../client/FileClient.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { Clock, Random } from '../session/ports.ts';
import type { ChosenFile } from './ports.ts';
import type { TransferView } from './state.ts';
import { newId } from '../session/newId.ts';

/** Uploads that run at once; more would only share the same line. */
const AT_ONCE = 3;
/** Speed is the mean over this long. */
const SPEED_WINDOW_MS = 4_000;
/** Least time between two reports of one transfer. */
const REPORT_MS = 250;

interface Transfer {
  readonly file: ChosenFile;
  view: TransferView;
  upload?: Upload | undefined;
  /** Set before its file is opened, so that no more run than may. */
  running: boolean;
  /** Set by cancel and by pause before the upload started. */
  dropped: boolean;
  held: boolean;
  samples: { atMs: number; bytes: number }[];
  reportedAtMs: number;
}

/** The uploads of one system: a queue with a few at once; progress goes out through `onView`. */
export class TransferQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onView: (transferId: string, view: TransferView | undefined) => void;
  readonly #transfers = new Map<string, Transfer>();
  #client: FileClient | undefined;

  constructor(options: {
    clock: Clock;
    random: Random;
    onView: (transferId: string, view: TransferView | undefined) => void;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#onView = options.onView;
  }

  /** The client to send through from now on; undefined while signed out (what waits keeps waiting). */
  useClient(client: FileClient | undefined): void {
    this.#client = client;
    this.#startNext();
  }

  /** `left`: how an earlier run of the program left them. */
  add(files: readonly ChosenFile[], left: Partial<Pick<TransferView, 'state' | 'cause' | 'endedAtMs'>> = {}): string[] {
    const ids = files.map((file) => {
      this.#replaceLeftOf(file.name);
      const transferId = newId(this.#random);
      const view: TransferView = {
        transferId,
        fileName: file.name,
        ...(file.path === undefined ? {} : { localPath: file.path }),
        state: 'waiting',
        sizeBytes: 0,
        sentBytes: 0,
        bytesPerSecond: 0,
        startedAtMs: this.#clock.nowMs(),
        ...left,
      };
      this.#transfers.set(transferId, {
        file,
        view,
        running: false,
        dropped: false,
        held: false,
        samples: [],
        reportedAtMs: 0,
      });
      this.#onView(transferId, view);
      return transferId;
    });
    this.#startNext();
    return ids;
  }

  pause(transferId: string): void {
    const transfer = this.#known(transferId);
    if (transfer.upload) transfer.upload.pause();
    else if (transfer.running) transfer.held = true;
    else if (transfer.view.state === 'waiting') this.#show(transfer, { state: 'paused' });
  }

  resume(transferId: string): void {
    const transfer = this.#known(transferId);
    transfer.held = false;
    if (transfer.upload) transfer.upload.resume();
    else if (transfer.view.state === 'paused' || transfer.view.state === 'failed') {
      this.#show(transfer, { state: 'waiting', cause: undefined, endedAtMs: undefined });
      this.#startNext();
    }
  }

  cancel(transferId: string): void {
    const transfer = this.#known(transferId);
    transfer.dropped = true;
    if (transfer.upload) transfer.upload.cancel();
    else this.#show(transfer, { state: 'cancelled', endedAtMs: this.#clock.nowMs() });
  }

  /** Takes ended transfers off the list. */
  clear(): void {
    for (const [transferId, { view }] of this.#transfers) {
      if (view.state === 'done' || view.state === 'failed' || view.state === 'cancelled') {
        this.#transfers.delete(transferId);
        this.#onView(transferId, undefined);
      }
    }
  }

  /** A file whose page went away was chosen again: the line of before says nothing any more. */
  #replaceLeftOf(fileName: string): void {
    for (const [transferId, { view }] of this.#transfers) {
      if (view.fileName !== fileName || view.state !== 'failed' || view.cause?.code !== 'file-out-of-reach') continue;
      this.#transfers.delete(transferId);
      this.#onView(transferId, undefined);
    }
  }

  #known(transferId: string): Transfer {
    const transfer = this.#transfers.get(transferId);
    if (!transfer) throw new PutError('transfer-unknown', `there is no transfer ${transferId} here`);
    return transfer;
  }

  #show(transfer: Transfer, change: Partial<TransferView>): void {
    transfer.view = { ...transfer.view, ...change };
    this.#onView(transfer.view.transferId, transfer.view);
  }

  #startNext(): void {
    const client = this.#client;
    if (!client) return;
    let running = [...this.#transfers.values()].filter((transfer) => transfer.running).length;
    for (const transfer of this.#transfers.values()) {
      if (running >= AT_ONCE) return;
      if (transfer.view.state !== 'waiting' || transfer.running) continue;
      running++;
      transfer.running = true;
      void this.#run(transfer, client);
    }
  }

  async #run(transfer: Transfer, client: FileClient): Promise<void> {
    this.#show(transfer, { state: 'hashing' });
    try {
      const source = await transfer.file.open();
      this.#show(transfer, { sizeBytes: source.sizeBytes });
      transfer.upload = client.upload(source, (progress) => this.#onProgress(transfer, progress));
      if (transfer.held) transfer.upload.pause();
      if (transfer.dropped) transfer.upload.cancel();
      await transfer.upload.done;
      this.#show(transfer, {
        state: 'done',
        sentBytes: transfer.view.sizeBytes,
        endedAtMs: this.#clock.nowMs(),
        cause: undefined,
      });
    } catch (error) {
      const cause = reportOf(error);
      this.#show(transfer, {
        state: cause.code === 'cancelled' ? 'cancelled' : 'failed',
        bytesPerSecond: 0,
        endedAtMs: this.#clock.nowMs(),
        cause,
      });
    } finally {
      transfer.upload = undefined;
      transfer.running = false;
      transfer.held = false;
      this.#startNext();
    }
  }

  #onProgress(transfer: Transfer, progress: UploadProgress): void {
    if (progress.state === 'done' || progress.state === 'failed' || progress.state === 'cancelled') return;
    const now = this.#clock.steadyMs();
    transfer.samples.push({ atMs: now, bytes: progress.storedBytes });
    while (transfer.samples[0] && now - transfer.samples[0].atMs > SPEED_WINDOW_MS) transfer.samples.shift();
    if (progress.state === transfer.view.state && now - transfer.reportedAtMs < REPORT_MS) return;
    transfer.reportedAtMs = now;
    const first = transfer.samples[0];
    const elapsedMs = first ? now - first.atMs : 0;
    const bytesPerSecond =
      first && elapsedMs > 0 ? Math.max(0, Math.round(((progress.storedBytes - first.bytes) * 1000) / elapsedMs)) : 0;
    this.#show(transfer, {
      state: progress.state,
      sentBytes: progress.storedBytes,
      bytesPerSecond: progress.state === 'sending' ? bytesPerSecond : 0,
    });
  }
}
