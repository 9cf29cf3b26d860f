import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { LIMITS } from '../../core/protocol/limits.ts';
import { ICON_PLACE } from '../../core/node/windowFiles.ts';
import { keepRecordsSmall } from '../../core/node/tlsRecords.ts';
import { wsTransport } from '../../core/node/wsTransport.ts';
import type { Transport } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import { LogLimiter } from '../LogLimiter.ts';
import type { Arrived } from '../portmgmt/Portmgmt.ts';
import { refuseHttp } from '../../core/node/refuseHttp.ts';
import { BRIDGE_PLACE, CONSOLE_PLACE, type BrowserConsole } from './BrowserConsole.ts';
import { startPage, STYLE } from './startPage.ts';

/** The browser console, mounted by services/main.ts. */
export type MountedConsole = Pick<BrowserConsole, 'request' | 'upgrade'>;

/** Pieces of one message, and chunks of the line it may come in: empty ones cost memory too. */
const WS_FRAGMENTS = 64;
const WS_CHUNKS = 1024;
const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';

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
  #console: MountedConsole | undefined;

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
  mount(browserConsole: MountedConsole): void {
    this.#console = browserConsole;
  }

  request(request: IncomingMessage, response: ServerResponse, arrived: Arrived): void {
    response.on('error', () => {});
    this.#answer(request, response, arrived).catch((error: unknown) => {
      this.#log.error('a web request failed', { error: String(error) });
      if (!response.headersSent) send(response, 500, TEXT, 'The page could not be made.');
      else response.destroy();
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrived: Arrived): void {
    const place = pathOf(request);
    socket.on('error', () => {});
    const isSession = place === '/session' || (arrived.role === 'chat' && (place === '/chat' || place === '/'));
    if (arrived.role === 'web' && place === BRIDGE_PLACE && this.#console) {
      this.#console.upgrade(request, socket, head, arrived);
      return;
    }
    if (!isSession || !isSameOrigin(request)) {
      const status = isSession ? '403 Forbidden' : '404 Not Found';
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
      const label = `${request.socket.remoteAddress ?? 'unknown address'}:${request.socket.remotePort ?? 0}`;
      this.#accept(wsTransport(ws, { label, port: arrived.port }), arrived);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse, arrived: Arrived): Promise<void> {
    const place = pathOf(request);
    const browserConsole = arrived.role === 'web' ? this.#console : undefined;
    const isIcon = place === ICON_PLACE;
    if (browserConsole && (place.startsWith(CONSOLE_PLACE) || isIcon)) {
      const consolePlace = isIcon ? `${CONSOLE_PLACE.slice(0, -1)}${place}` : place;
      await browserConsole.request(request, response, consolePlace, arrived);
      return;
    }
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      send(response, 405, TEXT, 'Only GET and HEAD are answered here.');
      return;
    }
    if (place === '/' || place === '/index.html') send(response, 200, HTML, this.#page());
    else if (place === '/start.css') send(response, 200, 'text/css; charset=utf-8', STYLE);
    else if (browserConsole && place === CONSOLE_PLACE.slice(0, -1)) {
      response.setHeader('Location', CONSOLE_PLACE);
      send(response, 308, TEXT, `See ${CONSOLE_PLACE}`);
    } else send(response, 404, TEXT, 'There is nothing at this address.');
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
