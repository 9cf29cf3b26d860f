import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { BridgeAnswer, BridgePush } from '../../core/workbench/bridge.ts';
import { ConsoleServer } from './ConsoleServer.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let folder: string;
let server: ConsoleServer;
let said: string[];
let entries: number;
let pageSecret: string;
let listeners: Set<(push: BridgePush) => void>;
let asked: { method: string; params: unknown }[];

function get(path: string, headers: Record<string, string> = {}, method = 'GET', form = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asking.on('error', reject);
    asking.end(form);
  });
}

const enter = (code: string): Promise<Answer> =>
  get('/enter', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', `code=${code}`);
const cookieOf = (answer: Answer): string => String(answer.headers['set-cookie']).split(';')[0] ?? '';
const secretOf = (answer: Answer): string => /put-page-secret" content="([\w-]{43})"/.exec(answer.body)?.[1] ?? '';

async function letIn(): Promise<string> {
  const entered = await enter(server.code ?? '');
  pageSecret = secretOf(entered);
  return cookieOf(entered);
}

/** Opens the bridge; answers the socket or the status that refused it. */
function bridge(
  headers: Record<string, string>,
  path = '/bridge',
  protocols = ['put-bridge', pageSecret],
): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'putctl-console-'));
  await mkdir(join(folder, 'windows', 'assets'), { recursive: true });
  await writeFile(join(folder, 'windows', 'index.html'), '<title>PUT Desktop</title>');
  await writeFile(join(folder, 'windows', 'assets', 'app.js'), '1');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await symlink(join(folder, 'secret.txt'), join(folder, 'windows', 'link.txt'));
  said = [];
  entries = 0;
  pageSecret = '';
  asked = [];
  listeners = new Set();
  server = await ConsoleServer.start({
    workbench: {
      openWindow: () => ({
        close: () => listeners.clear(),
        invoke: (method, params): Promise<BridgeAnswer> => {
          asked.push({ method, params });
          return Promise.resolve({ ok: true, value: params });
        },
        subscribe: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      }),
    },
    folder: join(folder, 'windows'),
    port: 0,
    tell: (message) => said.push(message),
    onEntered: () => entries++,
  });
});

afterEach(async () => {
  await server.close();
  expect(listeners.size).toBe(0);
  await rm(folder, { recursive: true });
});

