/** How many connections putservices takes. A connection is fresh until somebody signed in on it, then settled. */
export interface ConnectionLimits {
  readonly settledInAll: number;
  readonly settledPerAddress: number;
  readonly freshInAll: number;
  readonly freshPerAddress: number;
  /** A fresh one as old as this gives way to the next of its own address. */
  readonly freshKeptMs: number;
}

/**
 * A busy site has some ten clients of a few connections each, several behind one address; far below these figures. Fresh
 * ones cost a TLS handshake, a password check and some 200 KiB of memory each, so few are allowed at once. A line of 9,600 bit/s greets within 5 s.
 */
export const CONNECTION_LIMITS: ConnectionLimits = {
  settledInAll: 2000,
  settledPerAddress: 256,
  freshInAll: 128,
  freshPerAddress: 48,
  freshKeptMs: 5_000,
};

/** One admitted connection. */
export interface Admission {
  readonly address: string;
  /** Whether a new session may settle here; a session that comes back always may, since its line before goes. */
  hasRoom(): boolean;
  /** Somebody signed in: it counts as fresh no more. */
  settled(): void;
  /** It is closed. */
  left(): void;
}

interface Fresh {
  readonly address: string;
  readonly sinceMs: number;
  readonly evict: () => void;
}

interface Count {
  settled: number;
  /** Oldest first. */
  readonly fresh: Set<Fresh>;
}

/**
 * Admits connections so that a flood from one address does not keep others out: each address has its own limits, and when
 * the fresh ones are full in all, the oldest of the address with most of them gives way. Fresh and settled ones have room of
 * their own, so that strangers take none from those who signed in.
 */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #monotonicMs: () => number;
  readonly #counts = new Map<string, Count>();
  #freshInAll = 0;
  #settledInAll = 0;

  /** `monotonicMs`: a clock that is never set. */
  constructor(
    limits: ConnectionLimits = CONNECTION_LIMITS,
    monotonicMs: () => number = () => globalThis.performance.now(),
  ) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  get openConnections(): number {
    return this.#freshInAll + this.#settledInAll;
  }

  /** Admits a connection, or not. `evict` closes it when it must give way before somebody signed in. */
  admit(address: string, evict: () => void): Admission | undefined {
    const count: Count = this.#counts.get(address) ?? { settled: 0, fresh: new Set() };
    const nowMs = this.#monotonicMs();
    if (count.fresh.size >= this.#limits.freshPerAddress && !this.#evictStale(count, nowMs)) return undefined;
    if (this.#freshInAll >= this.#limits.freshInAll && !this.#makeRoom(count.fresh.size)) return undefined;
    this.#counts.set(address, count);
    const fresh: Fresh = { address, sinceMs: nowMs, evict };
    count.fresh.add(fresh);
    this.#freshInAll++;
    let state: 'fresh' | 'settled' | 'left' = 'fresh';
    const isNoMoreFresh = (): void => {
      if (count.fresh.delete(fresh)) this.#freshInAll--;
    };
    return {
      address,
      hasRoom: () => this.#settledInAll < this.#limits.settledInAll && count.settled < this.#limits.settledPerAddress,
      settled: () => {
        if (state !== 'fresh') return;
        state = 'settled';
        isNoMoreFresh();
        count.settled++;
        this.#settledInAll++;
      },
      left: () => {
        if (state === 'left') return;
        if (state === 'settled') {
          count.settled--;
          this.#settledInAll--;
        }
        state = 'left';
        isNoMoreFresh();
        if (count.settled === 0 && count.fresh.size === 0 && this.#counts.get(address) === count)
          this.#counts.delete(address);
      },
    };
  }

  /** Ends the oldest of the address where it had its time. */
  #evictStale(count: Count, nowMs: number): boolean {
    const [oldest] = count.fresh;
    if (!oldest || nowMs - oldest.sinceMs < this.#limits.freshKeptMs) return false;
    this.#evict(count, oldest);
    return true;
  }

  #makeRoom(ownFresh: number): boolean {
    let worst: Count | undefined;
    let most = ownFresh;
    for (const count of this.#counts.values()) {
      if (count.fresh.size > most) {
        most = count.fresh.size;
        worst = count;
      }
    }
    const [oldest] = worst?.fresh ?? [];
    if (!worst || !oldest) return false;
    this.#evict(worst, oldest);
    return true;
  }

  #evict(count: Count, fresh: Fresh): void {
    count.fresh.delete(fresh);
    this.#freshInAll--;
    fresh.evict();
  }
}
