/** What stands behind a mark is short; a node that writes more there without an end of line has no fence. */
const MOST_FENCED_BYTES = 64;

/** What was read before a fence, and the rest of the fence's line where it has come. */
export interface FencedPart {
  readonly output: Buffer;
  readonly fenced?: string | undefined;
}

/** Passes on what a stream brings up to a mark, and tells the rest of the mark's line; the mark may come in pieces, and need not begin a line. */
export class FenceReader {
  readonly #mark: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  take(chunk: Buffer): FencedPart {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const at = bytes.indexOf(this.#mark);
    const end = at < 0 ? -1 : bytes.indexOf(10, at);
    const passed = at < 0 ? bytes.length - this.#begun(bytes) : at;
    this.#rest = bytes.subarray(passed);
    const output = bytes.subarray(0, passed);
    if (at >= 0 && end < 0 && bytes.length - at > this.#mark.length + MOST_FENCED_BYTES) return { output, fenced: '' };
    return end < 0 ? { output } : { output, fenced: bytes.toString('latin1', at + this.#mark.length, end) };
  }

  /** How many of the last bytes may be the beginning of the mark. */
  #begun(bytes: Buffer): number {
    for (let most = Math.min(this.#mark.length - 1, bytes.length); most > 0; most--) {
      if (bytes.subarray(bytes.length - most).equals(this.#mark.subarray(0, most))) return most;
    }
    return 0;
  }
}
