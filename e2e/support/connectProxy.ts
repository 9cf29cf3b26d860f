import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy on loopback that knows CONNECT alone and demands a password. */
export class ConnectProxy {
  readonly user = 'eva';
  readonly password: string;
  /** Every CONNECT that came: where to, and whether the password was right. */
  readonly asked: { readonly authority: string; readonly letIn: boolean }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(password: string, leadTo: string) {
    this.password = password;
    const right = `Basic ${Buffer.from(`${this.user}:${password}`).toString('base64')}`;
    this.#server = createServer((_request, response) => response.writeHead(405).end());
    this.#server.on('connect', (request, socket: Socket) => {
      this.#hold(socket);
      const authority = request.url ?? '';
      const letIn = request.headers['proxy-authorization'] === right;
      this.asked.push({ authority, letIn });
      if (!letIn) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
        return;
      }
      const target = this.#hold(connect(Number(authority.split(':').at(-1)), leadTo));
      target.once('connect', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      target.pipe(socket).pipe(target);
      target.once('close', () => socket.destroy());
      socket.once('close', () => target.destroy());
    });
  }

  /** Every host that is asked for is found at `leadTo`. */
  static async start(password: string, leadTo = '127.0.0.1'): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(password, leadTo);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #hold(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
