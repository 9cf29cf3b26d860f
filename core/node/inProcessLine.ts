import { PutError } from '../protocol/errors.ts';
import type { Transport, TransportHandlers } from '../session/ports.ts';

const NOBODY: TransportHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };
/** Bytes on their way to an end above which the other one is told to wait. */
const FULL_BYTES = 256 * 1024;

interface End {
  readonly transport: Transport;
  /** What comes from the other end, which keeps no byte of it afterwards. */
  arrive(bytes: Uint8Array): void;
  /** The other end is gone; what it sent before is still read. */
  peerGone(error: PutError | undefined): void;
  /** Less is on its way from here than before. */
  taken(): void;
  /** Bytes on their way to here. */
  pendingBytes(): number;
}

function makeEnd(label: string, port: number, peer: () => End): End {
  let handlers = NOBODY;
  let hasHandlers = false;
  let paused = false;
  let scheduled = false;
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let ended: { error: PutError | undefined } | undefined;
  let closed = false;
  let full = false;

  const close = (error: PutError | undefined): void => {
    if (closed) return;
    closed = true;
    queue = [];
    queuedBytes = 0;
    handlers.onClose(error);
  };
  const read = (): void => {
    scheduled = false;
    while (!paused && !closed && queue.length > 0) {
      const bytes = queue.shift();
      if (!bytes) break;
      queuedBytes -= bytes.length;
      handlers.onData(bytes);
      peer().taken();
    }
    if (queue.length === 0 && ended && !paused) close(ended.error);
  };
  // In a turn of its own, as bytes of a socket come: whoever sends is never called back before `send` returns.
  const readLater = (): void => {
    if (scheduled || !hasHandlers || paused || closed) return;
    scheduled = true;
    setImmediate(read);
  };

  return {
    pendingBytes: () => queuedBytes,
    arrive(bytes) {
      if (closed || ended) return;
      queue.push(bytes);
      queuedBytes += bytes.length;
      readLater();
    },
    peerGone(error) {
      ended ??= { error };
      readLater();
    },
    taken() {
      if (!full || closed || peer().pendingBytes() > FULL_BYTES / 2) return;
      full = false;
      handlers.onDrain();
    },
    transport: {
      label,
      port,
      setHandlers(next) {
        handlers = next;
        hasHandlers = true;
        paused = false;
        readLater();
      },
      send(bytes) {
        if (closed || ended) return false;
        peer().arrive(bytes);
        if (peer().pendingBytes() > FULL_BYTES) full = true;
        return !full;
      },
      pause: () => void (paused = true),
      resume() {
        paused = false;
        readLater();
      },
      end() {
        peer().peerGone(undefined);
        setImmediate(() => close(undefined));
      },
      destroy() {
        peer().peerGone(new PutError('line-lost', `${label}: the other end was cut`));
        setImmediate(() => close(undefined));
      },
    },
  };
}

/** Two transports joined within this process, for a client that runs where the services do. `label` is how the server's log names the client. */
export function inProcessLine(label: string, port: number): { readonly client: Transport; readonly server: Transport } {
  const client: End = makeEnd(`in-process:${port}`, port, () => server);
  const server: End = makeEnd(label, port, () => client);
  return { client: client.transport, server: server.transport };
}
