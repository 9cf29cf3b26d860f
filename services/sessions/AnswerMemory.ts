import { PutError } from '../../core/protocol/errors.ts';

/** A client has at most 256 requests open and gives each up after a minute; twice that many are remembered. */
const CALLS_KEPT = 512;

interface Call {
  readonly method: string;
  /** A value, or a promise while the work goes on and where it failed. */
  readonly outcome: unknown;
}

/**
 * What became of the calls of one client. It may ask the same call again over another connection of its session when the
 * first went away before the answer: the work is not done twice, and the answer is the same.
 */
export class AnswerMemory {
  readonly #calls = new Map<number, Call>();

  /** Outcome of the call: of `work` the first time, remembered afterwards. Another method under the number is another call. */
  outcomeOf(call: number, method: string, work: () => unknown): unknown {
    const known = this.#calls.get(call);
    if (known?.method === method) return known.outcome;
    const outcome = run(work);
    this.#calls.set(call, { method, outcome });
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= CALLS_KEPT) break;
      this.#calls.delete(oldest);
    }
    return outcome;
  }

  /** The answer is too large to be kept. Only reading has such answers, and reading again does no harm. */
  forget(call: number): void {
    this.#calls.delete(call);
  }
}

function run(work: () => unknown): unknown {
  try {
    const outcome = work();
    // Whoever asks listens for the failure; nobody may be left to.
    if (outcome instanceof Promise) outcome.catch(() => {});
    return outcome;
  } catch (error) {
    const failed = Promise.reject(error instanceof Error ? error : new PutError('internal', String(error)));
    failed.catch(() => {});
    return failed;
  }
}
