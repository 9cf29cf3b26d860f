import { decodeBodyAs, REQUEST_LIMITS } from '../../core/protocol/body.ts';
import { envelopeSchema } from '../../core/protocol/envelope.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { Channel } from '../../core/protocol/frame.ts';
import type { CheckedParams, Caller, FileCaller, Handlers, Log } from '../service.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Clock, MessageCompression } from '../../core/session/ports.ts';
import { SessionLink } from '../../core/session/SessionLink.ts';
import { AnswerMemory } from './AnswerMemory.ts';
import { LogLimiter } from '../LogLimiter.ts';
import { RequestDispatcher } from './requestDispatcher.ts';
import type { ServiceRegistry } from './ServiceRegistry.ts';
import { TopicFeeds } from './TopicFeeds.ts';

/** Unpacking more than this takes milliseconds. */
const LARGE_BODY_BYTES = 64 * 1024;

/** What a conversation tells the session that owns it. */
export interface ConversationEvents {
  /** A first message came: the client uses the session. */
  onUsed(): void;
  onLineLost(cause: PutError): void;
  onClosedByPeer(cause: PutError): void;
  /** `session.end` was answered. */
  onEndAsked(): void;
}

/**
 * One lane of numbered messages with one client: the link, the requests open on it and the topics it watches. A session has
 * one; it survives changes of line and is replaced by a new one when the client starts its numbers anew. A side connection
 * (direct mode) has one of its own, for one channel and the topics of that channel.
 */
export class Conversation {
  readonly link: SessionLink;
  /** Shared by the conversations of one client: its main connection and the side connections. */
  readonly answers: AnswerMemory;
  readonly #dispatcher: RequestDispatcher;
  readonly #feeds: TopicFeeds;
  readonly #services: ServiceRegistry;
  readonly #caller: FileCaller;
  readonly #authorize: (method: MethodName) => void;
  readonly #events: ConversationEvents;
  readonly #onlyChannel: Channel | undefined;
  readonly #quiet: LogLimiter;
  readonly #clock: Clock;
  #used = false;
  #over = false;

