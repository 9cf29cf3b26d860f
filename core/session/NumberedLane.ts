import { PutError } from '../protocol/errors.ts';
import { HEAD_BYTES, type Channel } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';

/** Highest number a message can have; the field has 32 bits and does not wrap: at 1,000 messages a second it lasts 49 days. */
export const LAST_SEQUENCE = 0xffff_ffff;

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
  #lastSent: number;
  #acknowledged = 0;
  #received = 0;
  #pending: PendingMessage[] = [];
  #pendingBytes = 0;

  /** `firstSequence`: number of the first message, for a test of the last ones. */
  constructor(options: { firstSequence: number } = { firstSequence: 1 }) {
    this.#lastSent = options.firstSequence - 1;
    this.#acknowledged = this.#lastSent;
  }

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

  /** Bytes kept for the peer, heads included, so that empty messages count too. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * Numbers a message and keeps it. Throws `queue-full` when too much waits for acknowledgement, and `session-closed` when
   * the numbers are used up; nothing is kept then.
   */
  enqueue(channel: Channel, flags: number, body: Uint8Array): PendingMessage {
    const bytes = HEAD_BYTES + body.length;
    if (this.#pendingBytes + bytes > LIMITS.unacknowledgedBytes) {
      throw new PutError(
        'queue-full',
        `${this.#pendingBytes} bytes wait for acknowledgement; ${LIMITS.unacknowledgedBytes} may`,
      );
    }
    if (this.#lastSent >= LAST_SEQUENCE) {
      throw new PutError(
        'session-closed',
        `all ${LAST_SEQUENCE} message numbers of this session are used; sign in again`,
      );
    }
    const message: PendingMessage = { sequence: ++this.#lastSent, channel, flags, body };
    this.#pending.push(message);
    this.#pendingBytes += bytes;
    return message;
  }

  /** The peer has everything up to `sequence`. Throws `frame-out-of-order` for a number never sent. */
  acknowledge(sequence: number): void {
    if (sequence > this.#lastSent) {
      throw new PutError(
        'frame-out-of-order',
        `the peer acknowledges ${sequence}; ${this.#lastSent} was the last sent`,
        { sequence },
      );
    }
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    let done = 0;
    for (const message of this.#pending) {
      if (message.sequence > sequence) break;
      this.#pendingBytes -= HEAD_BYTES + message.body.length;
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
      throw new PutError('frame-out-of-order', `message ${sequence} came after ${this.#received}`, {
        sequence,
        received: this.#received,
      });
    }
    this.#received = sequence;
    return true;
  }

  /** What must be sent again on a new line, given the highest number the peer says it has. Throws `frame-out-of-order` when that cannot be true. */
  replayAfter(peerReceived: number): readonly PendingMessage[] {
    if (peerReceived < this.#acknowledged) {
      throw new PutError(
        'frame-out-of-order',
        `the peer has up to ${peerReceived} only, but acknowledged ${this.#acknowledged} before`,
        { peerReceived },
      );
    }
    this.acknowledge(peerReceived);
    return [...this.#pending];
  }
}
