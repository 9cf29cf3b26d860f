import type { Duplex } from 'node:stream';
import { PutError } from '../protocol/errors.ts';
import type { Transport, TransportHandlers } from '../session/ports.ts';
import { createPieceQueue, type PieceQueue } from './pieceQueue.ts';
import { keepRecordsSmall } from './tlsRecords.ts';

const NOBODY: TransportHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** What a stream error means for the engineer; the original stays as cause. */
function lineError(label: string, error: Error): PutError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new PutError(
    'line-lost',
    `${label}: ${code === '' ? error.message : code}`,
    { systemCode: code },
    { cause: error },
  );
}

/**
 * A transport over a connected two-way stream (TLS socket, SSH channel). Small frames of one turn of the loop leave in one
 * write, since each write is a TLS record and a packet on a slow line.
 */
export function streamTransport(stream: Duplex, options: { label: string; port: number }): Transport {
  let handlers = NOBODY;
  let closeError: PutError | undefined;
  let closeTold = false;
  // TLS over a stream of JavaScript (an SSH channel) tells its end before the stream counts as closed.
  let closed = stream.closed;
  let heldBack: Uint8Array[] = [];
  let corked = false;
  let hasHandlers = false;
  let pieces: PieceQueue | undefined;

  const tellClose = (): void => {
    if (closeTold || !hasHandlers || !closed) return;
    closeTold = true;
    handlers.onClose(closeError);
  };
  keepRecordsSmall(stream);
  stream.on('data', (chunk: Buffer) => {
    if (hasHandlers) handlers.onData(chunk);
    else heldBack.push(chunk);
  });
  stream.on('drain', () => {
    if (!pieces) handlers.onDrain();
  });
  stream.on('error', (error: Error) => {
    closeError ??= lineError(options.label, error);
  });
  stream.on('end', () => stream.end());
  stream.on('close', () => {
    pieces?.stop();
    closed = true;
    tellClose();
  });
  stream.pause();

  return {
    label: options.label,
    port: options.port,
    setHandlers(next) {
      handlers = next;
      hasHandlers = next !== NOBODY;
      const early = heldBack;
      heldBack = [];
      for (const bytes of early) handlers.onData(bytes);
      stream.resume();
      if (closed) queueMicrotask(tellClose);
    },
    send(bytes) {
      if (stream.destroyed || stream.writableEnded) return false;
      if (pieces) return pieces.push(bytes);
      if (!corked) {
        corked = true;
        stream.cork();
        process.nextTick(() => {
          corked = false;
          stream.uncork();
        });
      }
      return stream.write(bytes);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    sendSmall() {
      pieces ??= createPieceQueue(
        (piece, done) => void stream.write(piece, () => done()),
        () => handlers.onDrain(),
      );
    },
    measured: (roundTripMs) => pieces?.measured(roundTripMs),
    end() {
      if (pieces) pieces.whenEmpty(() => stream.end());
      else if (corked) process.nextTick(() => stream.end());
      else stream.end();
    },
    destroy: () => void stream.destroy(),
  };
}