describe('ConsoleServer', () => {
  it('lets in by a code of one use, exchanged for a cookie that no script and no other site has', async () => {
    const code = server.code ?? '';
    expect(await get('/')).toMatchObject({ status: 403, body: expect.stringContaining('action="/enter"') as string });
    expect((await enter('guessed')).status).toBe(403);
    expect((await enter('x'.repeat(2_000)).catch(() => undefined))?.status ?? 403).toBe(403);
    expect((await get(`/?token=${code}`)).status).toBe(403);
    expect(entries).toBe(0);
    const entered = await enter(code);
    expect(entered.status).toBe(200);
    expect(entered.body).toContain('<title>PUT Desktop</title>');
    expect(String(entered.headers['set-cookie'])).toMatch(
      /^put-console-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect([entries, server.code]).toEqual([1, undefined]);
    expect((await enter(code)).status).toBe(403);
    const cookie = cookieOf(entered);
    expect(await get('/', { cookie })).toMatchObject({ status: 200, body: '<title>PUT Desktop</title>' });
    expect((await get('/', { cookie: cookie.slice(0, -1) })).status).toBe(403);
    // Where a page goes that has the cookie of another tab alone.
    const other = { status: 403, body: expect.stringContaining('This tab was not let in') as string };
    expect(await get('/enter', { cookie })).toMatchObject(other);
  });

  it('gives the bridge to a page that has the secret of its entry, since cookies go to every port of 127.0.0.1', async () => {
    const cookie = await letIn();
    const origin = server.origin;
    expect(pageSecret).toHaveLength(43);
    expect((await get('/', { cookie })).body).not.toContain(pageSecret);
    expect(await bridge({ cookie, origin }, '/bridge', [])).toBe(401);
    expect(await bridge({ cookie, origin }, '/bridge', ['put-bridge', 'x'.repeat(43)])).toBe(401);
    expect(await bridge({ cookie, origin }, '/bridge', ['other', pageSecret])).toBe(401);
    expect(await bridge({ origin })).toBe(401);
    const socket = (await bridge({ cookie, origin })) as WebSocket;
    expect(socket.protocol).toBe('put-bridge');
    socket.close();
    await once(socket, 'close');
  });

  it('lets a flood of half requests keep nobody out', async () => {
    const flood = Array.from({ length: 300 }, () => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => {});
      socket.write('POST /enter HTTP/1.1\r\nHost: ');
      return socket;
    });
    try {
      const connected = async (socket: Socket): Promise<void> => {
        if (socket.connecting) await once(socket, 'connect').catch(() => {});
      };
      await Promise.all(flood.map(connected));
      const cookie = await letIn();
      const socket = (await bridge({ cookie, origin: server.origin })) as WebSocket;
      expect(socket.readyState).toBe(WebSocket.OPEN);
      const cut = flood.filter((one) => one.destroyed || one.readableEnded).length;
      expect(cut).toBeGreaterThan(200);
      socket.close();
      await once(socket, 'close');
    } finally {
      for (const socket of flood) socket.destroy();
    }
  });

  it('sends the strict headers with every answer', async () => {
    const cookie = await letIn();
    for (const answer of [await get('/', { cookie }), await get('/'), await get('/none.js', { cookie })]) {
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
    }
  });

  it('serves files of the folder and nothing outside of it', async () => {
    const cookie = await letIn();
    expect(await get('/assets/app.js', { cookie })).toMatchObject({ status: 200, body: '1' });
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/link.txt',
      '/%00',
      '/assets',
      '/assets/app.js%5c..',
      '/%zz',
    ]) {
      expect((await get(path, { cookie })).status, path).toBe(404);
    }
    expect((await get('/', { cookie }, 'POST')).status).toBe(405);
  });

  it('answers to its own names only, so that a name bound to this address gets nothing', async () => {
    const cookie = await letIn();
    expect((await get('/', { cookie, host: `put.example.net:${server.port}` })).status).toBe(421);
    expect((await get('/', { cookie, host: `localhost:${server.port}` })).status).toBe(200);
  });

  it('opens the bridge for its own pages only', async () => {
    const cookie = await letIn();
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await bridge({ origin })).toBe(401);
    expect(await bridge({ cookie, origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await bridge({ cookie })).toBe(403);
    expect(await bridge({ cookie, origin: 'null' })).toBe(403);
    expect(await bridge({ cookie, origin }, '/session')).toBe(404);
    expect(said).toHaveLength(5);
    expect(server.windows).toBe(0);
  });

  it('carries questions, answers and news, and closes on anything else', async () => {
    const cookie = await letIn();
    const socket = (await bridge({ cookie, origin: `http://127.0.0.1:${server.port}` })) as WebSocket;
    const next = (): Promise<unknown> =>
      new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))));
    socket.send(JSON.stringify({ id: 1, method: 'state.snapshot', params: { a: 1 } }));
    expect(await next()).toEqual({ id: 1, answer: { ok: true, value: { a: 1 } } });
    expect(asked).toEqual([{ method: 'state.snapshot', params: { a: 1 } }]);
    const news = next();
    for (const listener of listeners) listener({ number: 2, base: 1, patch: {} });
    expect(await news).toEqual({ push: { number: 2, base: 1, patch: {} } });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send('{"id": "x"}');
    expect(await closed).toBe(1008);
  });

  it('tells a port in use and windows that are not built', async () => {
    const workbench = {
      openWindow: () => ({
        invoke: () => Promise.reject(new Error('no')),
        subscribe: () => () => {},
        close: () => {},
      }),
    };
    const options = { workbench, folder: join(folder, 'windows'), port: server.port, tell: () => {} };
    await expect(ConsoleServer.start(options)).rejects.toMatchObject({ code: 'port-in-use' });
    await expect(ConsoleServer.start({ ...options, folder })).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
