import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import { BRIDGE_MESSAGE_BYTES, carryBridgeOverSocket } from '../../core/node/bridgeSocket.ts';
import { limitedBody } from '../../core/node/limitedBody.ts';
import { refuseHttp } from '../../core/node/refuseHttp.ts';
import { cookieOf } from '../../core/node/requestCookie.ts';
import { CONTENT_TYPES, contentHeaders } from '../../core/node/windowContent.ts';
import { createPacker, isImmutable, readWindowFile } from '../../core/node/windowFiles.ts';
import { printable } from '../../core/model/strangerText.ts';
import { errorOf, PutError, reportOf, type ErrorReport } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import { LogLimiter } from '../LogLimiter.ts';
import type { Arrived } from '../portmgmt/Portmgmt.ts';
import type { Log } from '../service.ts';
import { tokenHashOf } from '../sessions/secrets.ts';
import { isFromOwnPage, isOwnHost, type OwnHosts } from './ownHost.ts';

/** Below it stand the windows and the sign-in. */
export const CONSOLE_PLACE = '/console/';
/** Where the bridge's WebSocket opens. */
export const BRIDGE_PLACE = '/bridge';

/** Its prefix makes browsers demand Secure, this host and no domain; what it holds is the token of the session. */
const COOKIE = '__Host-put-console';
const COOKIE_RULES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
const TOKEN = /^[A-Za-z0-9_-]{20,200}$/;
/** User and password with room for escapes. */
const SIGN_IN_BYTES = 8 * 1024;
/** Browsers at work at once, and windows of one. */
const MOST_CONSOLES = 64;
const MOST_WINDOWS = 16;
/** Without a window for this long its line is let go; the session stays for its grace time. A page that is loaded anew is back sooner. */
const LINGER_MS = 60_000;
/** Close codes of our own (RFC 6455, 7.4.2). */
const CLOSE = { signedOut: 4401 } as const;

/** Behind the pages of one browser: `openMasterWorkbench` of core/workbench, which services/main.ts brings. */
export interface ConsoleWorkbench {
  readonly openWindow: Parameters<typeof carryBridgeOverSocket>[1]['openWindow'];
  signIn(user: string, password: string): Promise<string>;
  signOut(): Promise<void>;
  onOver(listener: (cause: ErrorReport | undefined) => void): void;
  close(): Promise<void>;
}

/** Who comes with a browser. */
export interface ConsoleCaller {
  /** As sign-ins are counted by. */
  readonly address: string;
  /** For the log. */
  readonly label: string;
  hasRoom?(): boolean;
  readonly sessionToken?: string | undefined;
}

export interface BrowserConsoleOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Of the built windows. */
  readonly folder: string;
  readonly systemName: string;
  readonly practice: boolean;
  readonly software: string;
  readonly ownHosts: () => OwnHosts;
  openWorkbench(caller: ConsoleCaller): Promise<ConsoleWorkbench>;
  /** Throws why a token is no session's (any more). */
  demandSession(token: string): void;
}

interface OpenConsole {
  readonly workbench: Promise<ConsoleWorkbench>;
  readonly windows: Set<(code?: number, reason?: string) => void>;
  /** Windows that are being opened. */
  opening: number;
  stopLinger: () => void;
}

const signInSchema = z.strictObject({ user: z.string().trim().min(1).max(64), password: z.string().min(1).max(1024) });

/**
 * The windows of PUT Desktop for browsers: pages and sign-in below /console/, and the bridge's WebSocket. Who signed in has a
 * cookie with the token of a session like any client's; each browser has a workbench of its own here, which is a client of
 * the services over a line within this process. Every request must call the system by a name of its own, and what changes
 * anything must come from a page of its own.
 */
