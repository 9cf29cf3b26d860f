import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { errorOf } from '../protocol/errors.ts';
import type { BridgeAnswer, BridgePush } from '../workbench/bridge.ts';
import type { Workbench } from '../workbench/Workbench.ts';

/** Largest message of a window: a report to save as text, with room for its frame. Also the `maxPayload` of the server. */
export const BRIDGE_MESSAGE_BYTES = 24 * 1024 * 1024;
/** Requests of one window that may wait for an answer at once, as in the window itself. */
const OPEN_REQUESTS = 200;
/** A window that takes nothing in is cut when this much waits for it; it comes back and asks for the picture anew. */
const UNSENT_BYTES = 32 * 1024 * 1024;

/** Close codes of RFC 6455, 7.4.1. */
const CLOSE = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;

const requestSchema = z.strictObject({
  id: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  method: z.string().max(100),
  params: z.unknown(),
});

function refused(message: string): BridgeAnswer {
  const { code, details, nextStep, retry } = errorOf({ code: 'bridge-refused', message });
  return { ok: false, error: { code, message, details, nextStep, retry } };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
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
 * workbench, which checks every argument, and answered `{id, answer}`; its news go out as `{push}`. Anything else on the
 * line closes it. Answers how to close it from here.
 */
export function carryBridgeOverSocket(
  socket: WebSocket,
  workbench: Pick<Workbench, 'openWindow'>,
  tell: (message: string) => void,
): () => void {
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
  const window = workbench.openWindow();
  window.subscribe((push) => send(pushText(push)));
  const finish = (code: number, reason: string): void => {
    if (over) return;
    over = true;
    window.close();
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
  socket.on('message', (data, isBinary) => {
    if (over) return;
    let request: z.output<typeof requestSchema> | undefined;
    try {
      request = isBinary ? undefined : requestSchema.parse(JSON.parse(textOf(data)));
    } catch {
      request = undefined;
    }
    if (!request) {
      tell('a window sent what is no request; its line is closed');
      finish(CLOSE.policy, 'not a request');
      return;
    }
    ask(request.id, request.method, request.params).catch((error: unknown) => tell(`bridge: ${String(error)}`));
  });
  socket.on('error', (error) => tell(`bridge: ${error.message}`));
  socket.on('close', () => {
    over = true;
    window.close();
  });
  return () => finish(CLOSE.goingAway, 'the console ends');
}
