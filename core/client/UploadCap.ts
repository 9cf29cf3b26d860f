/** Share of a second that may leave at once: short enough for an even stream, long enough for a whole chunk on most lines. */
const BURST_SECONDS = 0.25;
/** A burst that may always leave: with less, packets would be mostly heads. */
const LEAST_BURST_BYTES = 1_024;

/** Least cap that can be set, in bytes a second: below it even a cert list would take minutes. */
export const LEAST_UPLOAD_CAP = 1_000;

/**
 * How many bytes of files a second may leave together, by a person's word: a bucket that fills at the cap and holds one burst. Pure: steady times in ms
 * come in.
 */
export class UploadCap {
  #bytesPerSecond: number | undefined;
  #heldBytes = 0;
  #atMs = 0;

  /** Counts from now on; undefined: as much as the line carries. */
  set(bytesPerSecond: number | undefined, nowMs: number): void {
    this.#fill(nowMs);
    this.#bytesPerSecond = bytesPerSecond;
    this.#heldBytes = Math.min(this.#heldBytes, this.burstBytes);
  }

  /** The most that leaves at once. */
  get burstBytes(): number {
    return this.#bytesPerSecond === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(LEAST_BURST_BYTES, Math.floor(this.#bytesPerSecond * BURST_SECONDS));
  }

  /** How long to wait until `bytes` (at most a burst) may leave; 0: now. */
  waitMs(bytes: number, nowMs: number): number {
    this.#fill(nowMs);
    if (this.#bytesPerSecond === undefined || this.#heldBytes >= bytes) return 0;
    return Math.ceil(((bytes - this.#heldBytes) * 1_000) / this.#bytesPerSecond);
  }

  /** `bytes` leave now. */
  take(bytes: number): void {
    if (this.#bytesPerSecond !== undefined) this.#heldBytes -= bytes;
  }

  #fill(nowMs: number): void {
    if (this.#bytesPerSecond !== undefined) {
      const filled = this.#heldBytes + ((nowMs - this.#atMs) * this.#bytesPerSecond) / 1_000;
      this.#heldBytes = Math.min(this.burstBytes, filled);
    }
    this.#atMs = nowMs;
  }
}
