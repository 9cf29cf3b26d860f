import { EventEmitter } from 'node:events';

type Answer = Record<string, unknown>;
interface Waiting {
  readonly method: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}
interface Incoming {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: unknown;
  result?: Answer;
  error?: { message: string };
}

/**
 * Speaks the Chrome DevTools Protocol over one WebSocket, with flat sessions. Events of a session are emitted as
 * `<session>:<method>`, those of the browser as `<method>`; `closed` when the browser is gone.
 */
export class DevtoolsClient extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    super();
    this.setMaxListeners(0);
    this.#socket = socket;
    socket.addEventListener('message', (event) => this.#receive(JSON.parse(String(event.data)) as Incoming));
    socket.addEventListener('close', () => this.#closed());
  }

  static async connect(endpoint: string): Promise<DevtoolsClient> {
    const socket = new WebSocket(endpoint);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`no DevTools at ${endpoint}`)), { once: true });
    });
    return new DevtoolsClient(socket);
  }

  /** Sends a command; rejects with the browser's message, or when the browser goes away first. */
  send<A = Answer>(method: string, params: object = {}, sessionId?: string): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new Error(`${method}: the browser is gone`));
        return;
      }
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { method, resolve: resolve as (answer: Answer) => void, reject });
      this.#socket.send(JSON.stringify({ id: this.#lastId, method, params, sessionId }));
    });
  }

  /** Listens to an event of the browser, or of one session. */
  listen<P>(method: string, listener: (params: P) => void, sessionId?: string): void {
    this.on(sessionId === undefined ? method : `${sessionId}:${method}`, listener);
  }

  #receive(message: Incoming): void {
    if (message.id === undefined) {
      this.emit(message.sessionId ? `${message.sessionId}:${message.method}` : (message.method ?? ''), message.params);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting?.resolve(message.result ?? {});
  }

  #closed(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(`${waiting.method}: the browser is gone`));
    this.#waiting.clear();
    this.emit('closed');
  }
}
