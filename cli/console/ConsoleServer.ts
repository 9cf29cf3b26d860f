import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { PutError } from '../../core/protocol/errors.ts';
import { BRIDGE_MESSAGE_BYTES, carryBridgeOverSocket } from '../../core/node/bridgeSocket.ts';
import type { Workbench } from '../../core/workbench/Workbench.ts';
import { refuseHttp } from '../../core/node/refuseHttp.ts';
import { limitedBody } from '../../core/node/limitedBody.ts';
import { cookieOf } from '../../core/node/requestCookie.ts';
import { CONTENT_TYPES, contentHeaders } from '../../core/node/windowContent.ts';
import { readWindowFile } from '../../core/node/windowFiles.ts';
import { codePage, FORM_POLICY, PAGE_SECRET_NAME } from './entryPage.ts';

/** Windows that may be open at once; a loop of reconnects must not pile up sockets. */
const MOST_WINDOWS = 32;
/** Connections that have shown no cookie of ours; any user of this machine can open them, and the oldest gives way. */
const MOST_STRANGERS = 64;
/** A request that gives the code. */
const ENTRY_BYTES = 1024;
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
/** Subprotocol of the bridge; the secret of the page is offered beside it. */
const BRIDGE_PROTOCOL = 'put-bridge';
const LOOPBACK = '127.0.0.1';
/** Of every answer: the bridge's WebSocket is the only connection of a window. */
const CONSOLE_HEADERS = contentHeaders('self');