  constructor(options: {
    clock: Clock;
    services: ServiceRegistry;
    caller: Caller;
    /** Throws where the caller may not do this at this moment. */
    authorize: (method: MethodName) => void;
    events: ConversationEvents;
    log: Log;
    compression?: MessageCompression | undefined;
    /** Side connections: the one channel they carry, beside the control channel. */
    onlyChannel?: Channel | undefined;
    /** Side connections: of the main connection. */
    answers?: AnswerMemory | undefined;
  }) {
    this.answers = options.answers ?? new AnswerMemory();
    this.#services = options.services;
    this.#authorize = options.authorize;
    this.#events = options.events;
    this.#quiet = new LogLimiter(options.log, () => options.clock.steadyMs());
    this.#clock = options.clock;
    this.#onlyChannel = options.onlyChannel;
    this.link = new SessionLink({
      clock: options.clock,
      compression: options.compression,
      handlers: {
        onMessage: (channel, body) => this.#onMessage(channel, body),
        onFileData: (transfer, offset, bytes) => this.#onFileData(transfer, offset, bytes),
        onFileCredit: () => {},
        onAcknowledged: () => this.#feeds.acknowledged(),
        onWritable: () => {},
        onLineLost: (cause) => this.#events.onLineLost(cause),
        onClosedByPeer: (cause) => this.#events.onClosedByPeer(cause),
      },
    });
    this.#caller = {
      ...options.caller,
      sendFileCredit: (transfer, stored, allowed, arrivedAtMs) => {
        if (!this.#over) this.link.sendFileCredit({ transfer, stored, allowed, arrivedAtMs });
      },
    };
    this.#dispatcher = new RequestDispatcher({
      clock: options.clock,
      lane: this.link,
      log: options.log,
      caller: this.#caller,
      handlerOf: (method) => this.#ownHandlers[method] ?? this.#services.handlerOf(method),
      answers: this.answers,
      authorize: options.authorize,
      budget: options.services.requestBudget.ofClient(),
    });
    this.#feeds = new TopicFeeds({
      clock: options.clock,
      log: options.log,
      lane: {
        send: (body) => this.link.send(Channel.control, body),
        acknowledged: () => this.link.acknowledged,
        attached: () => this.link.attached,
        pendingBytes: () => this.link.pendingBytes,
      },
    });
  }

  get used(): boolean {
    return this.#used;
  }

  /** Rights changed: topics that the caller may not watch any more are given up. */
  judgeTopics(): void {
    this.#feeds.judge((topic) => {
      this.#authorize('topic.watch');
      this.#services.topic(topic, this.#caller);
    });
  }

  /** Ends the conversation for good and tells the peer why where a line is attached. Nothing is sent or delivered afterwards. */
  close(cause: PutError): void {
    if (this.#over) return;
    this.#over = true;
    this.#quiet.close();
    this.#dispatcher.close();
    this.#feeds.closeAll();
    this.link.close(cause);
  }

  readonly #ownHandlers: Handlers = {
    'topic.watch': (params) => {
      const first = this.#services.beforeTopic(params.topic);
      return first ? first.then(() => ({ watch: this.#watch(params) })) : { watch: this.#watch(params) };
    },
    'topic.unwatch': (params) => {
      this.#feeds.close(params.watch);
      return {};
    },
    'session.end': () => ({}),
  };

  #watch(params: CheckedParams<'topic.watch'>): number {
    return this.#feeds.open(params.topic, this.#services.topic(params.topic, this.#caller), params.since, params.last);
  }

  #onMessage(channel: Channel, body: Uint8Array): void | Promise<void> {
    if (this.#over) return;
    if (this.#onlyChannel !== undefined && channel !== Channel.control && channel !== this.#onlyChannel) {
      throw new PutError('channel-unknown', `this connection carries channel ${this.#onlyChannel}, not ${channel}`, {
        channel,
      });
    }
    if (!this.#used) {
      this.#used = true;
      this.#events.onUsed();
    }
    const envelope = decodeBodyAs(envelopeSchema, body, 'message', REQUEST_LIMITS);
    if (envelope.k !== 'q')
      throw new PutError('message-invalid', `a message of kind ${envelope.k} came where a request was due`);
    this.#dispatcher.handle(channel, envelope, body.length, (result) =>
      this.#afterAnswer(envelope.m as MethodName, result),
    );
    // Large ones one a turn, so that the others are served between and what they left can be collected.
    if (body.length > LARGE_BODY_BYTES) return new Promise((resolve) => void this.#clock.setTimer(0, resolve));
  }

  #afterAnswer(method: MethodName, result: unknown): void {
    if (method === 'topic.watch') this.#feeds.start((result as { watch: number }).watch);
    if (method === 'session.end') this.#events.onEndAsked();
  }

  async #onFileData(transfer: number, offset: number, bytes: Uint8Array): Promise<void> {
    if (this.#over) return;
    if (this.#onlyChannel !== undefined && this.#onlyChannel !== Channel.file) {
      throw new PutError('channel-unknown', 'this connection does not carry file bytes', { channel: Channel.file });
    }
    try {
      this.#authorize('file.begin');
      await this.#services.fileData(this.#caller, transfer, offset, bytes);
    } catch (error) {
      if (!(error instanceof PutError) || error.kind === 'protocol') throw error;
      // The sender asks with `file.begin` why.
      if (error.code === 'role-insufficient') this.#caller.sendFileCredit(transfer, 0, 0, 0);
      // Bytes of a transfer that ended meanwhile may still be under way; the sender hears it with its next request.
      this.#quiet.info(this.#caller.sessionId, `[${this.#caller.sessionId}] file bytes were dropped`, {
        user: this.#caller.user,
        transfer,
        offset,
        code: error.code,
      });
    }
  }
}
