import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Transport } from '../session/ports.ts';
import { streamTransport } from './streamTransport.ts';

/** A transport over a connected TLS (or, for tests, plain) socket. `port` is the server's end of it. */
export function socketTransport(socket: Socket | TLSSocket, options: { end: 'client' | 'server' }): Transport {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  const port = (options.end === 'client' ? socket.remotePort : socket.localPort) ?? 0;
  return streamTransport(socket, {
    label: `${socket.remoteAddress ?? 'unknown address'}:${socket.remotePort ?? 0}`,
    port,
  });
}
