import { PutError, toPutError } from './errors.ts';
import { decodeHead, HEAD_BYTES, PREFACE, type Frame, type FrameHead, type FrameType } from './frame.ts';
import { LIMITS } from './limits.ts';

type Phase = 'preface' | 'head' | 'body';

/**
 * Turns bytes into frames, in any cut. Keeps chunks and a count, joins only when a frame spans chunks, and judges each head
 * before it waits for the body. No input or output: `push` bytes in, frames out through the callback.
 *
 * `onFrame` may call `stop()`; then no further frame is delivered and bytes stay inside until `takeRest()`, which is how
 * bytes read past a handshake reach the next reader, or until `resume()`. `onFrame` is never entered twice at once: bytes
 * pushed from inside it wait for its end. After an error every further `push` throws the same error.
 */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #phase: Phase;
  #head: FrameHead | undefined;
  #error: PutError | undefined;
  #stopped = false;
  #running = false;
  readonly #onFrame: (frame: Frame) => void;
  readonly #allowed: ReadonlySet<FrameType> | undefined;

  /** `allowed`: types that may come; another known type is `handshake-expected`, judged before its body is stored. */
  constructor(
    onFrame: (frame: Frame) => void,
    options: { expectPreface: boolean; allowed?: ReadonlySet<FrameType> | undefined },
  ) {
    this.#onFrame = onFrame;
    this.#allowed = options.allowed;
    this.#phase = options.expectPreface ? 'preface' : 'head';
  }

  /** Bytes stored and not yet delivered, the head of a half-read frame included. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes bytes in; throws a PutError (kind `protocol`) when they break the rules. */
  push(bytes: Uint8Array): void {
    if (this.#error) throw this.#error;
    if (bytes.length > 0) {
      this.#chunks.push(bytes);
      this.#heldBytes += bytes.length;
    }
    this.#deliver();
  }

  /** No further frame is delivered; call it from `onFrame` when another reader goes on, or to hold back until `resume`. */
  stop(): void {
    this.#stopped = true;
  }

  /** Goes on after `stop`: delivers what is whole already; throws like `push`. */
  resume(): void {
    if (this.#error) throw this.#error;
    this.#stopped = false;
    this.#deliver();
  }

  /** The bytes not delivered yet, for the next reader; this one is empty afterwards. A half-read frame is among them from its head on. */
  takeRest(): Uint8Array {
    if (this.#phase === 'body') this.#phase = 'head';
    return this.#take(this.#heldBytes);
  }

  #deliver(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      if (this.#chunks.length > LIMITS.chunksHeld) this.#compact();
      this.#run();
    } catch (error) {
      this.#error = toPutError(error);
      this.#chunks = [];
      this.#heldBytes = 0;
      throw this.#error;
    } finally {
      this.#running = false;
    }
  }

  #run(): void {
    while (!this.#stopped) {
      if (this.#phase === 'preface') {
        if (!this.#checkPreface()) return;
        this.#phase = 'head';
      } else if (this.#phase === 'head') {
        if (this.#heldBytes < HEAD_BYTES) return;
        const head = decodeHead(this.#peek(HEAD_BYTES));
        if (this.#allowed && !this.#allowed.has(head.type)) {
          throw new PutError(
            'handshake-expected',
            `a frame of type 0x${head.type.toString(16)} came where a greeting was due`,
            {
              type: head.type,
            },
          );
        }
        this.#head = head;
        this.#phase = 'body';
      } else {
        const head = this.#head;
        if (!head || this.#heldBytes < HEAD_BYTES + head.bodyBytes) return;
        const body = this.#take(HEAD_BYTES + head.bodyBytes).subarray(HEAD_BYTES);
        this.#phase = 'head';
        this.#head = undefined;
        const { type, flags, channel, sequence, acknowledgement } = head;
        this.#onFrame({ type, flags, channel, sequence, acknowledgement, body });
      }
    }
  }

  #checkPreface(): boolean {
    const seen = this.#peek(Math.min(this.#heldBytes, PREFACE.length));
    for (let i = 0; i < seen.length; i++) {
      if (seen[i] !== PREFACE[i]) {
        throw new PutError(
          'preface-foreign',
          `byte ${i} of the greeting is 0x${(seen[i] ?? 0).toString(16)}; the peer speaks something else`,
          { offset: i },
        );
      }
    }
    if (seen.length < PREFACE.length) return false;
    this.#take(PREFACE.length);
    return true;
  }

  #peek(count: number): Uint8Array {
    const first = this.#chunks[0];
    if (first && first.length >= count) return first.subarray(0, count);
    this.#compact();
    return (this.#chunks[0] ?? new Uint8Array(0)).subarray(0, count);
  }

  #take(count: number): Uint8Array {
    this.#heldBytes -= count;
    const first = this.#chunks[0];
    if (first && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    if (first && first.length === count) {
      this.#chunks.shift();
      return first;
    }
    const joined = new Uint8Array(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = this.#chunks[used];
      if (!chunk) throw new PutError('internal', 'frame reader counted more bytes than it holds');
      const part = chunk.subarray(0, count - filled);
      joined.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) used++;
      else this.#chunks[used] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, used);
    return joined;
  }

  #compact(): void {
    if (this.#chunks.length < 2) return;
    const joined = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [joined];
  }
}
