import { Duplex } from 'node:stream';

/** A server's end of a socket in memory: `push` is what its client sent, and what is answered is kept. */
export class MemorySocket extends Duplex {
  readonly #written: Buffer[] = [];

  /** Everything that was answered so far. */
  get answered(): Buffer {
    return Buffer.concat(this.#written);
  }

  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#written.push(Buffer.from(chunk));
    done();
  }
}
