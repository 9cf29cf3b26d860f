/** A TLS handshake takes one to three milliseconds of the one loop that serves everybody. */
const EACH_TURN = 4;

/**
 * Begins pieces of work a few a turn of the loop, in order: a burst of connections is spread over many turns, between which
 * those who are signed in are served.
 */
export class TurnPace {
  readonly #eachTurn: number;
  readonly #nextTurn: (run: () => void) => void;
  #waiting: (() => void)[] = [];
  #scheduled = false;

  constructor(eachTurn = EACH_TURN, nextTurn: (run: () => void) => void = (run) => void setImmediate(run)) {
    this.#eachTurn = eachTurn;
    this.#nextTurn = nextTurn;
  }

  /** Runs the work in one of the next turns. It must not throw. */
  begin(work: () => void): void {
    this.#waiting.push(work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#nextTurn(() => this.#run());
  }

  #run(): void {
    const now = this.#waiting.splice(0, this.#eachTurn);
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) this.#nextTurn(() => this.#run());
    for (const work of now) work();
  }
}
