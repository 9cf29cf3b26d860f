import { PutError } from '../protocol/errors.ts';
import type { Channel } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';

/** A message sent and not yet acknowledged. */
export interface PendingMessage {
  readonly sequence: number;
  readonly channel: Channel;
  readonly flags: number;
  readonly body: Uint8Array;
}

/**
 * The numbered lane of one end: numbers what is sent, keeps it until the peer acknowledges, and judges what is received, so
 * that after any number of cuts every message arrives once and in order. No input or output.
 */
export class NumberedLane {
  #lastSent = 0;
  #acknowledged = 0;
  #received = 0;
  #pending: PendingMessage[] = [];
  #pendingBytes = 0;

  /** Highest number received in order. */
  get received(): number {
    return this.#received;
  }

  /** Highest number that the peer acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get lastSent(): number {
    return this.#lastSent;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Numbers a message and keeps it. Throws `queue-full` when too much waits for acknowledgement; nothing is kept then. */
  enqueue(channel: Channel, flags: number, body: Uint8Array): PendingMessage {
    if (this.#pendingBytes + body.length > LIMITS.unacknowledgedBytes) {
      throw new PutError('queue-full', `${this.#pendingBytes} bytes wait for acknowledgement; ${LIMITS.unacknowledgedBytes} may`);
    }
    const message: PendingMessage = { sequence: ++this.#lastSent, channel, flags, body };
    this.#pending.push(message);
    this.#pendingBytes += body.length;
    return message;
  }

  /** The peer has everything up to `sequence`. Throws `frame-out-of-order` for a number never sent. */
  acknowledge(sequence: number): void {
    if (sequence > this.#lastSent) {
      throw new PutError('frame-out-of-order', `the peer acknowledges ${sequence}; ${this.#lastSent} was the last sent`, { sequence });
    }
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    let done = 0;
    for (const message of this.#pending) {
      if (message.sequence > sequence) break;
      this.#pendingBytes -= message.body.length;
      done++;
    }
    this.#pending.splice(0, done);
  }

  /** True: deliver it. False: it came before, drop it. Throws `frame-out-of-order` for a gap. */
  accept(sequence: number): boolean {
    if (sequence <= this.#received) {
      if (sequence === 0) throw new PutError('frame-out-of-order', 'a message without a number');
      return false;
    }
    if (sequence !== this.#received + 1) {
      throw new PutError('frame-out-of-order', `message ${sequence} came after ${this.#received}`, { sequence, received: this.#received });
    }
    this.#received = sequence;
    return true;
  }

  /** What must be sent again on a new line, given the highest number the peer says it has. */
  replayAfter(peerReceived: number): readonly PendingMessage[] {
    this.acknowledge(peerReceived);
    if (peerReceived < this.#acknowledged) {
      throw new PutError('frame-out-of-order', `the peer has up to ${peerReceived} only, but acknowledged ${this.#acknowledged} before`, { peerReceived });
    }
    return this.#pending;
  }
}
