import { checked, encodeBody } from '../../core/protocol/body.ts';
import { errorReportSchema } from '../../core/protocol/handshake.ts';
import type { Envelope } from '../../core/protocol/envelope.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { Channel } from '../../core/protocol/frame.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import { METHODS, type MethodName } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { FileCaller, Handlers, Log } from '../service.ts';
import type { AnswerMemory } from './AnswerMemory.ts';
import type { RequestBudget } from './RequestBudget.ts';

export type Request = Extract<Envelope, { k: 'q' }>;

type AnyHandler = (params: unknown, caller: FileCaller) => unknown;

/** Texts in a report that crosses the wire stay within its schema. */
const MESSAGE_CHARACTERS = 4000;
/** Answers above this are not remembered: they only read. */
const REMEMBERED_BYTES = 4096;

/** Where answers go. */
export interface AnswerLane {
  send(channel: Channel, body: Uint8Array): number;
}

/**
 * Answers the requests of one end: method, channel, the caller's rights at this moment and params are checked, the service's handler is called, its result
 * is checked and sent. At most LIMITS.openRequests are open; each has TIMES.requestMs, after which `request-timeout` is
 * answered although the work may go on. A call that came before over another connection of the session is not done again;
 * one that comes after the session began anew is the services' matter.
 */
export class RequestDispatcher {
  readonly #clock: Clock;
  readonly #lane: AnswerLane;
  readonly #log: Log;
  readonly #caller: FileCaller;
  readonly #handlerOf: (method: MethodName) => Handlers[MethodName];
  readonly #answers: AnswerMemory;
  readonly #authorize: (method: MethodName) => void;
  readonly #budget: RequestBudget;
  readonly #open = new Map<number, () => void>();
  #closed = false;

  constructor(options: {
    clock: Clock;
    lane: AnswerLane;
    log: Log;
    caller: FileCaller;
    handlerOf: (method: MethodName) => Handlers[MethodName];
    answers: AnswerMemory;
    /** Throws where the caller may not do this at this moment. */
    authorize(method: MethodName): void;
    budget: RequestBudget;
  }) {
    this.#clock = options.clock;
    this.#lane = options.lane;
    this.#log = options.log;
    this.#caller = options.caller;
    this.#handlerOf = options.handlerOf;
    this.#answers = options.answers;
    this.#authorize = (method) => options.authorize(method);
    this.#budget = options.budget;
  }

  get openRequests(): number {
    return this.#open.size;
  }

  /**
   * Takes a request whose body had `bodyBytes`; `onAnswered` runs after a result (not an error) was sent. Throws
   * `message-invalid` for a call id in use.
   */
  handle(channel: Channel, request: Request, bodyBytes: number, onAnswered?: (result: unknown) => void): void {
    if (this.#open.has(request.i))
      throw new PutError('message-invalid', `call id ${request.i} is open already`, { call: request.i });
    if (this.#open.size >= LIMITS.openRequests) {
      this.#answerError(
        channel,
        request.i,
        new PutError('too-many-requests', `${LIMITS.openRequests} requests are open on this session`),
      );
      return;
    }
    if (!this.#budget.take(bodyBytes)) {
      this.#answerError(
        channel,
        request.i,
        new PutError('too-many-requests', 'the requests that are open hold as many bytes as they may'),
      );
      return;
    }
    let over = false;
    const finish = (send: () => void): void => {
      if (over || this.#closed) return;
      over = true;
      this.#open.get(request.i)?.();
      this.#open.delete(request.i);
      send();
    };
    const fail = (error: unknown): void => finish(() => this.#answerError(channel, request.i, error, request.m));
    const stopTimer = this.#clock.setTimer(TIMES.requestMs, () =>
      fail(
        new PutError('request-timeout', `${request.m} took longer than ${TIMES.requestMs / 1000} s`, {
          method: request.m,
        }),
      ),
    );
    this.#open.set(request.i, () => {
      stopTimer();
      this.#budget.give(bodyBytes);
    });
    try {
      const work = this.#call(channel, request);
      const succeed = (value: unknown): void =>
        finish(() => {
          if (this.#answerResult(channel, request, value)) onAnswered?.(value);
        });
      if (work instanceof Promise) work.then(succeed, fail);
      else succeed(work);
    } catch (error) {
      fail(error);
    }
  }

  /** No further answer is sent. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#open.values()) stop();
    this.#open.clear();
  }

  #call(channel: Channel, request: Request): unknown {
    if (!Object.hasOwn(METHODS, request.m))
      throw new PutError('method-unknown', `there is no request ${request.m}`, { method: request.m });
    const name = request.m as MethodName;
    const definition = METHODS[name];
    if (definition.channel !== channel) {
      throw new PutError('channel-unknown', `${name} belongs on channel ${definition.channel}, not ${channel}`, {
        channel,
      });
    }
    this.#authorize(name);
    const handler = this.#handlerOf(name) as AnyHandler | undefined;
    if (!handler) throw new PutError('method-unknown', `this putservices has nobody for ${name}`, { method: name });
    const work = (): unknown =>
      handler(checked(definition.params, request.p ?? {}, name, 'request-invalid'), this.#caller);
    return belongsToConnection(name, channel) ? work() : this.#answers.outcomeOf(request.i, name, work);
  }

  #answerResult(channel: Channel, request: Request, value: unknown): boolean {
    try {
      const result = checked(METHODS[request.m as MethodName].result, value ?? {}, `the result of ${request.m}`);
      const body = encodeBody({ k: 'r', i: request.i, v: result });
      if (body.length > REMEMBERED_BYTES) this.#answers.forget(request.i);
      this.#send(channel, body);
      return true;
    } catch (error) {
      this.#answerError(channel, request.i, error, request.m);
      return false;
    }
  }

  #answerError(channel: Channel, call: number, error: unknown, method = ''): void {
    const report = reportOf(error);
    if (report.code === 'internal') {
      this.#log.error(`${method} failed`, {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
    const e = errorReportSchema.parse({ ...report, message: report.message.slice(0, MESSAGE_CHARACTERS) });
    try {
      this.#send(channel, encodeBody({ k: 'e', i: call, e }));
    } catch (failure) {
      this.#log.error(`an answer to ${method} could not be queued; the client will time out`, {
        error: String(failure),
      });
    }
  }

  #send(channel: Channel, body: Uint8Array): void {
    this.#lane.send(channel, body);
  }
}

/** A watch and a transfer are for the connection that asked for them; asked again over another, they are opened anew. */
function belongsToConnection(method: MethodName, channel: Channel): boolean {
  return channel === Channel.control || method === 'file.begin';
}
