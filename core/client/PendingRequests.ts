import { encodeBody, checked } from '../protocol/body.ts';
import { errorOf, PutError, toPutError } from '../protocol/errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Channel } from '../protocol/frame.ts';
import { TIMES } from '../protocol/limits.ts';
import { METHODS, type MethodName, type MethodParams, type MethodResult } from '../protocol/methods.ts';
import type { Clock } from '../session/ports.ts';
import type { Lane } from './SideLines.ts';

/** Sends over the lane that carries the channel now, or over the one named; answers which it was. Throws when it cannot. */
export type SendRequest = (channel: Channel, body: Uint8Array, over: Lane | undefined) => Lane;

interface Pending {
  readonly method: MethodName;
  /** The lane that it was sent over; the answer may come over another one. */
  lane: Lane;
  /** It is for that lane alone: a watch. */
  readonly bound: boolean;
  readonly body: Uint8Array;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PutError) => void;
  readonly stopTimer: () => void;
  /** It was sent again, so the master may have done it before. */
  repeated: boolean;
}

/**
 * Requests of one client that wait for answers. They outlive lines and sessions: after a lane had to begin anew the open
 * ones are sent again, which is safe since every method answers a repeat the same way, and the master does none twice that
 * came over another lane of the same session.
 */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #send: SendRequest;
  readonly #open = new Map<number, Pending>();
  #lastCall = 0;

  constructor(clock: Clock, send: SendRequest) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Sends a request; rejects with the peer's error, `request-timeout`, `queue-full`, or the reason of the session's end. */
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    timeoutMs: number = TIMES.requestMs,
    over?: Lane,
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
      this.#open.set(call, {
        method,
        lane: over ?? 'main',
        bound: over !== undefined,
        body,
        resolve: resolve as (value: unknown) => void,
        reject,
        stopTimer,
        repeated: false,
      });
      this.#sendCall(call);
    });
  }

  /** An answer came; one for a request given up before is dropped. */
  onAnswer(envelope: Extract<Envelope, { k: 'r' | 'e' }>): void {
    const pending = this.#settle(envelope.i);
    if (!pending) return;
    if (envelope.k === 'e') {
      // The first one was done and its answer lost: what was asked for is so.
      if (pending.repeated && envelope.e.code === 'already-done') {
        const none = METHODS[pending.method].result.safeParse({});
        if (none.success) return pending.resolve(none.data);
      }
      pending.reject(errorOf(envelope.e));
      return;
    }
    try {
      pending.resolve(checked(METHODS[pending.method].result, envelope.v, `answer to ${pending.method}`));
    } catch (error) {
      pending.reject(error as PutError);
    }
  }

  /**
   * The session began anew, or only the lane named: sends what is open there again, over the lane that carries it now. What
   * was for the lane alone is rejected with `line-lost`; who asked asks again.
   */
  sendAgain(lane?: Lane): void {
    for (const [call, pending] of [...this.#open]) {
      if (lane !== undefined && pending.lane !== lane) continue;
      if (pending.bound)
        this.#settle(call)?.reject(new PutError('line-lost', `the line for ${pending.lane} went away`));
      else {
        pending.repeated = true;
        this.#sendCall(call);
      }
    }
  }

  /** The session is over: everything open is rejected. */
  rejectAll(cause: PutError): void {
    for (const call of [...this.#open.keys()]) this.#settle(call)?.reject(cause);
  }

  #sendCall(call: number): void {
    const pending = this.#open.get(call);
    if (!pending) return;
    try {
      pending.lane = this.#send(
        METHODS[pending.method].channel,
        pending.body,
        pending.bound ? pending.lane : undefined,
      );
    } catch (error) {
      this.#settle(call)?.reject(toPutError(error));
    }
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#open.get(call);
    this.#open.delete(call);
    pending?.stopTimer();
    return pending;
  }
}
