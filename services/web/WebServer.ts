import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { LIMITS } from '../../core/protocol/limits.ts';
import { keepRecordsSmall } from '../../core/node/tlsRecords.ts';
import { wsTransport } from '../../core/node/wsTransport.ts';
import type { Transport } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import { LogLimiter } from '../LogLimiter.ts';
import type { Arrived } from '../portmgmt/Portmgmt.ts';
import { refuseHttp } from '../../core/node/refuseHttp.ts';
import { startPage, STYLE } from './startPage.ts';

/** The browser console, mounted by services/main.ts: static files and the WebSocket of the bridge. */
export interface BrowserConsole {
  /** Folder of the built windows; served below /console/. */
  readonly folder: string;
  /** Takes a WebSocket at /bridge. */
  bridge(socket: WebSocket, request: IncomingMessage): void;
}

/** Pieces of one message, and chunks of the line it may come in: empty ones cost memory too. */
const WS_FRAGMENTS = 64;
const WS_CHUNKS = 1024;
const STATIC_FILE_BYTES = 64 * 1024 * 1024;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
};

const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=()',
} as const;

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const CONSOLE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * What SSLPORT and CHATPORT answer over HTTPS: the start page, `/session` (WebSocket with the frames of the protocol), and
 * the browser console where it is mounted. CHATPORT has `/chat` and `/session` only.
 */
export class WebServer {
  readonly #log: Log;
  readonly #quiet: LogLimiter;
  readonly #accept: (transport: Transport, arrived: Arrived) => void;
  readonly #page: () => string;
  readonly #sockets: WebSocketServer;
  #console: BrowserConsole | undefined;

  constructor(options: {
    log: Log;
    accept: (transport: Transport, arrived: Arrived) => void;
    facts: { systemName: string; software: string; fingerprint: () => string; practice: boolean };
  }) {
    this.#log = options.log;
    this.#quiet = new LogLimiter(options.log, () => performance.now());
    this.#accept = options.accept;
    this.#page = () =>
      startPage({
        ...options.facts,
        fingerprint: options.facts.fingerprint(),
        hasConsole: this.#console !== undefined,
      });
    // Frames are compressed by the protocol where that helps; compressing them again costs memory for nothing.
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: LIMITS.webSocketMessageBytes,
      maxFragments: WS_FRAGMENTS,
      maxBufferedChunks: WS_CHUNKS,
      perMessageDeflate: false,
      clientTracking: false,
    });
  }

  /** Shows the browser console below /console/ from now on. */
  mount(browserConsole: BrowserConsole): void {
    this.#console = browserConsole;
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    this.#answer(request, response).catch((error: unknown) => {
      this.#log.error('a web request failed', { error: String(error) });
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'The page could not be made.');
      else response.destroy();
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrived: Arrived): void {
    const place = pathOf(request);
    socket.on('error', () => {});
    const isSession = place === '/session' || (arrived.role === 'chat' && (place === '/chat' || place === '/'));
    const browserConsole = arrived.role === 'web' && place === '/bridge' ? this.#console : undefined;
    if ((!isSession && !browserConsole) || !isSameOrigin(request)) {
      const status = isSession || browserConsole ? '403 Forbidden' : '404 Not Found';
      this.#quiet.warn(
        arrived.address,
        `[${request.socket.remoteAddress ?? 'unknown address'}][--------][${arrived.role}] WebSocket refused: ${status}`,
        { port: arrived.port, path: place.slice(0, 100) },
      );
      refuseHttp(socket, status);
      return;
    }
    keepRecordsSmall(socket);
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      if (browserConsole) {
        arrived.settled?.();
        browserConsole.bridge(ws, request);
        return;
      }
      const label = `${request.socket.remoteAddress ?? 'unknown address'}:${request.socket.remotePort ?? 0}`;
      this.#accept(wsTransport(ws, { label, port: arrived.port }), arrived);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      send(response, 405, 'text/plain; charset=utf-8', 'Only GET and HEAD are answered here.');
      return;
    }
    const place = pathOf(request);
    if (place === '/' || place === '/index.html') send(response, 200, CONTENT_TYPES['.html'] ?? '', this.#page());
    else if (place === '/start.css') send(response, 200, CONTENT_TYPES['.css'] ?? '', STYLE);
    else if (this.#console && place === '/console') {
      response.setHeader('Location', '/console/');
      send(response, 308, 'text/plain; charset=utf-8', 'See /console/');
    } else if (this.#console && place.startsWith('/console/'))
      await this.#sendFile(response, this.#console.folder, place.slice('/console/'.length));
    else send(response, 404, 'text/plain; charset=utf-8', 'There is nothing at this address.');
  }

  /** A file below the folder; names that leave it, hidden files and links that point outside do not exist. */
  async #sendFile(response: ServerResponse, folder: string, name: string): Promise<void> {
    const missing = (): void => send(response, 404, 'text/plain; charset=utf-8', 'There is nothing at this address.');
    const parts = (name === '' ? 'index.html' : name).split('/');
    if (parts.some((part) => !/^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]*$/.test(part))) return missing();
    const file = path.join(folder, ...parts);
    const contentType = CONTENT_TYPES[path.extname(file)];
    if (!contentType) return missing();
    let handle;
    try {
      const root = await realpath(folder);
      if (!(await realpath(file)).startsWith(root + path.sep)) return missing();
      handle = await open(file, constants.O_RDONLY);
    } catch {
      return missing();
    }
    try {
      const { size } = await handle.stat();
      if (size > STATIC_FILE_BYTES) return missing();
      const body = await handle.readFile();
      response.setHeader('Content-Security-Policy', CONSOLE_POLICY);
      // Built files carry a digest in their name, except the page itself.
      response.setHeader('Cache-Control', contentType.startsWith('text/html') ? 'no-store' : 'private, max-age=3600');
      send(response, 200, contentType, body);
    } finally {
      await handle.close();
    }
  }
}

function pathOf(request: IncomingMessage): string {
  const raw = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  try {
    return decodeURIComponent(raw);
  } catch {
    return '/bad-address';
  }
}

/** A browser names its page's origin; only our own pages may open WebSockets. Other programs name none. */
function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin === undefined || (host !== undefined && origin === `https://${host}`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  if (!response.hasHeader('Content-Security-Policy')) response.setHeader('Content-Security-Policy', PAGE_POLICY);
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
