import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PutError, type ErrorReport } from '../../core/protocol/errors.ts';
import { createFakeClock, type FakeClock } from '../../core/testing/fakeClock.ts';
import { createMemoryLog } from '../testing/masterRig.ts';
import { BrowserConsole, type ConsoleCaller, type ConsoleWorkbench } from './BrowserConsole.ts';
import { ownHosts } from './ownHost.ts';
import { WebServer } from './WebServer.ts';

const TOKEN = 'a-token-of-forty-three-signs-aaaaaaaaaaaaaa';
const COOKIE = `__Host-put-console=${TOKEN}`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A workbench of which a test says what becomes of it. */
class FakeWorkbench implements ConsoleWorkbench {
  closed = 0;
  signedOut = 0;
  over: (cause: ErrorReport | undefined) => void = () => {};
  readonly caller: ConsoleCaller;
  constructor(caller: ConsoleCaller) {
    this.caller = caller;
  }
  openWindow = (): ReturnType<ConsoleWorkbench['openWindow']> => ({
    invoke: (method) => Promise.resolve({ ok: true, value: method }),
    subscribe: () => () => {},
    close: () => {},
  });
  signIn(user: string, password: string): Promise<string> {
    if (password === 'slow')
      return Promise.reject(new PutError('sign-in-slowed', 'wait 4 s, then try once', { waitMs: 4_000 }));
    if (user !== 'anna' || password !== 'right')
      return Promise.reject(new PutError('sign-in-refused', 'user or password is wrong'));
    living.add(TOKEN);
    return Promise.resolve(TOKEN);
  }
  signOut(): Promise<void> {
    this.signedOut++;
    this.over(undefined);
    return Promise.resolve();
  }
  onOver(listener: (cause: ErrorReport | undefined) => void): void {
    this.over = listener;
  }
  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

let folder: string;
let server: Server;
let port: number;
let clock: FakeClock;
let living: Set<string>;
let benches: FakeWorkbench[];
let browserConsole: BrowserConsole;

function ask(target: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ port, host: '127.0.0.1', path: target, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const ownPage = (): Record<string, string> => ({
  origin: `https://127.0.0.1:${port}`,
  'content-type': 'application/json',
});
const signIn = (password: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask('/console/sign-in', { ...ownPage(), ...headers }, 'POST', JSON.stringify({ user: 'anna', password }));

/** Answers an open socket, or the status that refused it. */
function bridge(headers: Record<string, string>): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/bridge`, { headers });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => resolve(socket));
    socket.on('error', () => {});
  });
}
const openBridge = async (): Promise<WebSocket> => {
  const socket = await bridge({ ...ownPage(), cookie: COOKIE });
  if (typeof socket === 'number') throw new Error(`refused: ${socket}`);
  return socket;
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'put-console-'));
  const site = path.join(folder, 'site');
  mkdirSync(path.join(site, 'assets'), { recursive: true });
  writeFileSync(path.join(site, 'index.html'), '<!doctype html><head><title>console</title></head>');
  writeFileSync(path.join(site, 'assets', 'app-1a2b3c4d.js'), `export {};${'// '.repeat(1_000)}`);
  writeFileSync(path.join(site, '.env'), 'SECRET=1');
  writeFileSync(path.join(folder, 'secret.txt'), 'outside');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(site, 'link.txt'));
  clock = createFakeClock();
  living = new Set();
  benches = [];
  const log = createMemoryLog();
  const web = new WebServer({
    log,
    accept: (transport) => transport.destroy(),
    facts: { systemName: 'north', software: 'test', practice: false, fingerprint: () => 'AA:BB' },
  });
  browserConsole = new BrowserConsole({
    ...{ log, clock, folder: site, systemName: 'north', practice: false, software: 'test' },
    ownHosts: () => ownHosts(['master1'], (address) => address === '127.0.0.1'),
    openWorkbench: (caller) => {
      const bench = new FakeWorkbench(caller);
      benches.push(bench);
      return Promise.resolve(bench);
    },
    demandSession: (token) => {
      if (!living.has(token)) throw new PutError('account-changed', 'the password was changed');
    },
  });
  web.mount(browserConsole);
  const arrived = { role: 'web', port: 8443, address: '127.0.0.1' } as const;
  server = createServer((incoming, response) => web.request(incoming, response, arrived));
  server.on('upgrade', (incoming, socket, head: Buffer) => web.upgrade(incoming, socket, head, arrived));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await browserConsole.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe('pages of the browser console', () => {
  it('serves the windows, packed and kept where they never change, and nothing outside its folder', async () => {
    const page = await ask('/console/');
    expect(page.body.toString()).toContain('<meta name="put-sign-in" content="/console/">');
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const policy = String(page.headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "connect-src 'self'"])
      expect(policy).toContain(rule);
    expect(policy).not.toContain('unsafe');
    const script = await ask('/console/assets/app-1a2b3c4d.js', { 'accept-encoding': 'gzip, br' });
    expect(script.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    // Packed when it was built, where the browser takes that.
    writeFileSync(path.join(folder, 'site', 'assets', 'app-1a2b3c4d.js.br'), 'packed');
    for (const [accepted, coding] of [
      ['gzip, deflate, br', 'br'],
      ['br;q=0.5', 'br'],
      ['br;q=0, gzip', 'gzip'],
      ['brx, gzip;q=0.0', undefined],
    ] as const) {
      const { headers } = await ask('/console/assets/app-1a2b3c4d.js', { 'accept-encoding': accepted });
      expect(headers['content-encoding'], accepted).toBe(coding);
    }
    expect((await ask('/console/assets/app-1a2b3c4d.js.br')).status).toBe(404);
    expect(script.headers['cache-control']).toContain('immutable');
    expect(gunzipSync(script.body).toString()).toContain('export {}');
    for (const target of [
      '/console/../secret.txt',
      '/console/..%2fsecret.txt',
      '/console/%2e%2e/secret.txt',
      '/console/%252e%252e/secret.txt',
      '/console/assets/../../secret.txt',
      '/console/link.txt',
      '/console/.env',
      '/console//index.html',
      '/console/%00',
      '/console/%ff',
      '/console/assets',
      '/console/index.html%00.js',
    ])
      expect(`${target} ${(await ask(target)).status}`).toBe(`${target} 404`);
  });

  it('answers only to names of the system, and says how to add one', async () => {
    for (const host of ['evil.example', `evil.example:${port}`, '10.9.9.9', 'master1.evil.example', 'localhost.evil'])
      expect(`${host} ${(await ask('/console/', { host })).status}`).toBe(`${host} 421`);
    expect((await ask('/console/', { host: 'far.site' })).body.toString()).toContain('WEBNAMES=far.site');
    for (const host of ['localhost:18443', 'MASTER1', '127.0.0.1:8443'])
      expect(`${host} ${(await ask('/console/', { host })).status}`).toBe(`${host} 200`);
  });
});

describe('sign-in in the browser', () => {
  it('gives a cookie that scripts, other sites and plain lines never see', async () => {
    const answer = await signIn('right');
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toEqual([`${COOKIE}; Path=/; Secure; HttpOnly; SameSite=Strict`]);
    expect(answer.body.toString()).not.toContain(TOKEN);
    expect(JSON.parse((await ask('/console/session', { cookie: COOKIE })).body.toString())).toMatchObject({
      signedIn: true,
      systemName: 'north',
    });
  });

  it('says why not, and how long to wait; nothing of it stays behind', async () => {
    const wrong = await signIn('wrong');
    expect([wrong.status, JSON.parse(wrong.body.toString())]).toMatchObject([
      401,
      { error: { code: 'sign-in-refused' } },
    ]);
    expect(wrong.headers['set-cookie']).toBeUndefined();
    const slowed = await signIn('slow');
    expect([slowed.status, slowed.headers['retry-after']]).toEqual([429, '4']);
    expect(benches.map((bench) => bench.closed)).toEqual([1, 1]);
  });

  it('takes only JSON that a page of its own posted, and no more than a sign-in has', async () => {
    expect((await signIn('right', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn('right', { origin: 'null' })).status).toBe(403);
    const { origin = '' } = ownPage();
    expect((await ask('/console/sign-in', { 'content-type': 'application/json' }, 'POST', '{}')).status).toBe(403);
    expect((await ask('/console/sign-in', { origin, 'content-type': 'text/plain' }, 'POST', '{}')).status).toBe(415);
    expect((await ask('/console/sign-in', ownPage(), 'POST', '{"user":1}')).status).toBe(400);
    expect((await ask('/console/sign-in', ownPage(), 'POST', ' '.repeat(9_000))).status).toBe(413);
    expect((await ask('/console/sign-in', ownPage())).status).toBe(405);
    expect(benches).toEqual([]);
  });

  it('tells a browser whose session ended why, and takes its cookie away', async () => {
    const answer = await ask('/console/session', { cookie: COOKIE });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ signedIn: false, cause: { code: 'account-changed' } });
    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-put-console=; Max-Age=0;/);
    expect((await ask('/console/session')).headers['set-cookie']).toBeUndefined();
  });

  it('keeps the cookie of a browser that asks while putservices stops', async () => {
    await signIn('right');
    await browserConsole.close();
    living.clear();
    const answer = await ask('/console/session', { cookie: COOKIE });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([503, undefined]);
    expect(await bridge({ ...ownPage(), cookie: COOKIE })).toBe(503);
  });

  it('ends the session of before when somebody signs in anew', async () => {
    await signIn('right');
    await signIn('right', { cookie: COOKIE });
    expect(benches[0]?.signedOut).toBe(1);
  });
});

describe('the bridge', () => {
  it('opens for a page of its own with a session, and for nobody else', async () => {
    await signIn('right');
    const cookie = COOKIE;
    expect(await bridge({ cookie })).toBe(403);
    expect(await bridge({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await bridge({ cookie, origin: `http://127.0.0.1:${port}` })).toBe(403);
    expect(await bridge({ cookie, origin: 'https://evil.example', host: 'evil.example' })).toBe(421);
    expect(await bridge(ownPage())).toBe(401);
    expect(await bridge({ ...ownPage(), cookie: '__Host-put-console=another-token-aaaaaaaaaaaaaaaaaaaaaaaa' })).toBe(
      401,
    );
    const socket = await openBridge();
    const heard = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
    socket.send(JSON.stringify({ id: 1, method: 'state.snapshot', params: {} }));
    expect(JSON.parse(String(await heard))).toEqual({ id: 1, answer: { ok: true, value: 'state.snapshot' } });
  });

