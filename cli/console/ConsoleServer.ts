import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { PutError } from '../../core/protocol/errors.ts';
import { BRIDGE_MESSAGE_BYTES, carryBridgeOverSocket } from '../../core/node/bridgeSocket.ts';
import type { Workbench } from '../../core/workbench/Workbench.ts';
import { CONSOLE_HEADERS, readStaticFile } from './staticFiles.ts';

/** Windows that may be open at once; a loop of reconnects must not pile up sockets. */
const MOST_WINDOWS = 32;
const LOOPBACK = '127.0.0.1';

export interface ConsoleServerOptions {
  readonly workbench: Pick<Workbench, 'invoke' | 'subscribe'>;
  /** Folder of the built windows. */
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tell: (message: string) => void;
  /** Called whenever the number of open windows changes. */
  readonly onWindows?: (open: number) => void;
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/**
 * The windows of PUT Desktop for a browser of this machine: on 127.0.0.1 only, let in by a token of one use in the address,
 * which is exchanged for a cookie that scripts cannot read and other sites cannot send. Host and Origin are checked, so that
 * no page of another site and no name bound to 127.0.0.1 gets in.
 */
export class ConsoleServer {
  readonly #options: ConsoleServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: BRIDGE_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #windows = new Set<WebSocket>();
  readonly #cookie = randomBytes(32).toString('base64url');
  #token: string | undefined = randomBytes(32).toString('base64url');
  #port = 0;

  private constructor(options: ConsoleServerOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        options.tell(`console: ${String(error)}`);
        response.destroy();
      });
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.maxConnections = 256;
  }

  /** Starts to listen. Throws `file-unreadable` where the windows are not built, `port-in-use` for a taken port. */
  static async start(options: ConsoleServerOptions): Promise<ConsoleServer> {
    if (!(await readStaticFile(options.folder, '/'))) {
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

  /** The address to open, good for one use. */
  get address(): string {
    return `${this.#origin('127.0.0.1')}/?token=${this.#token ?? 'used'}`;
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
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
    const host = this.#hostOf(request);
    if (host === undefined) return text(421, 'This is another machine.');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text(405, 'Only reading is possible here.', { allow: 'GET, HEAD' });
    let url: URL;
    try {
      url = new URL(request.url ?? '/', this.#origin(host));
    } catch {
      return text(400, 'This address cannot be read.');
    }
    const token = url.searchParams.get('token');
    if (url.pathname === '/' && token !== null && request.method === 'GET') {
      if (this.#token !== undefined && sameSecret(token, this.#token)) {
        this.#token = undefined;
        const cookie = `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`;
        return text(303, 'Welcome.', { location: '/', 'set-cookie': cookie });
      }
      if (!this.#isLetIn(request))
        return text(403, 'This address was used already. Start putctl console again for a new one.');
      return text(303, 'Welcome.', { location: '/' });
    }
    if (!this.#isLetIn(request)) return text(403, 'Open the address that putctl console printed.');
    const file = await readStaticFile(this.#options.folder, url.pathname);
    if (!file) return text(404, 'There is nothing at this address.');
    end(200, file.type, file.body);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const host = this.#hostOf(request);
    const refusal =
      host === undefined || request.headers.origin !== this.#origin(host)
        ? '403 Forbidden'
        : !this.#isLetIn(request)
          ? '401 Unauthorized'
          : (request.url ?? '') !== '/bridge'
            ? '404 Not Found'
            : this.#windows.size >= MOST_WINDOWS
              ? '503 Service Unavailable'
              : undefined;
    if (refusal !== undefined) {
      this.#options.tell(`a WebSocket was refused: ${refusal}`);
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
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