export class BrowserConsole {
  readonly #options: BrowserConsoleOptions;
  readonly #quiet: LogLimiter;
  readonly #pack: ReturnType<typeof createPacker>;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: BRIDGE_MESSAGE_BYTES,
    clientTracking: false,
    // Only who has a session gets here. No memory is kept between messages, and small ones stay as they are.
    perMessageDeflate: {
      threshold: 1_024,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      zlibDeflateOptions: { level: 5, memLevel: 7 },
    },
  });
  /** By the hash of the session's token. */
  readonly #consoles = new Map<string, OpenConsole>();
  /** Connections with a sign-in under way: one each, so that their number is bounded as theirs is. */
  readonly #signingIn = new WeakSet<Socket>();
  #closing = false;

  constructor(options: BrowserConsoleOptions) {
    this.#options = options;
    this.#pack = createPacker(options.folder);
    this.#quiet = new LogLimiter(options.log, () => options.clock.steadyMs());
  }

  /** Answers a request below /console/; `place` is the decoded path. */
  async request(request: IncomingMessage, response: ServerResponse, place: string, arrived: Arrived): Promise<void> {
    const { host } = request.headers;
    if (!isOwnHost(host, this.#options.ownHosts())) {
      const called = printable((host ?? 'nothing').slice(0, 100));
      this.#quiet.warn(arrived.address, `[${labelOf(request)}][--------][web] called by another name: ${called}`, {
        port: arrived.port,
      });
      request.resume();
      response.setHeader('Connection', 'close');
      const text = `This system is not known as ${called}. Open it by its own name or address, or name it so in its Config file: WEBNAMES=${called.replace(/:\d+$/, '')}\n`;
      send(response, 421, CONTENT_TYPES['.txt'] ?? '', text);
      return;
    }
    const path = place.slice(CONSOLE_PLACE.length - 1);
    if (path === '/sign-in') return this.#signIn(request, response, arrived);
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', path === '/sign-in' ? 'POST' : 'GET, HEAD');
      send(response, 405, CONTENT_TYPES['.txt'] ?? '', 'Only GET and HEAD are answered here.\n');
      return;
    }
    if (path === '/session') return this.#tellSession(request, response);
    await this.#sendFile(request, response, path);
  }

  /** Opens the bridge for a window whose browser has a session. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrived: Arrived): void {
    socket.on('error', () => {});
    const refuse = (status: string): void => {
      this.#quiet.warn(arrived.address, `[${labelOf(request)}][--------][web] bridge refused: ${status}`, {
        port: arrived.port,
      });
      refuseHttp(socket, status);
    };
    if (!isOwnHost(request.headers.host, this.#options.ownHosts())) return refuse('421 Misdirected Request');
    if (!isFromOwnPage(request)) return refuse('403 Forbidden');
    if (this.#closing) return refuse('503 Service Unavailable');
    const token = tokenOf(request);
    if (token === undefined || this.#whyNoSession(token)) return refuse('401 Unauthorized');
    const key = tokenHashOf(token);
    const known = this.#consoles.get(key);
    if (!known && this.#consoles.size >= MOST_CONSOLES) return refuse('503 Service Unavailable');
    if (known && known.windows.size + known.opening >= MOST_WINDOWS) return refuse('503 Service Unavailable');
    arrived.settled?.();
    const caller: ConsoleCaller = { address: arrived.address, label: labelOf(request), sessionToken: token };
    const opened = known ?? this.#keep(key, this.#options.openWorkbench(caller));
    this.#sockets.handleUpgrade(request, socket, head, (window) => void this.#openWindow(key, opened, window));
  }

  /** Lets every page know, and their lines go; sessions stay for the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#consoles.values()];
    this.#consoles.clear();
    await Promise.all(
      all.map(async ({ workbench, windows, stopLinger }) => {
        stopLinger();
        for (const closeWindow of windows) closeWindow(1012, 'putservices is being stopped');
        await (await workbench.catch(() => undefined))?.close();
      }),
    );
    this.#quiet.close();
  }

  async #openWindow(key: string, opened: OpenConsole, window: WebSocket): Promise<void> {
    opened.stopLinger();
    opened.opening++;
    // What comes before the workbench is there waits in the socket.
    window.pause();
    try {
      const workbench = await opened.workbench;
      if (window.readyState !== window.OPEN) return;
      const closeWindow = carryBridgeOverSocket(window, workbench, (message) =>
        this.#options.log.warn('a window of the browser console', { message }),
      );
      opened.windows.add(closeWindow);
      window.on('close', () => {
        opened.windows.delete(closeWindow);
        this.#lingerIfEmpty(key, opened);
      });
      window.resume();
    } catch (error) {
      const { code } = reportOf(error);
      window.resume();
      window.close(code === 'server-stopping' ? 1012 : CLOSE.signedOut, code);
    } finally {
      opened.opening--;
      this.#lingerIfEmpty(key, opened);
    }
  }

  #lingerIfEmpty(key: string, opened: OpenConsole): void {
    opened.stopLinger();
    if (opened.windows.size > 0 || opened.opening > 0 || this.#consoles.get(key) !== opened) return;
    opened.stopLinger = this.#options.clock.setTimer(LINGER_MS, () => {
      this.#consoles.delete(key);
      this.#closeWorkbench(opened);
    });
  }

  /** Keeps a workbench until its session is over or nobody looks any more. */
  #keep(key: string, workbench: Promise<ConsoleWorkbench>): OpenConsole {
    const opened: OpenConsole = { workbench, windows: new Set(), opening: 0, stopLinger: () => {} };
    this.#consoles.set(key, opened);
    const forget = (cause: ErrorReport | undefined): void => {
      opened.stopLinger();
      if (this.#consoles.get(key) === opened) this.#consoles.delete(key);
      for (const closeWindow of opened.windows) closeWindow(CLOSE.signedOut, cause?.code ?? 'signed out');
    };
    workbench.then(
      (ready) =>
        ready.onOver((cause) => {
          forget(cause);
          this.#closeWorkbench(opened);
        }),
      (error: unknown) => forget(reportOf(error)),
    );
    return opened;
  }

  #closeWorkbench({ workbench }: OpenConsole): void {
    workbench
      .then((ready) => ready.close())
      .catch((error: unknown) => this.#options.log.warn('a browser console did not close', { error: String(error) }));
  }

  /** Whether this browser has a session, and where it would sign in. */
  #tellSession(request: IncomingMessage, response: ServerResponse): void {
    const { systemName, practice, software } = this.#options;
    if (this.#closing) {
      // Sessions are put away for the next start: that none is found now says nothing, and the cookie stays.
      sendJson(response, 503, { error: reportOf(new PutError('server-stopping', 'putservices is being stopped')) });
      return;
    }
    const token = tokenOf(request);
    const cause = token === undefined ? undefined : this.#whyNoSession(token);
    const signedIn = token !== undefined && cause === undefined;
    if (!signedIn && hasCookie(request)) response.setHeader('Set-Cookie', `${COOKIE}=; Max-Age=0; ${COOKIE_RULES}`);
    // 200 in either case: an answer, not a fault.
    sendJson(response, 200, { signedIn, systemName, practice, software, ...(cause ? { cause } : {}) });
  }

  #whyNoSession(token: string): ErrorReport | undefined {
    try {
      this.#options.demandSession(token);
      return undefined;
    } catch (error) {
      return reportOf(error);
    }
  }

  async #signIn(request: IncomingMessage, response: ServerResponse, arrived: Arrived): Promise<void> {
    const refuse = (status: number, error: PutError): void => {
      request.resume();
      const { waitMs } = error.details;
      if (typeof waitMs === 'number') response.setHeader('Retry-After', String(Math.ceil(waitMs / 1000)));
      sendJson(response, status, { error: reportOf(error) });
    };
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      return refuse(405, new PutError('usage', 'a sign-in is posted'));
    }
    if (!isFromOwnPage(request)) return refuse(403, new PutError('usage', 'only pages of this system sign in here'));
    // A type that no form of another site can send.
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
      return refuse(415, new PutError('usage', 'a sign-in is JSON'));
    if (this.#closing) return refuse(503, new PutError('server-stopping', 'putservices is being stopped'));
    const { socket } = request;
    if (this.#signingIn.has(socket)) return refuse(429, new PutError('sign-in-busy', 'a sign-in is under way here'));
    this.#signingIn.add(socket);
    try {
      const body = await limitedBody(request, SIGN_IN_BYTES);
      if (!body) return refuse(413, new PutError('usage', 'the sign-in is too long or did not come whole'));
      const given = signInSchema.safeParse(jsonOf(body));
      if (!given.success) return refuse(400, new PutError('usage', 'a sign-in names a user and a password'));
      await this.#admit(given.data, request, response, arrived, refuse);
    } finally {
      this.#signingIn.delete(socket);
    }
  }

  async #admit(
    { user, password }: z.output<typeof signInSchema>,
    request: IncomingMessage,
    response: ServerResponse,
    arrived: Arrived,
    refuse: (status: number, error: PutError) => void,
  ): Promise<void> {
    const { address } = arrived;
    const label = labelOf(request);
    const hasRoom = (): boolean => this.#consoles.size < MOST_CONSOLES && (arrived.hasRoom?.() ?? true);
    const workbench = await this.#options.openWorkbench({ address, label, hasRoom });
    let token: string;
    try {
      token = await workbench.signIn(user, password);
    } catch (error) {
      await workbench.close();
      const known = errorOf(reportOf(error));
      return refuse(STATUS_OF[known.code] ?? 403, known);
    }
    if (response.destroyed || this.#closing) {
      // Nobody got the token, so nobody can come back with it.
      await workbench.signOut().catch(() => {});
      await workbench.close();
      return;
    }
    const before = tokenOf(request);
    if (before !== undefined) await this.#signOutBefore(before);
    const key = tokenHashOf(token);
    this.#lingerIfEmpty(key, this.#keep(key, Promise.resolve(workbench)));
    response.setHeader('Set-Cookie', `${COOKIE}=${token}; ${COOKIE_RULES}`);
    sendJson(response, 200, {});
  }

  /** Whoever signs in anew in the same browser leaves no session of before behind. */
  async #signOutBefore(token: string): Promise<void> {
    const opened = this.#consoles.get(tokenHashOf(token));
    const workbench = await opened?.workbench.catch(() => undefined);
    await workbench?.signOut().catch(() => {});
  }

  async #sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const file = await readWindowFile(this.#options.folder, path);
    if (!file) {
      send(response, 404, CONTENT_TYPES['.txt'] ?? '', 'There is nothing at this address.\n');
      return;
    }
    if (isImmutable(path)) response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
    const served = path === '/' || path === '/index.html' ? { ...file, body: signInPage(file.body) } : file;
    const packed = await this.#pack(path, served, String(request.headers['accept-encoding'] ?? ''));
    response.setHeader('Vary', 'Accept-Encoding');
    if (packed) response.setHeader('Content-Encoding', packed.coding);
    send(response, 200, served.type, packed?.body ?? served.body);
  }
}

const STATUS_OF: Readonly<Record<string, number>> = {
  'sign-in-refused': 401,
  'sign-in-slowed': 429,
  'sign-in-busy': 503,
  'connection-limit': 503,
  'server-stopping': 503,
};

/** Tells the page that it signs in by itself, and where. */
function signInPage(page: Buffer): Buffer {
  const mark = `<meta name="put-sign-in" content="${CONSOLE_PLACE}">`;
  return Buffer.from(page.toString('utf8').replace(/<head[^>]*>/, (head) => `${head}${mark}`));
}

const hasCookie = (request: IncomingMessage): boolean => cookieOf(request, COOKIE) !== undefined;

function tokenOf(request: IncomingMessage): string | undefined {
  const token = cookieOf(request, COOKIE);
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

function labelOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? 'unknown address'}:${socket.remotePort ?? 0}`;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  send(response, status, CONTENT_TYPES['.json'] ?? '', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  for (const [name, value] of Object.entries(contentHeaders('self')))
    if (!response.hasHeader(name)) response.setHeader(name, value);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
