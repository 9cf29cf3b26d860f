import { PutError } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';

/** How many password checks run and wait. */
export interface CheckLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitingPerAddress: number;
  /** A check that did not get its turn within this is refused. */
  readonly waitMs: number;
}

/**
 * A check takes 32 MiB and a core for a tenth of a second, on a busy machine half a second, and its client waits 10 s for the
 * whole greeting. So no check waits longer than half of that, and who would is told to come again instead.
 */
export const CHECK_LIMITS: CheckLimits = { atOnce: 2, waiting: 64, waitingPerAddress: 16, waitMs: 5_000 };

/** What a refused client is told to wait before it comes again, in ms. */
const COME_AGAIN_MS = 3_000;

/** Who asks for a check. */
export interface CheckAsker {
  readonly user: string;
  readonly address: string;
  /** The user signed in from this address before: it goes first, and takes the place of one that is not known where all are taken. */
  readonly known?: boolean;
  /** False: the asker went away; its check is left out when its turn comes. */
  stillWanted?(): boolean;
}

interface Waiting {
  readonly asker: CheckAsker;
  readonly begin: () => void;
  readonly giveWay: () => void;
}

/**
 * Password checks, a few at once. Users known at their address go first; then addresses take turns, so that a flood from one
 * does not keep others waiting, and where all places are taken the address with most of them gives one to an address with
 * fewer. The attempts of one user from one address follow each other, so that each counts before the next is judged.
 */
export class CheckQueue {
  readonly #clock: Clock;
  readonly #limits: CheckLimits;
  /** By address, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Set<string>();
  #waitingCount = 0;

  constructor(clock: Clock, limits: CheckLimits = CHECK_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Runs a check when its turn comes. Rejects with `sign-in-busy` where that would be too late, with `line-lost` for an asker
   * that went away, and with what `check` throws.
   */
  async run<T>(asker: CheckAsker, check: () => Promise<T>): Promise<T> {
    await this.#turn(asker);
    try {
      if (asker.stillWanted?.() === false)
        throw new PutError('line-lost', 'the client went away before its password was checked');
      return await check();
    } finally {
      this.#running.delete(pairOf(asker));
      this.#startNext();
    }
  }

  #turn(asker: CheckAsker): Promise<void> {
    const ofAddress = this.#waiting.get(asker.address) ?? [];
    if (ofAddress.length >= this.#limits.waitingPerAddress || !this.#hasRoom(asker, ofAddress.length))
      return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const stopTimer = this.#clock.setTimer(this.#limits.waitMs, () => {
        this.#remove(waiting);
        reject(busy());
      });
      const waiting: Waiting = {
        asker,
        begin: () => {
          stopTimer();
          resolve();
        },
        giveWay: () => {
          stopTimer();
          this.#remove(waiting);
          reject(busy());
        },
      };
      ofAddress.push(waiting);
      this.#waiting.set(asker.address, ofAddress);
      this.#waitingCount++;
      this.#startNext();
    });
  }

  /** A place among those that wait, where need be of the last of the address that has most of them. */
  #hasRoom(asker: CheckAsker, ofAddress: number): boolean {
    if (this.#waitingCount < this.#limits.waiting) return true;
    let most: Waiting[] = [];
    for (const list of this.#waiting.values()) {
      const strangers = list.filter(({ asker: other }) => !other.known);
      if (strangers.length > most.length) most = strangers;
    }
    const last = most[most.length - 1];
    if (!last || (!asker.known && most.length <= ofAddress + 1)) return false;
    last.giveWay();
    return true;
  }

  #startNext(): void {
    while (this.#running.size < this.#limits.atOnce) {
      const next = this.#takeNext();
      if (!next) return;
      this.#running.add(pairOf(next.asker));
      next.begin();
    }
  }

  #takeNext(): Waiting | undefined {
    return this.#takeNextOf((asker) => asker.known === true) ?? this.#takeNextOf(() => true);
  }

  #takeNextOf(which: (asker: CheckAsker) => boolean): Waiting | undefined {
    for (const [address, list] of this.#waiting) {
      const next = list.find(({ asker }) => which(asker) && !this.#running.has(pairOf(asker)));
      if (!next) continue;
      this.#remove(next);
      // Behind all others: its next check comes after one of each.
      const rest = this.#waiting.get(address);
      if (rest) {
        this.#waiting.delete(address);
        this.#waiting.set(address, rest);
      }
      return next;
    }
    return undefined;
  }

  #remove(waiting: Waiting): void {
    const { address } = waiting.asker;
    const list = this.#waiting.get(address) ?? [];
    const at = list.indexOf(waiting);
    if (at < 0) return;
    list.splice(at, 1);
    this.#waitingCount--;
    if (list.length === 0) this.#waiting.delete(address);
  }
}

const pairOf = ({ user, address }: CheckAsker): string => `${address} ${user}`;

function busy(): PutError {
  return new PutError('sign-in-busy', 'many sign in at this moment; come again in a few seconds', {
    waitMs: COME_AGAIN_MS,
  });
}
