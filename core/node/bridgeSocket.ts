import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { advisedReport, PutError } from '../protocol/errors.ts';
import type { BridgeAnswer, BridgePush } from '../workbench/bridge.ts';
import type { Workbench } from '../workbench/Workbench.ts';

/** Largest message of a window: what a request to the master may have at most, twice. Also the `maxPayload` of the server. */
export const BRIDGE_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Requests of one window that may wait for an answer at once, as in the window itself. */
const OPEN_REQUESTS = 200;
/** A window that takes nothing in is cut when this much waits for it; it comes back and asks for the picture anew. */
const UNSENT_BYTES = 32 * 1024 * 1024;

/** A page cannot ask whether its line lives, so it hears something this often; it counts 20 s of silence as lost. */
const ALIVE_MS = 5_000;
/** A page that does not answer for this many of these is gone. */
const UNANSWERED = 4;

/** Close codes of RFC 6455, 7.4.1. */
const CLOSE = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;

/** A block of a chosen file that is asked for and does not come within this: its page is as good as gone. */
const BLOCK_MS = 60_000;
/** In front of the bytes of a block: which reading they answer, big endian. */
const BLOCK_HEAD_BYTES = 4;

const failedSchema = z.strictObject({
  readFailed: z.strictObject({
    id: z.number().int().min(1).max(0xffff_ffff),
    code: z.enum(['file-changed', 'file-unreadable']),
    message: z.string().max(1000),
  }),
});

const requestSchema = z.strictObject({
  id: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  method: z.string().max(100),
  params: z.unknown(),
});

function refused(message: string): BridgeAnswer {
  return { ok: false, error: advisedReport(new PutError('bridge-refused', message)) };
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** Readings of files that were chosen in the page: asked for by a text, answered by binary messages or by why not. */
function pageReader(send: (text: string) => void): {
  read(file: string, offset: number, length: number): Promise<Uint8Array>;
  /** Takes a block in; false: nobody asked for it. */
  take(block: Buffer): boolean;
  fail(id: number, error: PutError): boolean;
  lost(): void;
} {
  interface Reading {
    readonly length: number;
    readonly resolve: (bytes: Uint8Array) => void;
    readonly reject: (error: PutError) => void;
    readonly timer: NodeJS.Timeout;
  }
  const open = new Map<number, Reading>();
  let lastId = 0;
  let over = false;
  const settle = (id: number): Reading | undefined => {
    const reading = open.get(id);
    if (!reading) return undefined;
    open.delete(id);
    clearTimeout(reading.timer);
    return reading;
  };
  const lostError = (): PutError => new PutError('line-lost', 'the page that the file was chosen in lost its line');
  const fail = (id: number, error: PutError): boolean => {
    const reading = settle(id);
    reading?.reject(error);
    return reading !== undefined;
  };
  return {
    read(file, offset, length) {
      if (over) return Promise.reject(lostError());
      lastId = lastId >= 0xffff_ffff ? 1 : lastId + 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        const silent = new PutError('file-out-of-reach', `the page gave no byte within ${BLOCK_MS / 1000} s`);
        const timer = setTimeout(() => fail(id, silent), BLOCK_MS);
        open.set(id, { length, resolve, reject, timer });
        send(JSON.stringify({ read: { id, file, offset, length } }));
      });
    },
    take(block) {
      if (block.length < BLOCK_HEAD_BYTES) return false;
      const id = block.readUInt32BE(0);
      const bytes = block.subarray(BLOCK_HEAD_BYTES);
      if (open.get(id)?.length !== bytes.length) return false;
      settle(id)?.resolve(bytes);
      return true;
    },
    fail,
    lost() {
      over = true;
      for (const id of [...open.keys()]) fail(id, lostError());
    },
  };
}

/** The text of a push, made once for all windows. */
const pushTexts = new WeakMap<BridgePush, string>();

function pushText(push: BridgePush): string {
  const text = pushTexts.get(push) ?? JSON.stringify({ push });
  pushTexts.set(push, text);
  return text;
}

