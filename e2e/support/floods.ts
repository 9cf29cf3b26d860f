import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { socketTransport } from '../../core/node/socketTransport.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../../core/protocol/handshake.ts';
import { greet } from '../../core/session/handshake.ts';

/* Connections from loopback addresses of their own, since limits are kept by address: attackers, and those they must not keep out. */

const HOST = '127.0.0.1';
const clock = createSystemClock();
/** One for all: making one takes longer than the handshake. */
const secureContext = createSecureContext({ minVersion: 'TLSv1.2' });

/** A TCP connection from an address; errors are ignored, since being cut off is what is expected. */
export function connectFrom(from: string, port: number): Socket {
  return connect({ host: HOST, port, localAddress: from }).on('error', () => {});
}

/** A TLS connection from an address; rejects when it is cut off before. */
export async function connectTlsFrom(from: string, port: number): Promise<TLSSocket> {
  const socket = connectTls({ socket: connectFrom(from, port), rejectUnauthorized: false, secureContext });
  await once(socket, 'secureConnect');
  return socket.on('error', () => {});
}

/** Greets as a client does, from an address; rejects with the reason, at the deadline of a greeting at the latest. */
export async function greetFrom(
  from: string,
  port: number,
  who: Pick<Hello, 'password' | 'sessionToken'>,
): Promise<{ welcome: Welcome; socket: TLSSocket }> {
  const socket = await connectTlsFrom(from, port);
  const { welcome } = await greet(
    socketTransport(socket, { end: 'client' }),
    {
      versions: [...PROTOCOL_VERSIONS],
      software: 'tests',
      capabilities: [],
      purpose: 'session',
      path: 'single-port',
      clientSystem: from,
      ...who,
    },
    clock,
  );
  return { welcome, socket };
}

/** Signs in once as a client does, from an address, and leaves. */
export async function signInFrom(
  from: string,
  port: number,
  password: { readonly user: string; readonly password: string },
): Promise<Welcome> {
  const { welcome, socket } = await greetFrom(from, port, { password });
  socket.destroy();
  return welcome;
}

/** The request that asks for a WebSocket. */
export const upgradeOf = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n';

/** Memory of a process of this machine. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Connections that are opened again as soon as they are cut off, until `stop`. */
export class ConnectionFlood {
  readonly #open = new Set<Socket>();
  #stopped = false;
  /** Connections that the other end closed. */
  cutOff = 0;

  constructor(addresses: readonly string[], port: number, connectionsEach: number) {
    for (const address of addresses) for (let i = 0; i < connectionsEach; i++) this.#begin(address, port);
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#open) socket.destroy();
  }

  #begin(address: string, port: number): void {
    if (this.#stopped) return;
    const socket = connectFrom(address, port);
    this.#open.add(socket);
    socket.resume();
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#open.delete(socket);
      if (!this.#stopped) this.cutOff++;
      this.#begin(address, port);
    });
  }
}

/** Settles when the connection is closed, in order or cut. */
export function whenClosed(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Writes the bytes one by one, slowly, until the socket is closed. */
export function drip(socket: Socket, bytes: Uint8Array, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(bytes.subarray(at, at + 1));
    at = (at + 1) % bytes.length;
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}
