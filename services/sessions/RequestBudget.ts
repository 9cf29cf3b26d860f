import { LIMITS } from '../../core/protocol/limits.ts';

/**
 * Bytes that open requests may hold: of one client, and of all together. A small message can unpack to megabytes, so the
 * number of open requests alone bounds no memory.
 */
export class RequestBudget {
  readonly #limitBytes: number;
  readonly #all: RequestBudget | undefined;
  #taken = 0;

  /** `all`: the budget of which this one is a part. */
  constructor(limitBytes: number = LIMITS.openRequestBytesInAll, all?: RequestBudget) {
    this.#limitBytes = limitBytes;
    this.#all = all;
  }

  /** The budget of one more client. */
  ofClient(): RequestBudget {
    return new RequestBudget(LIMITS.openRequestBytes, this);
  }

  /** Takes the bytes, or answers false and takes none. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#limitBytes || this.#all?.take(bytes) === false) return false;
    this.#taken += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
    this.#all?.give(bytes);
  }
}
