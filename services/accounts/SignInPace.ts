/** Failures of a user from an address, or from an address in all, that are let pass without a wait. */
const FREE_FAILURES = 3;
/** An address that tries many users is slowed after so many failures in all. */
const FREE_FAILURES_OF_ADDRESS = 20;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Failures are forgotten after this. */
const FORGOTTEN_MS = 15 * 60_000;
/** Pairs remembered; the oldest goes first. */
const REMEMBERED = 20_000;
/** A user who signed in from an address within this is not slowed by what others do there. */
const KNOWN_MS = 24 * 3_600_000;

interface Failures {
  count: number;
  lastMs: number;
}

/**
 * Slows password guessing down: after some failures each further attempt of the user from the address has to wait twice as
 * long as the one before. Others are not kept out: a user is slowed only at the address that guesses, and one who signed in
 * from there before only by failures of the own name. Pure; time comes in.
 */
export class SignInPace {
  readonly #failures = new Map<string, Failures>();
  /** When a user last signed in from an address. */
  readonly #known = new Map<string, number>();

  /** Ms to wait before the next attempt counts; 0: now. */
  waitMs(user: string, address: string, nowMs: number): number {
    const ofPair = this.#waitOf(pairKey(user, address), FREE_FAILURES, nowMs);
    if (this.isKnown(user, address, nowMs)) return ofPair;
    return Math.max(ofPair, this.#waitOf(addressKey(address), FREE_FAILURES_OF_ADDRESS, nowMs));
  }

  /** Whether the user signed in from the address within a day. */
  isKnown(user: string, address: string, nowMs: number): boolean {
    const knownMs = this.#known.get(pairKey(user, address));
    return knownMs !== undefined && nowMs - knownMs < KNOWN_MS;
  }

  /** An attempt begins: it counts as failed until `succeeded` says otherwise, so that attempts at the same moment all count. */
  attempted(user: string, address: string, nowMs: number): void {
    for (const key of [pairKey(user, address), addressKey(address)]) {
      const count = (this.#current(key, nowMs)?.count ?? 0) + 1;
      this.#failures.delete(key);
      this.#failures.set(key, { count, lastMs: nowMs });
    }
    forgetOldest(this.#failures);
  }

  /** The attempt was right: the user's failures from there are forgotten, the address has one less. */
  succeeded(user: string, address: string, nowMs: number): void {
    const pair = pairKey(user, address);
    this.#failures.delete(pair);
    this.#known.delete(pair);
    this.#known.set(pair, nowMs);
    forgetOldest(this.#known);
    const ofAddress = this.#failures.get(addressKey(address));
    if (!ofAddress) return;
    if (ofAddress.count <= 1) this.#failures.delete(addressKey(address));
    else ofAddress.count--;
  }

  #waitOf(key: string, free: number, nowMs: number): number {
    const failures = this.#current(key, nowMs);
    if (!failures || failures.count < free) return 0;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(30, failures.count - free));
    return Math.max(0, failures.lastMs + waitMs - nowMs);
  }

  #current(key: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(key);
    if (failures && nowMs - failures.lastMs >= FORGOTTEN_MS) {
      this.#failures.delete(key);
      return undefined;
    }
    return failures;
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= REMEMBERED) break;
    map.delete(key);
  }
}

const pairKey = (user: string, address: string): string => `pair ${address} ${user}`;
const addressKey = (address: string): string => `address ${address}`;
