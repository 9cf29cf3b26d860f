import type { PutError } from '../protocol/errors.ts';

/** Time, passed in so that tests move it. */
export interface Clock {
  /** Milliseconds since 1970, for showing and for files alone: a person or a time server may set it at any moment, also back. */
  nowMs(): number;
  /** Milliseconds since some moment, never set: for every difference, wait and deadline. It may stand while the machine sleeps. */
  steadyMs(): number;
  /** Calls back once after `delayMs`; the answer stops it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** What a transport tells its owner. `onClose` comes exactly once, after `end` and `destroy` too; the error is absent after a clean end. */
export interface TransportHandlers {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  onClose(error: PutError | undefined): void;
}

/** A two-way stream of bytes: TLS, WebSocket, SSH, or memory. Bytes that come before `setHandlers` are kept. */
export interface Transport {
  /** For the log: address and port. */
  readonly label: string;
  readonly port: number;
  setHandlers(handlers: TransportHandlers): void;
  /** False: full; further bytes are kept but the owner should wait for `onDrain`. */
  send(bytes: Uint8Array): boolean;
  /** Stops reading (back-pressure) until `resume` or `setHandlers`: no `onData` comes in between. */
  pause(): void;
  resume(): void;
  /** From here on bytes leave in small packets, few under way at a time: for a line that loses larger ones. */
  sendSmall?(): void;
  /** A round trip of the line was measured, in ms. */
  measured?(roundTripMs: number): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** Compression of message bodies; synchronous, since bodies are small. `decompress` throws beyond `limitBytes`. */
export interface MessageCompression {
  /** Name in the list of capabilities. */
  readonly capability: string;
  compress(body: Uint8Array): Uint8Array;
  decompress(body: Uint8Array, limitBytes: number): Uint8Array;
}
