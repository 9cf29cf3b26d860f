import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A TCP proxy on loopback that cuts its connections at a byte, or all of them for a while. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #bytesUntilCut = Infinity;
  #onCut: () => void = () => {};

  readonly port: number;
  readonly #frozen = new WeakSet<Socket>();
  /** Ends towards the server. */
  readonly #far = new WeakSet<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(target: { host: string; port: number }): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy(server);
    server.on('connection', (near) => {
      const far = connect(target);
      proxy.#far.add(far);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        proxy.#open.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          proxy.#open.delete(from);
          to.destroy();
        });
        from.on('data', (bytes: Buffer) => {
          if (!proxy.#frozen.has(from)) proxy.#carry(bytes, to);
        });
      }
    });
    return proxy;
  }

  /** After `count` more bytes, both directions counted together, everything open is reset. */
  cutAfterBytes(count: number, onCut: () => void): void {
    this.#bytesUntilCut = count;
    this.#onCut = onCut;
  }

  /** Cuts everything and refuses new connections for `ms`. Settles when the line is back. */
  async outage(ms: number): Promise<void> {
    this.down();
    await wait(ms);
    await this.up();
  }

  /** Cuts everything and refuses new connections. */
  down(): void {
    this.#server.close();
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  async up(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Nothing more passes over what is open, and nobody is told; new connections work. */
  freeze(): void {
    for (const socket of this.#open) this.#frozen.add(socket.pause());
  }

  /** What the server says over what is open does not pass any more; what is said to it does. New connections work. */
  holdAnswers(): void {
    for (const socket of this.#open) if (this.#far.has(socket)) this.#frozen.add(socket.pause());
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(bytes: Buffer, to: Socket): void {
    const passed = bytes.subarray(0, this.#bytesUntilCut);
    to.write(passed);
    this.#bytesUntilCut -= passed.length;
    if (this.#bytesUntilCut > 0) return;
    this.#bytesUntilCut = Infinity;
    for (const socket of this.#open) socket.resetAndDestroy();
    this.#onCut();
  }
}
