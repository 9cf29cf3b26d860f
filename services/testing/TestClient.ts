import { decodeBodyAs, encodeBody } from '../../core/protocol/body.ts';
import { envelopeSchema } from '../../core/protocol/envelope.ts';
import { errorOf, type PutError } from '../../core/protocol/errors.ts';
import { type Channel } from '../../core/protocol/frame.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../../core/protocol/handshake.ts';
import { METHODS, type MethodName } from '../../core/protocol/methods.ts';
import { applyPatch } from '../../core/replica/patch.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { greet } from '../../core/session/handshake.ts';
import type { Clock, Transport } from '../../core/session/ports.ts';
import { SessionLink } from '../../core/session/SessionLink.ts';
import type { Patch } from '../../core/replica/patchShape.ts';

interface Watched {
  readonly kind: 'state' | 'log';
  state: object;
  entries: unknown[];
  number: number;
  news: number;
}

/** A plain client for tests of the master's side: it keeps one session over any number of lines. */
export class TestClient {
  readonly link: SessionLink;
  readonly watches = new Map<number, Watched>();
  readonly lost: PutError[] = [];
  readonly closedByPeer: PutError[] = [];
  welcome: Welcome | undefined;
  readonly #clock: Clock;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: PutError) => void }>();
  #lastCall = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.link = new SessionLink({
      clock,
      compression: deflateCompression,
      handlers: {
        onMessage: (_channel, body) => this.#onMessage(body),
        onFileData: () => {},
        onFileCredit: () => {},
        onAcknowledged: () => {},
        onWritable: () => {},
        onLineLost: (cause) => void this.lost.push(cause),
        onClosedByPeer: (cause) => void this.closedByPeer.push(cause),
      },
    });
  }

  get token(): string {
    return this.welcome?.sessionToken ?? '';
  }

  /** Greets over a line and puts the session onto it. */
  async connect(transport: Transport, hello: Partial<Hello>): Promise<Welcome> {
    const { welcome, rest } = await greet(transport, helloOf(hello), this.#clock);
    this.welcome = { ...welcome, sessionToken: welcome.sessionToken ?? this.token };
    this.link.attach(transport, { peerReceived: welcome.received, rest });
    return welcome;
  }

  /** Comes back with the session's token and numbers. */
  comeBack(transport: Transport, more: Partial<Hello> = {}): Promise<Welcome> {
    return this.connect(transport, { sessionToken: this.token, received: this.link.received, ...more });
  }

  request(method: MethodName, params: unknown, channel: Channel = METHODS[method].channel): Promise<unknown> {
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.link.send(channel, encodeBody({ k: 'q', i: call, m: method, p: params }));
    });
  }

  async watch(topic: string, since?: number): Promise<Watched> {
    const { watch } = (await this.request('topic.watch', { topic, ...(since === undefined ? {} : { since }) })) as {
      watch: number;
    };
    return this.#watched(watch);
  }

  #watched(number: number): Watched {
    let watched = this.watches.get(number);
    if (!watched) {
      watched = { kind: 'state', state: {}, entries: [], number: -1, news: 0 };
      this.watches.set(number, watched);
    }
    return watched;
  }

  #onMessage(body: Uint8Array): void {
    const envelope = decodeBodyAs(envelopeSchema, body, 'message');
    if (envelope.k === 'q') throw new Error('the master asked something');
    if (envelope.k === 't') {
      const watched = this.#watched(envelope.w);
      if (envelope.b !== undefined && watched.number >= 0 && envelope.b !== watched.number)
        throw new Error(`gap: ${envelope.b} after ${watched.number}`);
      if (Array.isArray(envelope.v)) {
        if (envelope.b === undefined) watched.entries = [];
        watched.entries.push(...(envelope.v as unknown[]));
      } else
        watched.state =
          envelope.b === undefined ? (envelope.v as object) : applyPatch(watched.state, envelope.v as Patch);
      watched.number = envelope.n;
      watched.news++;
      return;
    }
    const call = this.#calls.get(envelope.i);
    if (!call) throw new Error(`an answer to call ${envelope.i}, which is not open`);
    this.#calls.delete(envelope.i);
    if (envelope.k === 'r') call.resolve(envelope.v);
    else call.reject(errorOf(envelope.e));
  }
}

export function helloOf(hello: Partial<Hello>): Hello {
  return {
    versions: [...PROTOCOL_VERSIONS],
    software: 'test',
    capabilities: ['deflate-1'],
    purpose: 'session',
    path: 'single-port',
    clientSystem: 'laptop',
    ...hello,
  };
}
