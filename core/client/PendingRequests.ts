import { encodeBody, checked } from '../protocol/body.ts';
import { errorOf, PutError } from '../protocol/errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Channel } from '../protocol/frame.ts';
import { TIMES } from '../protocol/limits.ts';
import { METHODS, type MethodName, type MethodParams, type MethodResult } from '../protocol/methods.ts';
import type { Clock } from '../session/ports.ts';

interface Pending {
  readonly method: MethodName;
  readonly body: Uint8Array;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PutError) => void;
  readonly stopTimer: () => void;
}

/**
 * Requests of one client that wait for answers. They outlive lines and sessions: after a session had to begin anew the open
 * ones are sent again, which is safe since every method answers a repeat the same way.
 */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #send: (channel: Channel, body: Uint8Array) => void;
  readonly #open = new Map<number, Pending>();
  #lastCall = 0;

  constructor(clock: Clock, send: (channel: Channel, body: Uint8Array) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Sends a request; rejects with the peer's error, `request-timeout`, `queue-full`, or the reason of the session's end. */
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    timeoutMs: number = TIMES.requestMs,
  ): Promise<MethodResult<M>> {
    const call = (this.#lastCall = (this.#lastCall % 0xffff_ffff) + 1);
    const body = encodeBody({ k: 'q', i: call, m: method, p: params } satisfies Envelope);
    return new Promise<MethodResult<M>>((resolve, reject) => {
      const stopTimer = this.#clock.setTimer(timeoutMs, () => {
        this.#open.delete(call);
        reject(
          new PutError('request-timeout', `${method} had no answer within ${Math.round(timeoutMs / 1000)} s`, {
            method,
          }),
        );
      });
      this.#open.set(call, { method, body, resolve: resolve as (value: unknown) => void, reject, stopTimer });
      try {
        this.#send(METHODS[method].channel, body);
      } catch (error) {
        this.#settle(call)?.reject(
          error instanceof PutError ? error : new PutError('internal', String(error), {}, { cause: error }),
        );
      }
    });
  }

  /** An answer came; one for a request given up before is dropped. */
  onAnswer(envelope: Extract<Envelope, { k: 'r' | 'e' }>): void {
    const pending = this.#settle(envelope.i);
    if (!pending) return;
    if (envelope.k === 'e') {
      pending.reject(errorOf(envelope.e));
      return;
    }
    try {
      pending.resolve(checked(METHODS[pending.method].result, envelope.v, `answer to ${pending.method}`));
    } catch (error) {
      pending.reject(error as PutError);
    }
  }

  /** The session began anew: sends what is open again. */
  sendAgain(): void {
    for (const pending of this.#open.values()) this.#send(METHODS[pending.method].channel, pending.body);
  }

  /** The session is over: everything open is rejected. */
  rejectAll(cause: PutError): void {
    for (const call of [...this.#open.keys()]) this.#settle(call)?.reject(cause);
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#open.get(call);
    this.#open.delete(call);
    pending?.stopTimer();
    return pending;
  }
}
