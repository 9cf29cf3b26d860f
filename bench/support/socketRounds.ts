import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';
import { encodeBody } from '../../core/protocol/body.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { encodeFrame, FrameType, PREFACE } from '../../core/protocol/frame.ts';
import type { Hello, LeaseOffer, Welcome } from '../../core/protocol/handshake.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { socketTransport } from '../../core/node/socketTransport.ts';
import { greet } from '../../core/session/handshake.ts';
import type { Random, Transport } from '../../core/session/ports.ts';
import type { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { chooseRound, handOffHello, type RoundCounts } from './leaseRounds.ts';

/** Watch connections that stand open and silent at once. */
const HALF_OPEN = 64;
/** A client signs in anew after so many rounds; in between it shows its session's token, as a client that comes again does. */
const ROUNDS_OF_A_SESSION = 100;
/** Of a TLS handshake that is given up. */
const PART_OF_CLIENT_HELLO = 60;
const NOBODY = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

interface Line {
  /** Below TLS: what is reset or left silent. */
  readonly socket: Socket;
  readonly secure: TLSSocket;
  readonly transport: Transport;
}

/** The first bytes of a TLS client. */
export async function clientHello(): Promise<Buffer> {
  let told: (bytes: Buffer) => void = () => {};
  const first = new Promise<Buffer>((resolve) => (told = resolve));
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      told(chunk);
      done();
    },
  });
  const socket = connectTls({ socket: stream, rejectUnauthorized: false });
  socket.on('error', () => {});
  const bytes = await first;
  socket.destroy();
  return bytes;
}

/** Clients that connect and give up, over real TLS connections from loopback addresses of their own. */
export class SocketRounds {
  readonly #system: PracticeSystem;
  readonly #ports: { readonly first: number; readonly last: number };
  readonly #random: Random;
  readonly #counts: RoundCounts;
  readonly #clock = createSystemClock();
  /** One for all: making one takes longer than the handshake. */
  readonly #secureContext = createSecureContext({ minVersion: 'TLSv1.2' });
  readonly #halfOpen: Socket[] = [];
  #tlsSession: Buffer | undefined;
  #clientHello: Buffer = Buffer.alloc(0);

  constructor(options: {
    system: PracticeSystem;
    ports: { readonly first: number; readonly last: number };
    random: Random;
    counts: RoundCounts;
  }) {
    this.#system = options.system;
    this.#ports = options.ports;
    this.#random = options.random;
    this.#counts = options.counts;
  }

