import type { BridgeAnswer, BridgePush, WindowBridge } from '../electron/contract/bridge.ts';
import type { CarrierState, SignInPage } from './carrierState.ts';

/** What the WebSocket carrier needs of a browser's WebSocket; the tests have their own. */
export interface SocketLike {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { readonly code?: number }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** Why a part of a file could not be read. */
export interface ReadFailure {
  readonly code: 'file-changed' | 'file-unreadable';
  readonly message: string;
}

export interface SocketCarrierOptions {
  readonly open: () => SocketLike;
  /**
   * Asked before each connect where the page signs in by itself: whether it may, or where it would sign in. Rejects where
   * nobody answers. Absent: it may.
   */
  readonly admit?: (() => Promise<'admitted' | SignInPage>) | undefined;
  /** Reads of what was chosen in this page. */
  readonly readFile?: ((file: string, offset: number, length: number) => Promise<Uint8Array | ReadFailure>) | undefined;
  readonly setTimer: (run: () => void, delayMs: number) => unknown;
  readonly clearTimer: (timer: unknown) => void;
  /** For showing. */
  readonly nowMs: () => number;
  /** A clock that nobody sets, for silences. */
  readonly steadyMs: () => number;
  /** Longest wait for an answer; a sign-in tries every way before it answers. */
  readonly answerWithinMs: number;
  /** Longest message taken in, in characters. */
  readonly maxMessageChars: number;
}

/** The bridge over a WebSocket, with what its loss means. */
export interface SocketCarrier extends WindowBridge {
  watchCarrier(listener: (state: CarrierState) => void): () => void;
  /** Tries at once: a person asked, somebody signed in, or the network is back. */
  retryNow(): void;
}

const OPEN = 1;
/** Waits between tries; the last one stays. */
const RECONNECT_WAITS_MS = [200, 500, 1000, 2000, 5000];
/** Requests that may wait for an answer at once; a window asks a few. */
const MAX_OPEN_REQUESTS = 200;
/** The other end says something every five seconds; after this without a word the line is dead. */
const SILENT_MS = 20_000;
const LOOK_MS = 5_000;
/** The other end closed the line since the session has ended. */
const SIGNED_OUT = 4401;
/** In front of the bytes of a file: which reading they answer, big endian. */
const BLOCK_HEAD_BYTES = 4;

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
  readonly alive?: { readonly roundTripMs?: number };
  readonly read?: { readonly id: number; readonly file: string; readonly offset: number; readonly length: number };
}

function blockOf(id: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_HEAD_BYTES + bytes.length);
  new DataView(block.buffer).setUint32(0, id);
  block.set(bytes, BLOCK_HEAD_BYTES);
  return block;
}

/**
 * JSON over a WebSocket; asks wait for the line, answers that cannot come any more are `line-lost`. Reconnects for ever,
 * unless the page has to sign in first.
 */
