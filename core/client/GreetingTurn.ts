import { TIMES } from '../protocol/limits.ts';
import type { Clock } from '../session/ports.ts';

interface Greeter {
  readonly owner: AbortSignal;
  readonly giveWay: () => void;
  readonly go: () => void;
}

/**
 * Lets one attempt at a time greet the master: a greeting moves the session to its line, and a second one would move it away
 * from the first that works. An owner that holds the turn too long gives way when another one waits.
 */
export class GreetingTurn {
  readonly #clock: Clock;
  readonly #waiting: Greeter[] = [];
  #holder: Greeter | undefined;
  #heldSinceMs = 0;
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles when the owner may greet; at once while it holds the turn. `giveWay` must end its connection. Never settles for an owner that is aborted meanwhile. */
  enter(owner: AbortSignal, giveWay: () => void): Promise<void> {
    return new Promise((resolve) => {
      const greeter: Greeter = { owner, giveWay, go: resolve };
      if (this.#holder && this.#holder.owner !== owner) {
        owner.addEventListener('abort', () => this.#drop(greeter), { once: true });
        this.#waiting.push(greeter);
        this.#arm();
      } else this.#hold(greeter);
    });
  }

  /** The owner's attempt is over without a line. */
  leave(owner: AbortSignal): void {
    if (this.#holder?.owner === owner) this.#next();
  }

  #hold(greeter: Greeter): void {
    if (!this.#holder) this.#heldSinceMs = this.#clock.steadyMs();
    this.#holder = greeter;
    greeter.go();
  }

  #drop(greeter: Greeter): void {
    const at = this.#waiting.indexOf(greeter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #next(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#holder = undefined;
    const greeter = this.#waiting.shift();
    if (!greeter) return;
    this.#hold(greeter);
    if (this.#waiting.length > 0) this.#arm();
  }

  #arm(): void {
    if (this.#stopTimer) return;
    const leftMs = this.#heldSinceMs + TIMES.answeredMs - this.#clock.steadyMs();
    this.#stopTimer = this.#clock.setTimer(Math.max(0, leftMs), () => {
      this.#stopTimer = undefined;
      const holder = this.#holder;
      if (!holder || this.#waiting.length === 0) return;
      // The one that gives way is ended before the next one greets.
      holder.giveWay();
      if (this.#holder === holder) this.#next();
    });
  }
}
