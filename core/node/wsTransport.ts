import type { WebSocket } from 'ws';
import { createPieceQueue, type PieceQueue } from './pieceQueue.ts';
import { PutError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Transport, TransportHandlers } from '../session/ports.ts';

const NOBODY: TransportHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** Bytes queued in a WebSocket above which the owner is told to wait. */
const FULL_BYTES = 256 * 1024;
/** Frames are gathered to messages of this size: a message is handed on only when all of it has come. */
const MESSAGE_BYTES = 1024;
/** A closing handshake that takes longer is cut. */
const CLOSE_DEADLINE_MS = 5_000;
/** After bytes that are no WebSocket's, or a message too large. */
const AFTER_FAULT_MS = 250;

/** Normal closure and "going away" (RFC 6455, 7.4.1). */
const CLEAN_CLOSE_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** A transport over a WebSocket: the frames' bytes travel in binary messages, whose borders mean nothing. */
export function wsTransport(socket: WebSocket, options: { label: string; port: number }): Transport {
  let handlers = NOBODY;
  let hasHandlers = false;
  let held: Uint8Array[] = [];
  let closed: { error: PutError | undefined } | undefined;
  let told = false;
  let full = false;
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let failure: PutError | undefined;
  let pieces: PieceQueue | undefined;

  const tell = (): void => {
    if (!closed || told || !hasHandlers) return;
    told = true;
    handlers.onClose(closed.error);
  };
  const flush = (): void => {
    const parts = batch;
    batch = [];
    batchBytes = 0;
    if (parts.length === 0 || socket.readyState !== socket.OPEN) return;
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    for (let at = 0; at < bytes.length; at += LIMITS.webSocketMessageBytes) {
      socket.send(bytes.subarray(at, at + LIMITS.webSocketMessageBytes), { binary: true }, () => {
        if (full && socket.bufferedAmount < FULL_BYTES / 2) {
          full = false;
          handlers.onDrain();
        }
      });
    }
  };
  const cutAfter = (ms: number): void => {
    const timer = setTimeout(() => socket.terminate(), ms);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  };
  socket.binaryType = 'nodebuffer';
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) {
      failure = new PutError('preface-foreign', `${options.label} sent a text message where frames are due`);
      socket.terminate();
      return;
    }
    if (hasHandlers) handlers.onData(data);
    else held.push(data);
  });
  socket.on('error', (error: Error) => {
    failure ??= new PutError('line-lost', `${options.label}: ${error.message}`, {}, { cause: error });
    // The peer was told why in the close frame; what it sends on would still be read, and decrypted, for half a minute.
    cutAfter(AFTER_FAULT_MS);
  });
  socket.on('close', (code: number) => {
    pieces?.stop();
    closed = {
      error:
        failure ??
        (CLEAN_CLOSE_CODES.has(code)
          ? undefined
          : new PutError('line-lost', `${options.label}: WebSocket closed with code ${code}`, { code })),
    };
    tell();
  });
  if (socket.readyState === socket.OPEN) socket.pause();

  return {
    label: options.label,
    port: options.port,
    setHandlers(next) {
      handlers = next;
      hasHandlers = true;
      const early = held;
      held = [];
      for (const bytes of early) handlers.onData(bytes);
      if (socket.isPaused) socket.resume();
      if (closed) queueMicrotask(tell);
    },
    send(bytes) {
      if (socket.readyState !== socket.OPEN) return false;
      if (pieces) return pieces.push(bytes);
      if (batch.length === 0) process.nextTick(flush);
      batch.push(bytes);
      batchBytes += bytes.length;
      if (batchBytes >= MESSAGE_BYTES) flush();
      if (socket.bufferedAmount > FULL_BYTES) full = true;
      return !full;
    },
    pause: () => {
      if (socket.readyState === socket.OPEN) socket.pause();
    },
    resume: () => {
      if (socket.isPaused) socket.resume();
    },
    sendSmall() {
      flush();
      pieces ??= createPieceQueue(
        (piece, done) => {
          if (socket.readyState === socket.OPEN) socket.send(piece, { binary: true }, () => done());
        },
        () => handlers.onDrain(),
      );
    },
    measured: (roundTripMs) => pieces?.measured(roundTripMs),
    end() {
      const close = (): void => {
        flush();
        socket.close(1000);
        cutAfter(CLOSE_DEADLINE_MS);
      };
      if (pieces) pieces.whenEmpty(close);
      else process.nextTick(close);
    },
    destroy: () => socket.terminate(),
  };
}