export function carrierOverSocket(options: SocketCarrierOptions): SocketCarrier {
  type OpenRequest = { text: string; sent: boolean; settle: (answer: BridgeAnswer) => void; timer: unknown };
  const requests = new Map<number, OpenRequest>();
  const pushListeners = new Set<(push: BridgePush) => void>();
  const stateListeners = new Set<(state: CarrierState) => void>();
  let state: CarrierState = { kind: 'connecting' };
  let socket: SocketLike | undefined;
  let lastId = 0;
  let failures = 0;
  let lostSinceMs: number | undefined;
  let retryTimer: unknown;
  /** Of the line that is there, or being opened. */
  let heardAtMs = 0;
  /** Of the other end, by the clock for showing; a line that is only tried says nothing. */
  let lastHeardAtMs: number | undefined;
  /** Of the newest try: what an older one finds out does not count. */
  let tryNumber = 0;

  const tell = (next: CarrierState): void => {
    if (next.kind !== 'alive') state = next;
    for (const listener of stateListeners) listener(next);
  };
  const settle = (id: number, answer: BridgeAnswer): void => {
    const request = requests.get(id);
    if (!request) return;
    requests.delete(id);
    options.clearTimer(request.timer);
    request.settle(answer);
  };
  const give = async (mine: SocketLike, { id, file, offset, length }: NonNullable<Incoming['read']>): Promise<void> => {
    const read = (await options.readFile?.(file, offset, length)) ?? {
      code: 'file-unreadable' as const,
      message: 'this page has no such file',
    };
    if (mine.readyState !== OPEN) return;
    mine.send(read instanceof Uint8Array ? blockOf(id, read) : JSON.stringify({ readFailed: { id, ...read } }));
  };
  const receive = (mine: SocketLike, data: unknown): void => {
    heardAtMs = options.steadyMs();
    lastHeardAtMs = options.nowMs();
    if (typeof data !== 'string' || data.length > options.maxMessageChars) return;
    let message: Incoming;
    try {
      message = JSON.parse(data) as Incoming;
    } catch {
      mine.close();
      return;
    }
    if (typeof message.id === 'number' && message.answer) settle(message.id, message.answer);
    else if (message.push) for (const listener of pushListeners) listener(message.push);
    else if (message.read) void give(mine, message.read);
    else if (message.alive) tell({ kind: 'alive', roundTripMs: message.alive.roundTripMs });
  };

  const lostLine = (sinceMs: number) => ({ kind: 'lost', heardAtMs: lastHeardAtMs ?? sinceMs, sinceMs }) as const;
  const loseLine = (): void => {
    for (const [id, request] of requests)
      if (request.sent) settle(id, lost('the window lost its connection before the answer came'));
    const waitMs = RECONNECT_WAITS_MS[Math.min(failures, RECONNECT_WAITS_MS.length - 1)] ?? 5000;
    failures += 1;
    const nowMs = options.nowMs();
    lostSinceMs ??= nowMs;
    retryTimer = options.setTimer(() => void connect(), waitMs);
    tell({ ...lostLine(lostSinceMs), attempt: failures, nextTryAtMs: nowMs + waitMs });
  };

  const connect = async (): Promise<void> => {
    tryNumber += 1;
    const mine = tryNumber;
    if (retryTimer !== undefined) options.clearTimer(retryTimer);
    retryTimer = undefined;
    if (options.admit) {
      try {
        const answer = await options.admit();
        if (mine !== tryNumber) return;
        if (answer !== 'admitted') {
          failures = 0;
          lostSinceMs = undefined;
          for (const id of requests.keys()) settle(id, lost('this page is signed out'));
          tell({ kind: 'signed-out', page: answer });
          return;
        }
      } catch {
        if (mine === tryNumber) loseLine();
        return;
      }
    }
    openSocket();
  };
  const openSocket = (): void => {
    const mine = options.open();
    socket = mine;
    let timer: unknown;
    const closed = (code?: number): void => {
      options.clearTimer(timer);
      if (socket !== mine) return;
      socket = undefined;
      if (code === SIGNED_OUT && options.admit) void connect();
      else loseLine();
    };
    const look = (): void => {
      if (socket !== mine || mine.readyState > OPEN) return;
      if (options.steadyMs() - heardAtMs <= SILENT_MS) {
        timer = options.setTimer(look, LOOK_MS);
        return;
      }
      // A browser tells of a close once the other end agreed to it, which a silent one does after a minute or never.
      mine.close();
      closed();
    };
    heardAtMs = options.steadyMs();
    timer = options.setTimer(look, LOOK_MS);
    mine.onopen = () => {
      failures = 0;
      lostSinceMs = undefined;
      tell({ kind: 'open' });
      for (const request of requests.values()) {
        if (!request.sent) mine.send(request.text);
        request.sent = true;
      }
    };
    mine.onmessage = (event) => {
      if (socket === mine) receive(mine, event.data);
    };
    mine.onclose = ({ code }) => closed(code);
  };
  if (options.admit) void connect();
  else openSocket();

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
        const sent = socket?.readyState === OPEN;
        const timer = options.setTimer(
          () => settle(id, lost(`no answer to ${method} within ${options.answerWithinMs / 1000} s`)),
          options.answerWithinMs,
        );
        requests.set(id, { text, sent, settle: resolve as (answer: BridgeAnswer) => void, timer });
        if (sent) socket?.send(text);
      }),
    subscribe(listener) {
      pushListeners.add(listener);
      return () => pushListeners.delete(listener);
    },
    watchCarrier(listener) {
      stateListeners.add(listener);
      if (state.kind !== 'connecting') listener(state);
      return () => stateListeners.delete(listener);
    },
    retryNow() {
      if (state.kind === 'open') return;
      const { sinceMs = options.nowMs(), attempt = 1 } = state.kind === 'lost' ? state : {};
      if (state.kind === 'lost') tell({ ...lostLine(sinceMs), attempt });
      // One that is being opened goes on.
      if (socket === undefined) void connect();
    },
  };
}
