import type { BridgeAnswer, BridgePush, WindowBridge } from '../electron/contract/bridge.ts';

/** A bridge that also tells when its carrier came back, so that the picture is read anew. */
export interface Carrier extends WindowBridge {
  watchCarrier(listener: (state: 'open' | 'lost') => void): () => void;
}

/** The desktop's bridge, which cannot be lost while the window lives. */
export function carrierOverPreload(bridge: WindowBridge): Carrier {
  return {
    invoke: (method, params) => bridge.invoke(method, params),
    subscribe: (listener) => bridge.subscribe(listener),
    watchCarrier(listener) {
      listener('open');
      return () => undefined;
    },
  };
}

/** What the WebSocket carrier needs of a browser's WebSocket; the tests have their own. */
export interface SocketLike {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketCarrierOptions {
  readonly open: () => SocketLike;
  readonly setTimer: (run: () => void, delayMs: number) => unknown;
  readonly clearTimer: (timer: unknown) => void;
  /** Longest wait for an answer; a sign-in tries every way before it answers. */
  readonly answerWithinMs: number;
  /** Longest message taken in, in characters. */
  readonly maxMessageChars: number;
}

const OPEN = 1;
/** Waits between tries; the last one stays. */
const RECONNECT_WAITS_MS = [200, 500, 1000, 2000, 5000];
/** Requests that may wait for an answer at once; a window asks a few. */
const MAX_OPEN_REQUESTS = 200;

const lost = (message: string): BridgeAnswer<never> => ({
  ok: false,
  error: {
    code: 'line-lost',
    message,
    details: {},
    nextStep: 'Nothing: the window reconnects by itself. Repeat it when it is back.',
    retry: 'now',
  },
});

interface Incoming {
  readonly id?: number;
  readonly answer?: BridgeAnswer;
  readonly push?: BridgePush;
}

/** JSON over a WebSocket; asks wait for the line, answers that cannot come any more are `line-lost`. Reconnects for ever. */
export function carrierOverSocket(options: SocketCarrierOptions): Carrier {
  type OpenRequest = { text: string; sent: boolean; settle: (answer: BridgeAnswer) => void; timer: unknown };
  const requests = new Map<number, OpenRequest>();
  const pushListeners = new Set<(push: BridgePush) => void>();
  const stateListeners = new Set<(state: 'open' | 'lost') => void>();
  let socket: SocketLike;
  let lastId = 0;
  let failures = 0;

  const settle = (id: number, answer: BridgeAnswer): void => {
    const request = requests.get(id);
    if (!request) return;
    requests.delete(id);
    options.clearTimer(request.timer);
    request.settle(answer);
  };

  const receive = (data: unknown): void => {
    if (typeof data !== 'string' || data.length > options.maxMessageChars) return;
    let message: Incoming;
    try {
      message = JSON.parse(data) as Incoming;
    } catch {
      socket.close();
      return;
    }
    if (typeof message.id === 'number' && message.answer) settle(message.id, message.answer);
    else if (message.push) for (const listener of pushListeners) listener(message.push);
  };

  const connect = (): void => {
    const mine = options.open();
    socket = mine;
    mine.onopen = () => {
      failures = 0;
      for (const request of requests.values()) {
        if (!request.sent) mine.send(request.text);
        request.sent = true;
      }
      for (const listener of stateListeners) listener('open');
    };
    mine.onmessage = (event) => receive(event.data);
    mine.onclose = () => {
      if (socket !== mine) return;
      for (const [id, request] of requests) {
        if (request.sent) settle(id, lost('the window lost its connection before the answer came'));
      }
      for (const listener of stateListeners) listener('lost');
      const waitMs = RECONNECT_WAITS_MS[Math.min(failures, RECONNECT_WAITS_MS.length - 1)] ?? 5000;
      failures += 1;
      options.setTimer(connect, waitMs);
    };
  };
  connect();

  return {
    invoke: (method, params) =>
      new Promise((resolve) => {
        if (requests.size >= MAX_OPEN_REQUESTS) {
          resolve(lost('too many requests of this window wait for an answer'));
          return;
        }
        lastId += 1;
        const id = lastId;
        const text = JSON.stringify({ id, method, params });
        const sent = socket.readyState === OPEN;
        const timer = options.setTimer(
          () => settle(id, lost(`no answer to ${method} within ${options.answerWithinMs / 1000} s`)),
          options.answerWithinMs,
        );
        requests.set(id, { text, sent, settle: resolve as (answer: BridgeAnswer) => void, timer });
        if (sent) socket.send(text);
      }),
    subscribe(listener) {
      pushListeners.add(listener);
      return () => pushListeners.delete(listener);
    },
    watchCarrier(listener) {
      stateListeners.add(listener);
      if (socket.readyState === OPEN) listener('open');
      return () => stateListeners.delete(listener);
    },
  };
}

const SECRET_NAME = 'put-page-secret';

/**
 * The secret that the console put into this page when it was entered; taken out, and kept for a reload by the browser for
 * this tab and this origin, port included, which cookies are not.
 */
export function takePageSecret(page: Pick<Window, 'document' | 'sessionStorage' | 'history'>): string | undefined {
  const given = page.document.querySelector<HTMLMetaElement>(`meta[name="${SECRET_NAME}"]`);
  if (given) {
    page.sessionStorage.setItem(SECRET_NAME, given.content);
    given.remove();
    // The page was the answer to a form; its reload is to ask for the page, not to send the form again.
    page.history.replaceState(null, '', '/');
  }
  return page.sessionStorage.getItem(SECRET_NAME) ?? undefined;
}

/** The carrier of this page: the preload's bridge in the desktop, a WebSocket at `/bridge` of the same origin in a browser. */
export function carrierOfPage(): Carrier {
  if (window.putBridge) return carrierOverPreload(window.putBridge);
  const address = new URL('/bridge', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const secret = takePageSecret(window);
  return carrierOverSocket({
    open: () => new WebSocket(address, secret === undefined ? [] : ['put-bridge', secret]) as SocketLike,
    setTimer: (run, delayMs) => window.setTimeout(run, delayMs),
    clearTimer: (timer) => window.clearTimeout(timer as number),
    answerWithinMs: 120_000,
    maxMessageChars: 64_000_000,
  });
}
