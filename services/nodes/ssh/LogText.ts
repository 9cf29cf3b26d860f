import { isUtf8 } from 'node:buffer';
import type { LogSink } from '../NodePort.ts';

/** Signs that are passed on at a time. */
const CHUNK_BYTES = 64 * 1024;

/** How many of the last bytes are the beginning of a sign that is not there as a whole yet. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}

/** Text of as many bytes as came: a byte that is no UTF-8 becomes a question mark, so that offsets stay those of the log. */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    const sign = bytes.subarray(at, at + length);
    const whole = sign.length === length && isUtf8(sign);
    text += whole ? sign.toString('utf8') : '?';
    at += whole ? length : 1;
  }
  return text;
}

/** Makes text of the bytes of a log and passes it on in bounded chunks with their offsets, up to an offset where one is given. */
export class LogText {
  readonly #sink: LogSink;
  readonly #end: number;
  #offset: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(offset: number, sink: LogSink, end = Infinity) {
    this.#offset = offset;
    this.#sink = sink;
    this.#end = end;
  }

  /** It has come to its last offset: nothing more is passed on. */
  get isFull(): boolean {
    return this.#offset >= this.#end;
  }

  take(bytes: Buffer): void {
    const room = this.#end - this.#offset - this.#rest.length;
    if (room <= 0) return;
    this.#take(bytes.subarray(0, Math.min(room, bytes.length)));
    if (bytes.length >= room) this.end();
  }

  #take(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const ready = all.length - unfinished(all);
    this.#rest = all.subarray(ready);
    for (let at = 0; at < ready;) {
      const piece = all.subarray(at, Math.min(ready, at + CHUNK_BYTES));
      const whole = piece.length < CHUNK_BYTES ? piece : piece.subarray(0, piece.length - unfinished(piece));
      this.#pass(whole);
      at += whole.length;
    }
  }

  /** The log has ended; a sign that is not whole will not be. */
  end(): void {
    if (this.#rest.length > 0) this.#pass(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  #pass(bytes: Buffer): void {
    this.#sink.onChunk(this.#offset, textOf(bytes));
    this.#offset += bytes.length;
  }
}
