import { decodeBodyAs, encodeBody } from '../protocol/body.ts';
import { envelopeSchema, type Envelope } from '../protocol/envelope.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import { Channel } from '../protocol/frame.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../protocol/handshake.ts';
import { awaitHello, sendRefused, sendWelcome } from '../session/handshake.ts';
import type { Clock } from '../session/ports.ts';
import { SessionLink } from '../session/SessionLink.ts';
import type { Dial } from '../client/paths.ts';
import { Wire, type WireOptions } from './Wire.ts';

/** A request that reached the fake master. */
export interface SeenRequest {
  readonly method: string;
  readonly params: unknown;
}

export interface FakeMasterOptions {
  readonly clock: Clock;
  /** Answers a request; throwing answers with the error. Undefined result answers {}. */
  answer(request: SeenRequest): unknown;
  /** Throws to refuse a greeting. */
  onHello?(hello: Hello, port: number): Partial<Welcome> | void;
  onFileData?(transfer: number, offset: number, bytes: Uint8Array): void | Promise<void>;
  readonly wire?: WireOptions;
}

/** A master for tests of the client: one session over in-memory wires, on every port; what it answers is scripted. */
export class FakeMaster {
  readonly seen: SeenRequest[] = [];
  readonly hellos: { hello: Hello; port: number }[] = [];
  readonly #options: FakeMasterOptions;
  #wires: Wire[] = [];
  link: SessionLink | undefined;
  #token = 0;
  /** Set to an error to refuse every dial. */
  dialError: PutError | undefined;

  constructor(options: FakeMasterOptions) {
    this.#options = options;
  }

  readonly dial: Dial = async (target) => {
    if (this.dialError) throw this.dialError;
    const wire = new Wire(this.#options.clock, this.#options.wire ?? { latencyMs: 1 }, target.port);
    this.#wires.push(wire);
    void this.#accept(wire, target.port);
    return wire.client;
  };

  /** Cuts every line that is open. */
  cut(options?: { silent: boolean }): void {
    for (const wire of this.#wires) wire.cut(options);
    this.#wires = [];
  }

  /** Forgets the session, as a restarted master without its state does. */
  forget(): void {
    this.link = undefined;
  }

  send(envelope: Envelope, channel: Channel = Channel.control): void {
    this.link?.send(channel, encodeBody(envelope));
  }

  async #accept(wire: Wire, port: number): Promise<void> {
    try {
      const { hello, rest } = await awaitHello(wire.server, this.#options.clock);
      this.hellos.push({ hello, port });
      const more = this.#options.onHello?.(hello, port) ?? {};
      if (hello.sessionToken !== undefined && !this.link && hello.received !== undefined)
        throw new PutError('session-unknown', 'the master does not keep that session');
      const resumed = hello.sessionToken !== undefined && hello.received !== undefined && this.link !== undefined;
      const takesLink = hello.purpose === 'session' || more.leaseRefused !== undefined;
      if (takesLink && !resumed) this.link = this.#createLink();
      sendWelcome(wire.server, {
        version: PROTOCOL_VERSIONS[0],
        software: 'fake master',
        capabilities: [],
        sessionId: 's1',
        sessionToken: hello.sessionToken ?? `token-number-${String(++this.#token).padStart(12, '0')}`,
        resumed,
        received: resumed ? (this.link?.received ?? 0) : 0,
        graceMs: 60_000,
        user: hello.password?.user ?? 'engineer',
        role: 'operator',
        systemName: 'fake',
        practice: true,
        serverTimeMs: this.#options.clock.nowMs(),
        ...more,
      });
      if (takesLink) this.link?.attach(wire.server, { peerReceived: hello.received ?? 0, rest });
      else wire.server.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
    } catch (error) {
      sendRefused(wire.server, error);
    }
  }

  #createLink(): SessionLink {
    const link: SessionLink = new SessionLink({
      clock: this.#options.clock,
      handlers: {
        onMessage: (channel, body) => this.#onMessage(link, channel, body),
        onFileData: (transfer, offset, bytes) => this.#options.onFileData?.(transfer, offset, bytes),
        onFileCredit: () => {},
        onAcknowledged: () => {},
        onWritable: () => {},
        onLineLost: () => {},
        onClosedByPeer: () => {},
      },
    });
    return link;
  }

  #onMessage(link: SessionLink, channel: Channel, body: Uint8Array): void {
    const envelope = decodeBodyAs(envelopeSchema, body, 'message');
    if (envelope.k !== 'q') return;
    const request = { method: envelope.m, params: envelope.p };
    this.seen.push(request);
    try {
      link.send(channel, encodeBody({ k: 'r', i: envelope.i, v: this.#options.answer(request) ?? {} }));
    } catch (error) {
      const report = reportOf(error);
      link.send(channel, encodeBody({ k: 'e', i: envelope.i, e: { ...report, details: { ...report.details } } }));
    }
  }
}