/**
 * Carries the bridge over a WebSocket of a window that was let in: JSON texts `{id, method, params}` are asked of the
 * workbench, which checks every argument, and answered `{id, answer}`; its news go out as `{push}`. Parts of files that were
 * chosen in the page are asked for by `{read: {id, file, offset, length}}` and come as binary messages, four bytes of the id
 * before them, or as `{readFailed: {id, code, message}}`. Every five seconds `{alive: {roundTripMs}}` says how the line is. Anything else on the line closes it. Answers how to close it from here.
 */
export function carryBridgeOverSocket(
  socket: WebSocket,
  workbench: Pick<Workbench, 'openWindow'>,
  tell: (message: string) => void,
): (code?: number, reason?: string) => void {
  let open = 0;
  let over = false;
  const send = (text: string): void => {
    if (over || socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > UNSENT_BYTES) {
      tell('a window takes nothing in; its line is closed');
      finish(CLOSE.tryAgainLater, 'too much waits for this window');
      return;
    }
    socket.send(text);
  };
  const reader = pageReader(send);
  const window = workbench.openWindow((file, offset, length) => reader.read(file, offset, length));
  window.subscribe((push) => send(pushText(push)));
  let unanswered = 0;
  let pingedAtMs = 0;
  let roundTripMs: number | undefined;
  const beat = setInterval(() => {
    if (unanswered++ >= UNANSWERED) {
      socket.terminate();
      return;
    }
    if (socket.bufferedAmount === 0) send(JSON.stringify({ alive: { roundTripMs } }));
    pingedAtMs = performance.now();
    socket.ping();
  }, ALIVE_MS);
  beat.unref();
  socket.on('pong', () => {
    unanswered = 0;
    roundTripMs = Math.round(performance.now() - pingedAtMs);
  });
  pingedAtMs = performance.now();
  socket.ping();
  const leave = (left: boolean): void => {
    over = true;
    clearInterval(beat);
    window.close(left);
    reader.lost();
  };
  const finish = (code: number, reason: string): void => {
    if (over) return;
    leave(false);
    socket.close(code, reason);
  };
  const reply = (id: number, answer: BridgeAnswer): void => send(JSON.stringify({ id, answer }));
  const ask = async (id: number, method: string, params: unknown): Promise<void> => {
    if (open >= OPEN_REQUESTS) {
      reply(id, refused(`${OPEN_REQUESTS} requests of this window wait for an answer already`));
      return;
    }
    open++;
    try {
      reply(id, await window.invoke(method, params));
    } finally {
      open--;
    }
  };
  /** False: it is nothing that a window says. */
  const take = (data: Buffer, isBinary: boolean): boolean => {
    if (isBinary) return reader.take(data);
    let said: unknown;
    try {
      said = JSON.parse(data.toString('utf8'));
    } catch {
      return false;
    }
    const request = requestSchema.safeParse(said);
    if (request.success) {
      const { id, method, params } = request.data;
      ask(id, method, params).catch((error: unknown) => tell(`bridge: ${String(error)}`));
      return true;
    }
    const failed = failedSchema.safeParse(said);
    if (!failed.success) return false;
    const { id, code, message } = failed.data.readFailed;
    return reader.fail(id, new PutError(code, message));
  };
  socket.on('message', (data, isBinary) => {
    unanswered = 0;
    if (over || take(bytesOf(data), isBinary)) return;
    tell('a window sent what is no request; its line is closed');
    finish(CLOSE.policy, 'not a request');
  });
  socket.on('error', (error) => tell(`bridge: ${error.message}`));
  // A page that is left, closed or loaded anew says so where nothing else waits to be sent; one that only lost its line does not.
  socket.on('close', (code) => {
    if (!over) leave(code === CLOSE.goingAway);
  });
  return (code = CLOSE.goingAway, reason = 'the console ends') => finish(code, reason);
}