  it('opens at most so many windows of one browser, which share one workbench', async () => {
    await signIn('right');
    const sockets = await Promise.all(Array.from({ length: 16 }, openBridge));
    expect(await bridge({ ...ownPage(), cookie: COOKIE })).toBe(503);
    expect(benches).toHaveLength(1);
    for (const socket of sockets) socket.terminate();
  });

  it('closes with the session, in a way that the page can tell from a lost line', async () => {
    await signIn('right');
    const socket = await openBridge();
    await settled();
    const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
    living.clear();
    benches[0]?.over({ code: 'account-changed', message: 'the password was changed', details: {} });
    expect(await closed).toBe(4401);
    await settled();
    expect(benches[0]?.closed).toBe(1);
    expect(await bridge({ ...ownPage(), cookie: COOKIE })).toBe(401);
  });

  it('lets the line go a while after the last window, and takes the session up again for the next', async () => {
    await signIn('right');
    const socket = await openBridge();
    await settled();
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1001);
    await gone;
    await settled();
    await clock.advance(59_000);
    await settled();
    expect(benches[0]?.closed).toBe(0);
    await clock.advance(2_000);
    await settled();
    expect(benches[0]?.closed).toBe(1);
    (await openBridge()).terminate();
    expect(benches[1]?.caller.sessionToken).toBe(TOKEN);
  });
});
