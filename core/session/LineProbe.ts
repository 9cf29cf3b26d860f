import type { Clock } from './ports.ts';

/** Bytes that came before the question may still be read for this long after it, and prove nothing, in ms. */
const STALE_MS = 250;

/** What a probe needs of the line it asks. */
export interface ProbedLine {
  readonly clock: Clock;
  ping(body: Uint8Array): void;
  /** We do not listen: a handler works. */
  busy(): boolean;
  onAnswered(): void;
  onSilent(patienceMs: number): void;
}

/** Asks one line whether it lives, after a wake-up, a change of network or a stall, with a deadline of its own. */
export class LineProbe {
  readonly #line: ProbedLine;
  #number = 0;
  #askedAtMs: number | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(line: ProbedLine) {
    this.#line = line;
  }

  /** Asks, unless a question is open already. */
  begin(patienceMs: number): void {
    if (this.#askedAtMs !== undefined) return;
    this.#askedAtMs = this.#line.clock.steadyMs();
    this.#number++;
    this.#arm(patienceMs);
    this.#line.ping(this.#body());
  }

  /** Bytes came. On a slow line the answer itself waits behind others, which prove as much. */
  heard(): void {
    if (this.#askedAtMs === undefined || this.#line.busy()) return;
    if (this.#line.clock.steadyMs() - this.#askedAtMs > STALE_MS) this.#answered();
  }

  pong(body: Uint8Array): void {
    if (this.#askedAtMs === undefined) return;
    if (this.#body().every((byte, at) => body[at] === byte)) this.#answered();
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#askedAtMs = undefined;
  }

  #body(): Uint8Array {
    const body = new Uint8Array(8);
    new DataView(body.buffer).setUint32(4, this.#number);
    return body;
  }

  #answered(): void {
    this.stop();
    this.#line.onAnswered();
  }

  #arm(patienceMs: number): void {
    this.#stopTimer = this.#line.clock.setTimer(patienceMs, () => {
      if (this.#line.busy()) {
        this.#arm(patienceMs);
        return;
      }
      this.stop();
      this.#line.onSilent(patienceMs);
    });
  }
}