export interface ConsoleServerOptions {
  readonly workbench: Pick<Workbench, 'openWindow'>;
  /** Folder of the built windows. */
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tell: (message: string) => void;
  /** Called when the one-use code was used. */
  readonly onEntered?: () => void;
  /** Called whenever the number of open windows changes. */
  readonly onWindows?: (open: number) => void;
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The code of a posted form; undefined for anything else, and for more than a form has. */
async function postedCode(request: IncomingMessage): Promise<string | undefined> {
  const body = await limitedBody(request, ENTRY_BYTES);
  return new URLSearchParams(body?.toString('latin1')).get('code') ?? undefined;
}

/**
 * The windows of PUT Desktop for a browser of this machine: on 127.0.0.1 only, let in by a code of one use, which a page posts.
 * It is exchanged for a cookie that scripts cannot read and other sites cannot send, and for a secret in the page, which the
 * bridge demands besides: a browser shows its cookies of 127.0.0.1 to every port there, whoever listens. Host and Origin are
 * checked, so that no page of another site and no name bound to 127.0.0.1 gets in.
 */
export class ConsoleServer {
  readonly #options: ConsoleServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: BRIDGE_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => BRIDGE_PROTOCOL,
  });
  readonly #windows = new Set<WebSocket>();
  /** Oldest first. */
  readonly #strangers = new Set<Socket>();
  readonly #cookie = randomBytes(32).toString('base64url');
  readonly #pageSecret = randomBytes(32).toString('base64url');
  #code: string | undefined = randomBytes(32).toString('base64url');
  #port = 0;

  private constructor(options: ConsoleServerOptions) {
    this.#options = options;
    const times = { requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS, connectionsCheckingInterval: 1_000 };
    this.#server = createServer(times, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        options.tell(`console: ${String(error)}`);
        response.destroy();
      });
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.on('connection', (socket: Socket) => this.#meet(socket));
  }

  /** Starts to listen. Throws `file-unreadable` where the windows are not built, `port-in-use` for a taken port. */
  static async start(options: ConsoleServerOptions): Promise<ConsoleServer> {
    if (!(await readWindowFile(options.folder, '/'))) {
      throw new PutError(
        'file-unreadable',
        `${options.folder}: the windows are not built; build them with \`npm run build\``,
        {
          path: options.folder,
        },
      );
    }
    const server = new ConsoleServer(options);
    await server.#listen();
    return server;
  }

  /** Where the windows are, without the code. */
  get origin(): string {
    return this.#origin(LOOPBACK);
  }

  /** What lets in, once; undefined when it was used. */
  get code(): string | undefined {
    return this.#code;
  }

  get port(): number {
    return this.#port;
  }

  get windows(): number {
    return this.#windows.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#windows) socket.close(1001, 'the console ends');
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const cut = setTimeout(() => {
      for (const socket of this.#windows) socket.terminate();
      this.#server.closeAllConnections();
    }, 500);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(cut);
  }

  #listen(): Promise<void> {
    const { port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        const message = taken
          ? `port ${port} of ${LOOPBACK} is in use; leave --port away for a free one`
          : `port ${port}: ${error.message}`;
        reject(new PutError(taken ? 'port-in-use' : 'address-unavailable', message, { port }, { cause: error }));
      });
      this.#server.listen(port, LOOPBACK, () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  #origin(host: string): string {
    return `http://${host}:${this.#port}`;
  }

  get #cookieName(): string {
    // Browsers keep cookies by host, not by port: two consoles at once must not take each other's.
    return `put-console-${this.#port}`;
  }

  /** The name of this machine's own address that the request was made to; undefined for any other name. */
  #hostOf(request: IncomingMessage): string | undefined {
    return [LOOPBACK, 'localhost'].find((host) => request.headers.host === `${host}:${this.#port}`);
  }

  #isLetIn(request: IncomingMessage): boolean {
    const given = cookieOf(request, this.#cookieName);
    return given !== undefined && sameSecret(given, this.#cookie);
  }

  /** Whoever comes is a stranger until a request of its shows the cookie. */
  #meet(socket: Socket): void {
    const [oldest] = this.#strangers;
    if (oldest && this.#strangers.size >= MOST_STRANGERS) {
      this.#strangers.delete(oldest);
      oldest.destroy();
    }
    this.#strangers.add(socket);
    socket.once('close', () => this.#strangers.delete(socket));
  }

  async #enter(request: IncomingMessage): Promise<{ page: string; cookie: string } | undefined> {
    const code = await postedCode(request);
    if (code === undefined || this.#code === undefined || !sameSecret(code, this.#code)) return undefined;
    const file = await readWindowFile(this.#options.folder, '/');
    if (!file) return undefined;
    this.#code = undefined;
    this.#options.onEntered?.();
    const secret = `<meta name="${PAGE_SECRET_NAME}" content="${this.#pageSecret}">`;
    return {
      page: file.body.toString('utf8').replace(/<head[^>]*>|$/, (head) => `${head}${secret}`),
      cookie: `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`,
    };
  }

  /** The secret comes among the subprotocols: pages cannot set another header, and an address would be kept. */
  #hasPageSecret(request: IncomingMessage): boolean {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    return offered[0] === BRIDGE_PROTOCOL && offered[1] !== undefined && sameSecret(offered[1], this.#pageSecret);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number, type: string, body: string | Buffer, more: Record<string, string> = {}): void => {
      response.writeHead(status, {
        ...CONSOLE_HEADERS,
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        ...more,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const text = (status: number, words: string, more: Record<string, string> = {}): void =>
      end(status, 'text/plain; charset=utf-8', `${words}\n`, more);
    const askCode = (why: string): void =>
      end(403, CONTENT_TYPES['.html'] ?? '', codePage(why), { 'content-security-policy': FORM_POLICY });
    const host = this.#hostOf(request);
    if (host === undefined) return text(421, 'This is another machine.', { connection: 'close' });
    if (request.method === 'POST' && request.url === '/enter') {
      const entered = await this.#enter(request);
      if (!entered)
        return askCode('This code was used already, or is another one. Start putctl console again for a new one.');
      this.#strangers.delete(request.socket);
      return end(200, CONTENT_TYPES['.html'] ?? '', entered.page, { 'set-cookie': entered.cookie });
    }
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text(405, 'Only reading is possible here.', { allow: 'GET, HEAD' });
    let url: URL;
    try {
      url = new URL(request.url ?? '/', this.#origin(host));
    } catch {
      return text(400, 'This address cannot be read.');
    }
    if (url.pathname === '/enter')
      return askCode(
        'This tab was not let in. The windows are in the tab that was: duplicate that one, or start putctl console again for a new code.',
      );
    if (!this.#isLetIn(request)) return askCode('The windows of PUT Desktop are for whoever started them.');
    this.#strangers.delete(request.socket);
    const file = await readWindowFile(this.#options.folder, url.pathname);
    if (!file) return text(404, 'There is nothing at this address.');
    end(200, file.type, file.body);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const host = this.#hostOf(request);
    const refusal =
      host === undefined || request.headers.origin !== this.#origin(host)
        ? '403 Forbidden'
        : !this.#isLetIn(request) || !this.#hasPageSecret(request)
          ? '401 Unauthorized'
          : (request.url ?? '') !== '/bridge'
            ? '404 Not Found'
            : this.#windows.size >= MOST_WINDOWS
              ? '503 Service Unavailable'
              : undefined;
    if (refusal !== undefined) {
      this.#options.tell(`a WebSocket was refused: ${refusal}`);
      refuseHttp(socket, refusal);
      return;
    }
    this.#strangers.delete(request.socket);
    this.#sockets.handleUpgrade(request, socket, head, (window) => {
      this.#windows.add(window);
      window.on('close', () => {
        this.#windows.delete(window);
        this.#options.onWindows?.(this.#windows.size);
      });
      carryBridgeOverSocket(window, this.#options.workbench, this.#options.tell);
      this.#options.onWindows?.(this.#windows.size);
    });
  }
}
