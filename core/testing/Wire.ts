import type { Clock, Transport, TransportHandlers } from '../session/ports.ts';
import { PutError } from '../protocol/errors.ts';

const NOBODY: TransportHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** One end of an in-memory wire. */
class WireEnd implements Transport {
  readonly label: string;
  readonly port: number;
  peer: WireEnd | undefined;
  #handlers: TransportHandlers = NOBODY;
  #hasHandlers = false;
  #queue: Uint8Array[] = [];
  #paused = false;
  #closeNotice: { error: PutError | undefined } | undefined;
  closed = false;
  sentBytes = 0;
  readonly #wire: Wire;

  constructor(wire: Wire, label: string, port: number) {
    this.#wire = wire;
    this.label = label;
    this.port = port;
  }

  setHandlers(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#hasHandlers = true;
    this.#paused = false;
    this.#wire.later(() => this.#flush());
  }

  send(bytes: Uint8Array): boolean {
    if (this.closed) return false;
    this.sentBytes += bytes.length;
    this.#wire.carry(this, bytes);
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wire.later(() => this.#flush());
  }

  end(): void {
    if (this.closed) return;
    this.closed = true;
    const peer = this.peer;
    this.#wire.later(() => peer?.notice(undefined));
  }

  destroy(): void {
    this.end();
  }

  deliver(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#queue.push(bytes);
    this.#flush();
  }

  notice(error: PutError | undefined): void {
    if (this.closed) return;
    this.#closeNotice = { error };
    this.#flush();
  }

  #flush(): void {
    while (!this.#paused && this.#hasHandlers && this.#queue.length > 0) {
      const bytes = this.#queue.shift();
      if (bytes) this.#handlers.onData(bytes);
    }
    if (this.#closeNotice && this.#hasHandlers && !this.#paused && !this.closed) {
      this.closed = true;
      this.#handlers.onClose(this.#closeNotice.error);
    }
  }
}

/** How an in-memory wire treats bytes; every member may be changed while it is used. */
export interface WireOptions {
  /** One way, in ms of the clock. */
  latencyMs: number;
  /** Cuts what is sent into pieces of at most this many bytes; absent: as sent. */
  pieceBytes?: number | undefined;
}

/** Two transports joined in memory over a given clock, with latency, any cut of the stream, and a line that can be cut. */
export class Wire {
  readonly options: WireOptions;
  readonly client: Transport;
  readonly server: Transport;
  readonly #clock: Clock;
  readonly #ends: readonly [WireEnd, WireEnd];
  #cut = false;

  constructor(clock: Clock, options: WireOptions = { latencyMs: 0 }, port = 9000) {
    this.#clock = clock;
    this.options = options;
    const client = new WireEnd(this, `memory:${port}`, port);
    const server = new WireEnd(this, 'memory:client', port);
    client.peer = server;
    server.peer = client;
    this.#ends = [client, server];
    this.client = client;
    this.server = server;
  }

  /** Bytes that the client's end sent. */
  get clientSentBytes(): number {
    return this.#ends[0].sentBytes;
  }

  get serverSentBytes(): number {
    return this.#ends[1].sentBytes;
  }

  /** Cuts the line: what is under way is lost. Both ends hear it, or none (`silent`: packets just vanish). */
  cut(options: { silent: boolean } = { silent: false }): void {
    this.#cut = true;
    if (options.silent) return;
    for (const end of this.#ends) this.later(() => end.notice(new PutError('line-lost', 'the wire was cut')));
  }

  later(work: () => void): void {
    this.#clock.setTimer(0, work);
  }

  carry(from: WireEnd, bytes: Uint8Array): void {
    if (this.#cut) return;
    const step = this.options.pieceBytes ?? bytes.length;
    for (let at = 0; at < bytes.length || at === 0; at += Math.max(1, step)) {
      const piece = bytes.slice(at, at + Math.max(1, step));
      this.#clock.setTimer(this.options.latencyMs, () => {
        if (!this.#cut) from.peer?.deliver(piece);
      });
    }
  }
}
