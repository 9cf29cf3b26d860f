import type { Duplex } from 'node:stream';

/** A refused peer has this long to read why: some round trips of a slow line. */
const FAREWELL_MS = 5_000;

/** Answers a request or an upgrade with a status and no body, takes nothing in any more, and destroys the connection soon, whatever the peer does. */
export function refuseHttp(socket: Duplex, status: string, headers: Readonly<Record<string, string>> = {}): void {
  socket.on('error', () => {});
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.once('close', () => clearTimeout(timer));
  // What has come is not kept: unread bytes would make the system reset the line before the answer was read.
  socket.resume();
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' });
  socket.end(`HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
}