  /** Runs `rounds` of them, `clients` at a time; `onRound` hears how many began. */
  async run(rounds: number, clients: number, onRound: (begun: number) => void): Promise<void> {
    this.#clientHello = await clientHello();
    let left = rounds;
    const work = async (client: number): Promise<void> => {
      // An address each, as clients have: limits are kept by address.
      const from = `127.0.${1 + (client >> 7)}.${2 + (client & 127)}`;
      let token: string | undefined;
      let rest = 0;
      while (left-- > 0) {
        if (token === undefined || rest-- === 0) {
          if (token !== undefined) await this.#leave(from, token);
          token = await this.#signInSoon(from);
          rest = ROUNDS_OF_A_SESSION;
        }
        onRound(rounds - left);
        await this.#round(from, token);
      }
      if (token !== undefined) await this.#leave(from, token);
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  }

  /** The silent connections end. */
  close(): void {
    for (const socket of this.#halfOpen.splice(0)) socket.destroy();
  }

  async #dial(from: string, port: number): Promise<Line> {
    const { host } = this.#system.target;
    const session = this.#tlsSession;
    const socket = connect({ host, port, localAddress: from });
    const secure = connectTls({
      socket,
      rejectUnauthorized: false,
      secureContext: this.#secureContext,
      ...(session === undefined || this.#random() < 0.1 ? {} : { session }),
    });
    secure.once('session', (ticket: Buffer) => (this.#tlsSession = ticket));
    await once(secure, 'secureConnect');
    for (const stream of [socket, secure]) stream.on('error', () => {});
    return { socket, secure, transport: socketTransport(secure, { end: 'client' }) };
  }

  async #greeted(
    from: string,
    port: number,
    hello: Partial<Hello>,
  ): Promise<Line & { readonly welcome: Welcome; readonly lease: LeaseOffer | undefined }> {
    const line = await this.#dial(from, port);
    const { welcome } = await greet(line.transport, handOffHello(hello), this.#clock);
    line.transport.setHandlers(NOBODY);
    return { ...line, welcome, lease: welcome.lease };
  }

  async #signIn(from: string): Promise<string> {
    const { target, user, password } = this.#system;
    const { transport, welcome } = await this.#greeted(from, target.ccPort, {
      purpose: 'session',
      path: 'single-port',
      password: { user, password },
    });
    transport.destroy();
    return welcome.sessionToken ?? '';
  }

  /** All clients at once at first; one that the master is too busy for comes again, as PutClient does. */
  async #signInSoon(from: string): Promise<string> {
    for (;;) {
      try {
        return await this.#signIn(from);
      } catch (error) {
        if (!(error instanceof PutError) || error.code !== 'sign-in-busy') throw error;
        await wait(Number(error.details['waitMs'] ?? 0) * (0.5 + this.#random()));
      }
    }
  }

  /** Half of the clients end their session, the others just stay away. */
  async #leave(from: string, sessionToken: string): Promise<void> {
    if (this.#random() < 0.5) return;
    const { ccPort } = this.#system.target;
    const { transport } = await this.#greeted(from, ccPort, { purpose: 'session', path: 'single-port', sessionToken });
    const body = encodeBody({ k: 'q', i: 1, m: 'session.end', p: {} });
    transport.send(
      encodeFrame({ type: FrameType.message, flags: 0, channel: 0, sequence: 1, acknowledgement: 0, body }),
    );
    transport.end();
  }

  async #round(from: string, sessionToken: string): Promise<void> {
    const { ccPort, host } = this.#system.target;
    const kind = chooseRound(this.#random);
    this.#counts.rounds++;
    this.#counts.byKind[kind]++;
    if (kind === 'cancel-in-handshake') {
      const socket = connect({ host, port: ccPort, localAddress: from });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(this.#clientHello.subarray(0, PART_OF_CLIENT_HELLO));
      socket.destroy();
      return;
    }
    if (kind === 'cancel-in-hello') {
      const { socket, secure } = await this.#dial(from, ccPort);
      const body = encodeBody(handOffHello({ sessionToken }));
      const greeting = Buffer.concat([
        PREFACE,
        encodeFrame({ type: FrameType.hello, flags: 0, channel: 0, sequence: 0, acknowledgement: 0, body }),
      ]);
      secure.write(greeting.subarray(0, 1 + Math.floor(this.#random() * (greeting.length - 2))));
      socket.destroy();
      return;
    }
    const { socket, transport, lease } = await this.#greeted(from, ccPort, { sessionToken });
    if (!lease) {
      this.#counts.rangeFull++;
      transport.destroy();
      return;
    }
    this.#counts.offered++;
    if (lease.port < this.#ports.first || lease.port > this.#ports.last) this.#counts.outOfRange++;
    const { leaseToken } = lease;
    switch (kind) {
      case 'cancel-after-offer':
        transport.end();
        return;
      case 'kill':
        socket.resetAndDestroy();
        return;
      case 'half-open-watch': {
        const watch = await this.#greeted(from, ccPort + 1, { purpose: 'watch', leaseToken });
        watch.secure.pause();
        this.#halfOpen.push(watch.socket);
        if (this.#halfOpen.length > HALF_OPEN) this.#halfOpen.shift()?.destroy();
        transport.destroy();
        return;
      }
      case 'hand-off-then-destroy': {
        const watch = await this.#greeted(from, ccPort + 1, { purpose: 'watch', leaseToken });
        const moved = await this.#greeted(from, lease.port, { purpose: 'session', sessionToken, leaseToken });
        this.#counts.handedOff++;
        watch.transport.end();
        transport.end();
        moved.socket.resetAndDestroy();
        return;
      }
    }
  }
}
