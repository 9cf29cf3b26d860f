import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createNetServer, isIPv4, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { PutError } from '../../core/protocol/errors.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { sendRefused } from '../../core/session/handshake.ts';
import type { Transport } from '../../core/session/ports.ts';
import { socketTransport } from '../../core/node/socketTransport.ts';
import type { Log } from '../service.ts';
import { clientCertificateFault } from '../tls/clientCertificate.ts';
import { refuseHttp } from '../../core/node/refuseHttp.ts';
import { type ConnectionGuard, type Admission } from './ConnectionGuard.ts';
import { LogLimiter } from '../LogLimiter.ts';
import { findPortOwner } from './portOwner.ts';
import type { PortMap } from './PortsTopic.ts';
import type { Arrived, PortRole } from './Portmgmt.ts';
import { TurnPace } from './TurnPace.ts';

/** Frames before `Portmgmt` takes over. */
export type AcceptConnection = (transport: Transport, arrived: Arrived) => void;

/** The web side of a port: pages and WebSockets. */
export interface WebHandler {
  request(request: IncomingMessage, response: ServerResponse, arrived: Arrived): void;
  /** `settled` is called when the greeting behind the upgrade is over, or there will be none. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrived: Arrived): void;
}

interface Listener {
  readonly role: PortRole;
  readonly port: number;
  readonly net: Server;
  readonly secure: TlsServer | HttpsServer;
  readonly sockets: Set<Socket>;
}

/** One raw connection of a port. */
interface Peer {
  readonly admission: Admission;
  readonly settled: () => void;
  /** Of a web port, from the end of its TLS handshake on: what it was sent. */
  bytesSent: () => number;
}

/** Which line of the Config file a port comes from. */
const CONFIG_KEY: Readonly<Record<PortRole, string>> = {
  negotiation: 'CCPORT',
  watch: 'CCPORT+1',
  gui: 'CCPORT and CCPORTCOUNT',
  service: 'SERVICEPORT',
  chat: 'CHATPORT',
  web: 'SSLPORT',
};

/**
 * Whole life of a connection on which nobody signed in: TLS, greeting and password check have TIMES.handshakeMs each, and a
 * refused client that long to read why. Whatever such a peer does, sends or ignores, its connection is destroyed then.
 */
const UNSETTLED_MS = 4 * TIMES.handshakeMs;
/** A large web answer over a slow line gets that time again while it goes on at about 7,000 bit/s, at most this often. */
const ANSWERED_BYTES = 32 * 1024;
const ANSWER_SPANS = 15;
/** Header and body of a web request, against slow senders. */
const HTTP_HEADERS_MS = 10_000;
const HTTP_REQUEST_MS = 30_000;
const HTTP_IDLE_MS = 5_000;
const HTTP_HEADER_BYTES = 16 * 1024;
const HTTP_REQUESTS = 100;

/** IPv4 in its own form; an IPv6 address by its /64, which one customer has whole. */
export function addressKey(remoteAddress: string): string {
  const plain = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress;
  if (isIPv4(plain)) return plain;
  const [head = '', tail = ''] = plain.replace(/%.*$/, '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0') : [];
  return [...front, ...zeros, ...back].slice(0, 4).join(':') + '::/64';
}

/**
 * The TLS listeners of putservices. A raw connection is admitted by the guard before TLS begins; a peer that does not get
 * through TLS is logged and closed; what comes through is handed on as a transport. Errors of one connection never reach
 * another.
 */
export class PortListeners {
  readonly #addresses: readonly string[];
  #tlsOptions: TlsOptions;
  readonly #guard: ConnectionGuard;
  readonly #log: Log;
  readonly #quiet: LogLimiter;
  readonly #unsettledMs: number;
  readonly #handshakes = new TurnPace();
  #onConnectionsChanged: () => void = () => {};
  readonly #listeners: Listener[] = [];
  #accept: AcceptConnection | undefined;
  #web: WebHandler | undefined;
  #overflowWork: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(options: {
    /** Empty: every address of the machine. */
    addresses: readonly string[];
    tlsOptions: TlsOptions;
    guard: ConnectionGuard;
    log: Log;
    nowMs: () => number;
    /** Whole life of a connection on which nobody signs in. */
    unsettledMs?: number;
  }) {
    this.#addresses = options.addresses;
    this.#tlsOptions = options.tlsOptions;
    this.#guard = options.guard;
    this.#log = options.log;
    this.#quiet = new LogLimiter(options.log, options.nowMs);
    this.#unsettledMs = options.unsettledMs ?? UNSETTLED_MS;
  }

  /** Who takes connections from now on; those that come before are closed. */
  serve(accept: AcceptConnection, web: WebHandler, onConnectionsChanged: () => void): void {
    this.#accept = accept;
    this.#web = web;
    this.#onConnectionsChanged = onConnectionsChanged;
  }

  connectionsAt(port: number): number {
    let count = 0;
    for (const listener of this.#listeners) if (listener.port === port) count += listener.sockets.size;
    return count;
  }

  listeningAt(port: number): boolean {
    return this.#listeners.some((listener) => listener.port === port && listener.net.listening);
  }

  /**
   * Opens every port on every address. Throws `port-in-use` or `address-unavailable`, naming port, key and, where it can be
   * seen, the process that has it; everything opened before is closed then.
   */
  async open(ports: PortMap): Promise<void> {
    try {
      await this.#openPort('negotiation', ports.negotiation);
      await this.#openPort('watch', ports.watch);
      for (const port of ports.gui) await this.#openPort('gui', port);
      await this.#openPort('service', ports.service);
      await this.#openPort('chat', ports.chat);
      await this.#openPort('web', ports.web);
    } catch (error) {
      await this.#closeAll();
      throw error;
    }
  }

  /** Why a port cannot be listened at, as `open` throws it; undefined where it can. It is closed again at once. */
  async tryPort(role: PortRole, port: number): Promise<unknown> {
    try {
      await this.#openPort(role, port);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await this.#closeAll();
    }
  }

  /** Opens a GUI port beyond the range (ALLOWOVERFLOW); a failure is logged, the offer then ends by its deadline. */
  openOverflow(port: number): void {
    this.#overflowWork = this.#overflowWork.then(async () => {
      if (this.#closing || this.listeningAt(port)) return;
      try {
        await this.#openPort('gui', port);
        this.#onConnectionsChanged();
      } catch (error) {
        this.#log.warn('a port beyond the range could not be opened', { port, error: String(error) });
      }
    });
  }

  closeOverflow(port: number): void {
    this.#overflowWork = this.#overflowWork.then(async () => {
      for (const listener of this.#listeners.filter((candidate) => candidate.port === port)) {
        this.#listeners.splice(this.#listeners.indexOf(listener), 1);
        await closeListener(listener);
      }
    });
  }

  /** A renewed certificate for connections from now on. */
  renew(tlsOptions: TlsOptions): void {
    this.#tlsOptions = tlsOptions;
    for (const listener of this.#listeners) listener.secure.setSecureContext(tlsOptions);
  }

  /** Stops listening, waits until peers that were told have closed, at most `drainMs`, and cuts the rest. */
  async close(drainMs = 0): Promise<void> {
    this.#closing = true;
    await this.#overflowWork;
    const drained = Promise.all(this.#listeners.map((listener) => stopListening(listener)));
    if (drainMs > 0) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([drained, new Promise((resolve) => (timer = setTimeout(resolve, drainMs)))]);
      clearTimeout(timer);
    }
    await this.#closeAll();
    this.#quiet.close();
  }

  async #closeAll(): Promise<void> {
    const listeners = this.#listeners.splice(0);
    await Promise.all(listeners.map(closeListener));
  }

  async #openPort(role: PortRole, port: number): Promise<void> {
    if (this.#addresses.length > 0) {
      const mixed = this.#addresses.some((address) => isIPv4(address));
      for (const address of this.#addresses)
        await this.#listen(role, port, { host: address, ipv6Only: mixed && !isIPv4(address) });
      return;
    }
    try {
      await this.#listen(role, port, { host: '::', ipv6Only: false });
    } catch (error) {
      // A machine without IPv6.
      if (!(error instanceof PutError) || error.code !== 'address-unavailable') throw error;
      await this.#listen(role, port, { host: '0.0.0.0', ipv6Only: false });
    }
  }

  async #listen(role: PortRole, port: number, where: { host: string; ipv6Only: boolean }): Promise<void> {
    const listener = this.#makeListener(role, port);
    await new Promise<void>((resolve, reject) => {
      listener.net.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, role, port, where.host)));
      listener.net.listen({ port, host: where.host, ipv6Only: where.ipv6Only, backlog: 256 }, () => {
        listener.net.removeAllListeners('error');
        listener.net.on('error', (error) => this.#log.error('a listener failed', { port, error: String(error) }));
        resolve();
      });
    });
    this.#listeners.push(listener);
  }

  #makeListener(role: PortRole, port: number): Listener {
    const peers = new Map<string, Peer>();
    const sockets = new Set<Socket>();
    const web = role === 'web' || role === 'chat';
    const secure: TlsServer | HttpsServer = web
      ? createHttpsServer({
          ...this.#tlsOptions,
          ALPNProtocols: ['http/1.1'],
          maxHeaderSize: HTTP_HEADER_BYTES,
          connectionsCheckingInterval: 2_000,
        })
      : createTlsServer(this.#tlsOptions);
    const arrivedOf = (socket: Addressed): Arrived => {
      const peer = peers.get(socketKey(socket));
      return {
        role,
        port,
        address: peer?.admission.address ?? 'unknown',
        settled: () => peer?.settled(),
        hasRoom: () => peer?.admission.hasRoom() ?? true,
      };
    };
    secure.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const label = `${socket.remoteAddress ?? 'unknown address'}:${socket.remotePort ?? 0}`;
      this.#quiet.warn(
        arrivedOf(socket).address,
        `[${label}][--------][${role}] ${tlsFault(error)}; connection closed`,
        { port, reason: error.code ?? error.message },
      );
      socket.destroy();
    });
    if (web) this.#serveWeb(secure as HttpsServer, arrivedOf, (socket) => peers.get(socketKey(socket)));
    else {
      secure.on('secureConnection', (socket: TLSSocket) => {
        const fault = clientCertificateFault(socket, this.#tlsOptions);
        if (!this.#accept) socket.destroy();
        else if (fault) this.#refuse(socket, fault, arrivedOf(socket));
        else this.#accept(socketTransport(socket, { end: 'server' }), arrivedOf(socket));
      });
    }
    const net = createNetServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {});
      const key = socketKey(socket);
      const address = addressKey(socket.remoteAddress ?? 'unknown');
      const admission = this.#accept ? this.#guard.admit(address, () => socket.destroy()) : undefined;
      if (!admission) {
        this.#quiet.warn(address, `[${key}][--------][${role}] too many connections; closed`, {
          port,
          open: this.#guard.openConnections,
        });
        socket.destroy();
        return;
      }
      let spansLeft = ANSWER_SPANS;
      let sentBefore = 0;
      const lifeTimer = setInterval(() => {
        const sent = peer.bytesSent();
        if (sent - sentBefore < ANSWERED_BYTES || spansLeft-- === 0) socket.destroy();
        sentBefore = sent;
      }, this.#unsettledMs);
      const peer: Peer = {
        admission,
        bytesSent: () => 0,
        settled: () => {
          clearInterval(lifeTimer);
          admission.settled();
        },
      };
      peers.set(key, peer);
      sockets.add(socket);
      this.#onConnectionsChanged();
      socket.on('close', () => {
        clearInterval(lifeTimer);
        admission.left();
        sockets.delete(socket);
        if (peers.get(key) === peer) peers.delete(key);
        this.#onConnectionsChanged();
      });
      this.#handshakes.begin(() => {
        if (!socket.destroyed) secure.emit('connection', socket);
      });
    });
    return { role, port, net, secure, sockets };
  }

  #tellRefusal(fault: PutError, arrived: Arrived): void {
    const { address, role, port } = arrived;
    this.#quiet.warn(address, `[${address}][--------][${role}] ${fault.message}; connection closed`, { port });
  }

  /** Says why in a frame, takes what the peer still sends so that it can read that, and cuts at the deadline. */
  #refuse(socket: TLSSocket, fault: PutError, arrived: Arrived): void {
    this.#tellRefusal(fault, arrived);
    const transport = socketTransport(socket, { end: 'server' });
    const timer = setTimeout(() => socket.destroy(), TIMES.handshakeMs);
    transport.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => clearTimeout(timer) });
    sendRefused(transport, fault);
  }

  #serveWeb(
    server: HttpsServer,
    arrivedOf: (socket: Addressed) => Arrived,
    peerOf: (socket: Addressed) => Peer | undefined,
  ): void {
    server.headersTimeout = HTTP_HEADERS_MS;
    server.requestTimeout = HTTP_REQUEST_MS;
    server.keepAliveTimeout = HTTP_IDLE_MS;
    server.maxHeadersCount = 60;
    server.maxRequestsPerSocket = HTTP_REQUESTS;
    // It never listens itself, and its checks of slow senders begin with this event.
    server.emit('listening');
    server.on('secureConnection', (socket: TLSSocket) => {
      // Bytes of something else than HTTP end in clientError; silence ends here.
      socket.setTimeout(TIMES.handshakeMs, () => socket.destroy());
      const peer = peerOf(socket);
      if (peer) peer.bytesSent = () => socket.bytesWritten;
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const arrived = arrivedOf(socket);
      const label = `${socket.remoteAddress ?? 'unknown address'}:${socket.remotePort ?? 0}`;
      if (error.code !== 'ECONNRESET') {
        this.#quiet.warn(arrived.address, `[${label}][--------][${arrived.role}] foreign bytes; connection closed`, {
          port: arrived.port,
          reason: error.code ?? error.message,
        });
      }
      refuseHttp(socket, '400 Bad Request');
    });
    server.on('request', (request: IncomingMessage, response) => {
      // It stays among the fresh: nobody signed in here, so it gives way when a flood fills the room.
      request.socket.setTimeout(HTTP_REQUEST_MS);
      const fault = clientCertificateFault(request.socket as TLSSocket, this.#tlsOptions);
      if (fault) {
        this.#tellRefusal(fault, arrivedOf(request.socket));
        const headers = { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8', 'PUT-Error': fault.code };
        response.writeHead(403, headers).end(`${fault.message}\n`);
      } else if (this.#web) this.#web.request(request, response, arrivedOf(request.socket));
      else response.writeHead(503, { Connection: 'close' }).end();
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const fault = clientCertificateFault(request.socket as TLSSocket, this.#tlsOptions);
      if (fault) {
        this.#tellRefusal(fault, arrivedOf(request.socket));
        refuseHttp(socket, '403 Forbidden', { 'PUT-Error': fault.code });
        return;
      }
      request.socket.setTimeout(0);
      if (this.#web) this.#web.upgrade(request, socket, head, arrivedOf(request.socket));
      else socket.destroy();
    });
  }
}

interface Addressed {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

function socketKey(socket: Addressed): string {
  return `${socket.remoteAddress ?? 'unknown address'}:${socket.remotePort ?? 0}`;
}

/** Settles when the last connection is gone. */
function stopListening(listener: Listener): Promise<void> {
  return new Promise((resolve) => {
    listener.net.close(() => resolve());
    // Never listened itself, but an HTTPS server keeps a timer and idle connections.
    listener.secure.close(() => {});
  });
}

async function closeListener(listener: Listener): Promise<void> {
  const stopped = stopListening(listener);
  for (const socket of listener.sockets) socket.destroy();
  await stopped;
}

/** What a peer did that did not get through TLS, for the log. */
function tlsFault(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'plain HTTP on a TLS port';
  if (code === 'ECONNRESET') return 'went away during the TLS handshake';
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'no TLS handshake in time';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|UNEXPECTED_MESSAGE|BAD_RECORD|UNKNOWN_PROTOCOL|HTTPS_PROXY|RECORD/.test(code))
    return 'foreign bytes on a TLS port';
  return 'TLS could not be agreed';
}

function listenError(error: NodeJS.ErrnoException, role: PortRole, port: number, host: string): PutError {
  const key = CONFIG_KEY[role];
  const place = `port ${port} (${key}) on ${host}`;
  if (error.code === 'EADDRINUSE') {
    const owner = findPortOwner(port);
    return new PutError(
      'port-in-use',
      `${place} is in use${owner === undefined ? '' : ` by ${owner}`}`,
      { port, key, address: host, ...(owner === undefined ? {} : { owner }) },
      { cause: error },
    );
  }
  if (error.code === 'EACCES') {
    return new PutError(
      'config-invalid',
      `${place} needs more rights than this account has; ports from 1024 on do not`,
      { port, key, address: host },
      { cause: error },
    );
  }
  return new PutError(
    'address-unavailable',
    `${place} cannot be listened on: ${error.code ?? error.message}`,
    { port, key, address: host },
    { cause: error },
  );
}
