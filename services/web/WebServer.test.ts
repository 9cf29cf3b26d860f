import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/protocol/limits.ts';
import type { Transport } from '../../core/session/ports.ts';
import { createMemoryLog } from '../testing/masterRig.ts';
import { WebServer } from './WebServer.ts';

const accepted: Transport[] = [];
const log = createMemoryLog();
let server: Server;
let port = 0;

/** What one request answers; the path is sent as it is. */
function ask(
  target: string,
  method = 'GET',
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: target, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

beforeAll(async () => {
  const web = new WebServer({
    log,
    accept: (transport) => {
      accepted.push(transport);
      transport.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
    },
    facts: {
      systemName: '<Production> & "1"',
      software: 'putservices/test',
      practice: true,
      fingerprint: () => 'AA:BB',
    },
  });
  web.mount({
    request: (_request, response, place) => {
      response.end(place);
      return Promise.resolve();
    },
    upgrade: (_request, socket) => void socket.end('HTTP/1.1 418 The console\r\n\r\n'),
  });
  const arrived = { role: 'web', port, address: 'x' } as const;
  server = createServer((incoming, response) => web.request(incoming, response, arrived));
  server.on('upgrade', (incoming, socket, head: Buffer) => web.upgrade(incoming, socket, head, arrived));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const transport of accepted) transport.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('web server', () => {
  it('shows a start page that needs no script and escapes what it shows', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body).toContain('&#60;Production&#62; &#38; &#34;1&#34;');
    expect(body).toContain('AA:BB');
    expect(body).toContain('href="/console/"');
    expect(body).not.toContain('<script');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect((await ask('/start.css')).status).toBe(200);
    expect((await ask('/', 'HEAD')).body).toBe('');
    expect((await ask('/', 'POST')).status).toBe(405);
  });

  it('hands what is below /console/ and the bridge to the console', async () => {
    expect((await ask('/console')).status).toBe(308);
    expect((await ask('/console/a%20b', 'POST')).body).toBe('/console/a b');
    // What every browser asks for at a page that names no icon.
    expect((await ask('/favicon.ico', 'POST')).body).toBe('/console/favicon.ico');
    expect((await ask('//etc/passwd')).status).toBe(404);
  });

  it('opens WebSockets at its own places, for its own pages only', async () => {
    const open = (target: string, origin?: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, origin === undefined ? {} : { origin });
        socket.on('unexpected-response', (_request, response) => {
          resolve(String(response.statusCode));
          socket.terminate();
        });
        socket.on('open', () => resolve('open'));
        socket.on('error', () => {});
      });
    expect(await open('/session')).toBe('open');
    expect(await open('/session', 'https://elsewhere.example')).toBe('403');
    expect(await open('/bridge')).toBe('418');
    expect(await open('/elsewhere')).toBe('404');
    // A flood of them does not fill the log.
    await Promise.all(Array.from({ length: 60 }, () => open('/elsewhere')));
    expect(log.lines.length).toBeLessThan(30);
  });

  it('closes a WebSocket whose message is larger than a greeting, or comes in many pieces', async () => {
    const closeCode = (use: (socket: WebSocket) => void): Promise<number> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/session`);
        socket.on('open', () => use(socket));
        socket.on('close', resolve);
        socket.on('error', reject);
      });
    expect(await closeCode((socket) => socket.send(Buffer.alloc(LIMITS.webSocketMessageBytes + 1)))).toBe(1009);
    const pieces = (socket: WebSocket): void => {
      for (let i = 0; i < 200; i++) socket.send(Buffer.alloc(1), { fin: false });
    };
    expect(await closeCode(pieces)).toBe(1008);
    const allowed = (socket: WebSocket): void => {
      socket.send(Buffer.alloc(LIMITS.webSocketMessageBytes));
      socket.close(1000);
    };
    expect(await closeCode(allowed)).toBe(1000);
  });
});
