/** How many connections putservices takes. A connection counts before its greeting (`fresh`) and after. */
export interface ConnectionLimits {
  readonly inAll: number;
  readonly perAddress: number;
  readonly freshInAll: number;
  readonly freshPerAddress: number;
}

/**
 * A busy site has some ten clients of a few connections each, several behind one address; far below these figures. Fresh
 * ones cost a TLS handshake and a password check, so few are allowed at once.
 */
export const CONNECTION_LIMITS: ConnectionLimits = {
  inAll: 2000,
  perAddress: 256,
  freshInAll: 256,
  freshPerAddress: 48,
};

/** One admitted connection. */
export interface Admission {
  readonly address: string;
  /** The greeting is over: it counts as fresh no more. */
  settled(): void;
  /** It is closed. */
  left(): void;
}

interface Fresh {
  readonly address: string;
  readonly evict: () => void;
}

interface Count {
  all: number;
  fresh: number;
}

/**
 * Admits connections so that a flood from one address does not keep others out: each address has its own limits, and when
 * the fresh ones are full in all, the oldest of the address with most of them gives way.
 */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #counts = new Map<string, Count>();
  readonly #fresh = new Set<Fresh>();
  #all = 0;

  constructor(limits: ConnectionLimits = CONNECTION_LIMITS) {
    this.#limits = limits;
  }

  get openConnections(): number {
    return this.#all;
  }

  /** Admits a connection, or not. `evict` closes it when it must give way before its greeting is over. */
  admit(address: string, evict: () => void): Admission | undefined {
    const count = this.#counts.get(address) ?? { all: 0, fresh: 0 };
    if (count.all >= this.#limits.perAddress || count.fresh >= this.#limits.freshPerAddress) return undefined;
    if (this.#all >= this.#limits.inAll) return undefined;
    if (this.#fresh.size >= this.#limits.freshInAll && !this.#makeRoom(count.fresh)) return undefined;
    this.#counts.set(address, count);
    const fresh: Fresh = { address, evict };
    this.#fresh.add(fresh);
    count.all++;
    count.fresh++;
    this.#all++;
    let open = true;
    const settled = (): void => {
      if (this.#fresh.delete(fresh)) count.fresh--;
    };
    return {
      address,
      settled,
      left: () => {
        if (!open) return;
        open = false;
        settled();
        count.all--;
        this.#all--;
        if (count.all === 0 && this.#counts.get(address) === count) this.#counts.delete(address);
      },
    };
  }

  #makeRoom(ownFresh: number): boolean {
    let worst: string | undefined;
    let most = ownFresh;
    for (const [address, count] of this.#counts) {
      if (count.fresh > most) {
        most = count.fresh;
        worst = address;
      }
    }
    if (worst === undefined) return false;
    for (const fresh of this.#fresh) {
      if (fresh.address !== worst) continue;
      const count = this.#counts.get(worst);
      this.#fresh.delete(fresh);
      if (count) count.fresh--;
      fresh.evict();
      return true;
    }
    return false;
  }
}
