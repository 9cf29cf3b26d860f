import { PutError } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { FileCaller, Handlers, Service } from '../../services/service.ts';

const WINDOW_BYTES = 64 * 1024;

/** A File service that keeps what comes in memory: one transfer a file, bound to the connection that began it. */
export class MemoryFiles {
  readonly #clock: Clock;
  readonly #parts = new Map<string, number[]>();
  readonly #transfers = new Map<number, { name: string; sizeBytes: number; caller: FileCaller }>();
  #lastTransfer = 0;
  /** Finished files, and how often each was finished. */
  readonly finished = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  bytesOf(name: string): readonly number[] {
    return this.#parts.get(name) ?? [];
  }

  readonly handlers: Handlers = {
    'file.begin': ({ name, sizeBytes }, caller) => {
      const part = this.#parts.get(name) ?? [];
      this.#parts.set(name, part);
      if (this.finished.has(name)) return { transfer: 0, offset: sizeBytes, complete: true };
      for (const [number, other] of this.#transfers) if (other.name === name) this.#transfers.delete(number);
      const transfer = ++this.#lastTransfer;
      this.#transfers.set(transfer, { name, sizeBytes, caller });
      this.#clock.setTimer(0, () => this.#credit(transfer));
      return { transfer, offset: part.length, complete: false };
    },
    'file.finish': ({ transfer }, caller) => {
      const { name, sizeBytes } = this.#of(transfer, caller);
      if (this.bytesOf(name).length !== sizeBytes) throw new PutError('message-invalid', `${name} is not complete`);
      this.#transfers.delete(transfer);
      this.finished.set(name, (this.finished.get(name) ?? 0) + 1);
      return { name, sha256: 'ab'.repeat(32) };
    },
    'file.abort': () => ({}),
  };

  readonly fileData: NonNullable<Service['fileData']> = (caller, transfer, offset, bytes) => {
    const part = this.#parts.get(this.#of(transfer, caller).name) ?? [];
    if (offset !== part.length)
      throw new PutError('message-invalid', `bytes at ${offset} where ${part.length} are due`);
    part.push(...bytes);
    this.#credit(transfer);
    return Promise.resolve();
  };

  readonly callerGone = (sessionId: string): void => {
    for (const [number, { caller }] of this.#transfers)
      if (caller.sessionId === sessionId) this.#transfers.delete(number);
  };

  #of(transfer: number, caller: FileCaller): { name: string; sizeBytes: number } {
    const open = this.#transfers.get(transfer);
    if (!open || open.caller.sessionId !== caller.sessionId)
      throw new PutError('transfer-unknown', `transfer ${transfer} is not open on this connection`);
    return open;
  }

  #credit(transfer: number): void {
    const open = this.#transfers.get(transfer);
    if (!open) return;
    const stored = this.bytesOf(open.name).length;
    open.caller.sendFileCredit(
      transfer,
      stored,
      Math.min(open.sizeBytes, stored + WINDOW_BYTES),
      this.#clock.steadyMs(),
    );
  }
}
