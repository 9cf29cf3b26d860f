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
  #closeTold = false;
  #full = false;
  /** No more bytes leave or arrive here. */
  closed = false;
  /** What is under way from here is lost. */
  destroyed = false;
  sentBytes = 0;
  underWayBytes = 0;
  /** When the last byte sent from here arrives; nothing overtakes it, as in TCP. */
  lastArrivalMs = 0;
  /** When the last byte sent from here has left, at the line's rate. */
  freeAtMs = 0;
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
    const { fullBytes } = this.#wire.options;
    if (fullBytes !== undefined && this.underWayBytes > fullBytes) this.#full = true;
    return !this.#full;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wire.later(() => this.#flush());
  }

  end(): void {
    this.#finish(undefined);
  }

  destroy(): void {
    this.destroyed = true;
    this.#finish(new PutError('line-lost', 'the other end destroyed the wire'));
  }

  /** `peerHears`: what the peer is told after the bytes under way; undefined is a clean end. */
  #finish(peerHears: PutError | undefined): void {
    if (this.closed) return;
    this.closed = true;
    const { peer } = this;
    this.#wire.afterBytes(this, () => peer?.notice(peerHears));
    this.#wire.later(() => this.#tellClose(undefined));
  }

  #tellClose(error: PutError | undefined): void {
    if (this.#closeTold) return;
    this.#closeTold = true;
    this.#handlers.onClose(error);
  }

  deliver(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#queue.push(bytes);
    this.#flush();
  }

  notice(error: PutError | undefined): void {
    if (this.closed || this.#closeNotice) return;
    this.#closeNotice = { error };
    this.#flush();
  }

  carried(bytes: number): void {
    this.underWayBytes -= bytes;
    const { fullBytes } = this.#wire.options;
    if (!this.#full || this.underWayBytes > (fullBytes ?? Infinity) / 2) return;
    this.#full = false;
    if (!this.closed) this.#handlers.onDrain();
  }

  #flush(): void {
    while (!this.#paused && !this.closed && this.#hasHandlers && this.#queue.length > 0) {
      const bytes = this.#queue.shift();
      if (bytes) this.#handlers.onData(bytes);
    }
    if (this.#closeNotice && this.#hasHandlers && !this.#paused && !this.closed) {
      this.closed = true;
      this.#tellClose(this.#closeNotice.error);
    }
  }
}

/** How an in-memory wire treats bytes; every member may be changed while it is used. */
export interface WireOptions {
  /** One way, in ms of the clock. */
  latencyMs: number;
  /** Bytes each direction carries in a ms; absent: any number. */
  bytesPerMs?: number | undefined;
  /** Cuts what is sent into pieces of at most this many bytes; absent: as sent. */
  pieceBytes?: number | undefined;
  /** `send` answers false while more bytes than this are under way from that end; absent: never. */
  fullBytes?: number | undefined;
}

/** Two transports joined in memory over a given clock, with latency, any cut of the stream, and a line that can be cut. */
export class Wire {
  readonly options: WireOptions;
  readonly client: Transport;
  readonly server: Transport;
  readonly #clock: Clock;
  readonly #ends: readonly [WireEnd, WireEnd];
  #cut = false;
  #bytesUntilCut = Infinity;
  #cutSilently = false;

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

  get isCut(): boolean {
    return this.#cut;
  }

  /** Nothing is sent or taken at either end any more. */
  get isClosed(): boolean {
    return this.#cut || this.#ends.every((end) => end.closed);
  }

  /** Cuts the line: what is under way is lost. Both ends hear it, or none (`silent`: packets just vanish). */
  cut(options: { silent: boolean } = { silent: false }): void {
    this.#cut = true;
    if (options.silent) return;
    for (const end of this.#ends) this.later(() => end.notice(new PutError('line-lost', 'the wire was cut')));
  }

  /** Cuts the line at a byte: after `count` more bytes, both directions counted together, have arrived. */
  cutAfterBytes(count: number, options: { silent: boolean } = { silent: false }): void {
    this.#bytesUntilCut = count;
    this.#cutSilently = options.silent;
  }

  later(work: () => void): void {
    this.#clock.setTimer(0, work);
  }

  /** Runs `work` when everything sent from that end so far has arrived; never on a cut line. */
  afterBytes(from: WireEnd, work: () => void): void {
    this.#arrive(from, () => {
      if (!this.#cut) work();
    });
  }

  carry(from: WireEnd, bytes: Uint8Array): void {
    if (this.#cut) return;
    const { pieceBytes, bytesPerMs } = this.options;
    const step = Math.max(1, pieceBytes ?? bytes.length);
    for (let at = 0; at < bytes.length; at += step) {
      const piece = new Uint8Array(bytes.subarray(at, at + step));
      from.underWayBytes += piece.length;
      if (bytesPerMs !== undefined)
        from.freeAtMs = Math.max(from.freeAtMs, this.#clock.steadyMs()) + piece.length / bytesPerMs;
      this.#arrive(from, () => this.#deliver(from, piece));
    }
  }

  #deliver(from: WireEnd, piece: Uint8Array): void {
    if (this.#cut || from.destroyed) return;
    if (piece.length < this.#bytesUntilCut) {
      this.#bytesUntilCut -= piece.length;
      from.peer?.deliver(piece);
      from.carried(piece.length);
      return;
    }
    const last = piece.subarray(0, this.#bytesUntilCut);
    this.cut({ silent: this.#cutSilently });
    if (last.length > 0) from.peer?.deliver(last);
  }

  #arrive(from: WireEnd, work: () => void): void {
    const now = this.#clock.steadyMs();
    from.lastArrivalMs = Math.max(from.lastArrivalMs, Math.max(now, from.freeAtMs) + this.options.latencyMs);
    this.#clock.setTimer(from.lastArrivalMs - now, work);
  }
}
