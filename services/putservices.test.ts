import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fingerprintOf } from '../core/node/certificateFingerprint.ts';
import { socketTransport } from '../core/node/socketTransport.ts';
import { createSystemClock } from '../core/node/systemClock.ts';
import { wsTransport } from '../core/node/wsTransport.ts';
import { PREFACE } from '../core/protocol/frame.ts';
import type { PortsView } from '../core/model/ports.ts';
import { greet } from '../core/session/handshake.ts';
import { createServicesLog, type ServicesLog } from './log.ts';
import { startServices, type RunningServices } from './putservices.ts';
import { helloOf, TestClient } from './testing/TestClient.ts';

// Real sockets on a busy machine: the limit only ends what hangs.
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const clock = createSystemClock();
const folder = mkdtempSync(path.join(tmpdir(), 'putservices-'));
const options = {
  state: path.join(folder, 'state'),
  config: undefined,
  practice: 8,
  seed: 1,
  speed: Infinity,
  faultRate: 0,
  portBase: 0,
  jsonReady: true,
} as const;
let log: ServicesLog;
let running: RunningServices;
let password: { user: string; password: string };

async function dial(port: number): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  await once(socket, 'secureConnect');
  return socket;
}

const transportTo = async (port: number): Promise<ReturnType<typeof socketTransport>> =>
  socketTransport(await dial(port), { end: 'client' });

async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadlineMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function signIn(): Promise<TestClient> {
  const client = new TestClient(clock);
  await client.connect(await transportTo(running.ports.negotiation), { password });
  return client;
}

const logText = (): string => readFileSync(path.join(options.state, 'log', 'putservices.log'), 'utf8');

beforeAll(async () => {
  log = createServicesLog();
  running = await startServices(options, log, 'putservices/test');
  password = JSON.parse(readFileSync(running.practice?.passwordFile ?? '', 'utf8')) as typeof password;
}, 30_000);

afterAll(async () => {
  await running.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('putservices over real TLS', () => {
  it('signs in by single port, answers requests and feeds topics', async () => {
    const client = await signIn();
    expect(client.welcome).toMatchObject({
      resumed: false,
      role: 'admin',
      practice: true,
      capabilities: ['deflate-1'],
    });
    const nodes = await client.watch('nodes');
    const ports = await client.watch('ports');
    const timeline = await client.watch('timeline', 0);
    await until(() => nodes.news > 0 && ports.news > 0 && timeline.news > 0, 'first news');
    expect(Object.keys((nodes.state as { nodes: object }).nodes)).toHaveLength(8);
    expect(Object.values((ports.state as PortsView).sessions)).toContainEqual(
      expect.objectContaining({ user: password.user, path: 'single-port' }),
    );
    await client.request('chat.say', { messageId: 'm1', text: 'good morning' });
    await until(() => timeline.entries.length > 0, 'the message in the timeline');
    await expect(client.request('job.start', { jobId: 'j1', operationId: 'none' })).rejects.toMatchObject({
      code: 'operation-unknown',
    });
    await expect(client.request('nodes.refresh', {}, 1)).rejects.toMatchObject({ code: 'channel-unknown' });
    await client.request('session.end', {});
    await until(() => client.closedByPeer.length > 0, 'the end of the session');
  });

  it('shows its own certificate with the printed fingerprint, TLS 1.3 and resumable by ticket at another port', async () => {
    const first = await dial(running.ports.negotiation);
    expect(fingerprintOf(first.getPeerCertificate().raw)).toBe(running.fingerprint);
    expect(first.getProtocol()).toBe('TLSv1.3');
    const [ticket] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const second = connectTls({
      host: '127.0.0.1',
      port: running.ports.service,
      rejectUnauthorized: false,
      session: ticket,
    });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });

  it('hands off to a GUI port, keeps it over a cut, and frees it at the end of the session', async () => {
    const client = new TestClient(clock);
    const welcome = await client.connect(await transportTo(running.ports.negotiation), {
      password,
      purpose: 'negotiate',
      path: 'hand-off',
    });
    const lease = welcome.lease;
    expect(lease?.port).toBe(running.ports.gui[0]);
    const watch = await transportTo(running.ports.watch);
    await greet(watch, helloOf({ purpose: 'watch', path: 'hand-off', leaseToken: lease?.leaseToken }), clock);
    const moved = await client.comeBack(await transportTo(lease?.port ?? 0), {
      leaseToken: lease?.leaseToken,
      path: 'hand-off',
    });
    expect(moved.resumed).toBe(true);
    watch.destroy();
    const view = await client.watch('ports');
    await until(
      () => (view.state as PortsView).ports?.[String(lease?.port)]?.state === 'attached',
      'the attached lease',
    );
    client.link.detach();
    await until(
      () => running.portmgmt.leases.table.get(lease?.port ?? 0)?.phase.kind === 'detached',
      'the detached lease',
    );
    expect((await client.comeBack(await transportTo(lease?.port ?? 0), { path: 'hand-off' })).resumed).toBe(true);
    await client.request('session.end', {});
    await until(() => running.portmgmt.leases.table.size === 0, 'the released lease');
  });

  it('takes an offer back when the watch connection is lost', async () => {
    const client = new TestClient(clock);
    const { lease } = await client.connect(await transportTo(running.ports.negotiation), {
      password,
      purpose: 'negotiate',
      path: 'hand-off',
    });
    const watch = await transportTo(running.ports.watch);
    await greet(watch, helloOf({ purpose: 'watch', leaseToken: lease?.leaseToken }), clock);
    watch.destroy();
    await until(() => running.portmgmt.leases.table.size === 0, 'the released offer');
    await expect(
      client.comeBack(await transportTo(lease?.port ?? 0), { leaseToken: lease?.leaseToken }),
    ).resolves.toMatchObject({ resumed: true });
    await client.request('session.end', {});
  });

  it('carries the same frames by WebSocket at the web port, and a chat connection at the chat port', async () => {
    const client = new TestClient(clock);
    const openWs = async (url: string): Promise<ReturnType<typeof wsTransport>> => {
      const socket = new WebSocket(url, { rejectUnauthorized: false });
      const transport = wsTransport(socket, { label: url, port: 0 });
      await once(socket, 'open');
      return transport;
    };
    await client.connect(await openWs(`wss://127.0.0.1:${running.ports.web}/session`), { password, path: 'websocket' });
    await expect(client.request('nodes.refresh', {})).resolves.toEqual({});
    const chat = new TestClient(clock);
    await chat.connect(await openWs(`wss://127.0.0.1:${running.ports.chat}/`), {
      purpose: 'chat',
      path: 'direct',
      sessionToken: client.token,
    });
    const timeline = await chat.watch('timeline');
    await chat.request('chat.say', { messageId: 'm2', text: 'by the side' });
    await until(() => timeline.entries.length > 0, 'the message');
    void chat.request('job.nodeLog', { jobId: 'x', nodeId: 'n', from: 0, limit: 1 });
    await until(() => chat.lost[0]?.code === 'channel-unknown', 'the refusal of another channel');
    await client.request('session.end', {});
  });

  it('refuses a wrong password, an unknown session, and a greeting at the wrong port, each by code', async () => {
    const code = async (port: number, hello: object): Promise<unknown> =>
      greet(await transportTo(port), helloOf(hello), clock).catch((error: { code: string }) => error.code);
    expect(await code(running.ports.negotiation, { password: { user: 'nobody', password: 'wrong-password' } })).toBe(
      'sign-in-refused',
    );
    expect(await code(running.ports.negotiation, { sessionToken: 'x'.repeat(43) })).toBe('session-unknown');
    expect(await code(running.ports.negotiation, {})).toBe('sign-in-required');
    expect(await code(running.ports.watch, { password })).toBe('handshake-expected');
    expect(await code(running.ports.gui[1] ?? 0, { leaseToken: 'y'.repeat(43) })).toBe('lease-unknown');
    expect(await code(running.ports.service, { purpose: 'file', sessionToken: 'x'.repeat(43) })).toBe(
      'session-unknown',
    );
    expect(await code(running.ports.negotiation, { versions: [99], password })).toBe('version-unsupported');
  });

  it('closes foreign bytes on every port with a clear log line and goes on', async () => {
    const { negotiation, watch, gui, service, chat, web } = running.ports;
    for (const port of [negotiation, watch, gui[0] ?? 0, service, chat, web]) {
      for (const bytes of [
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        '\x16\x03\x01 not TLS at all, in spite of its beginning',
        'SSH-2.0-OpenSSH_9.2\r\n',
      ]) {
        const socket = connectTcp(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end(bytes, 'latin1');
        await once(socket, 'close');
      }
      const inside = await dial(port);
      inside.on('error', () => {});
      inside.end('EHLO here is something else\r\n\r\n');
      await once(inside.resume(), 'close');
    }
    await until(() => logText().includes('foreign bytes; connection closed'), 'the log line');
    const text = logText();
    for (const port of [negotiation, watch, gui[0] ?? 0, service, chat, web]) {
      expect(text.split('\n').some((line) => line.includes(`"port":${port}`) && /foreign bytes/.test(line))).toBe(true);
    }
    expect(text).toContain('plain HTTP on a TLS port');
    await (await signIn()).request('session.end', {});
  });

  it('judges an oversized frame by its head and answers with the reason', async () => {
    const socket = await dial(running.ports.negotiation);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(Buffer.concat([PREFACE, Buffer.from('01000000000000000000000000100000', 'hex')]));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString('latin1')).toContain('frame-too-large');
  });

  it('names port, key and owner when a port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const second = createServicesLog();
    await expect(
      startServices({ ...options, state: path.join(folder, 'second'), portBase: port }, second, 'putservices/test'),
    ).rejects.toMatchObject({
      code: 'port-in-use',
      details: { port, key: 'CCPORT' },
    });
    await expect(startServices(options, second, 'putservices/test')).rejects.toMatchObject({ code: 'state-locked' });
    other.close();
    await second.close();
  });

  it('serves the start page with strict headers and nothing else', async () => {
    const ask = async (target: string): Promise<string> => {
      const socket = await dial(running.ports.web);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await once(socket, 'close');
      return Buffer.concat(chunks).toString();
    };
    const page = await ask('/');
    expect(page).toMatch(/^HTTP\/1.1 200/);
    expect(page).toContain(running.fingerprint);
    expect(page).toContain("default-src 'none'");
    for (const target of ['/console/', '/../etc/passwd', '/console/..%2f..%2fetc/passwd', '/%00', '/state/accounts']) {
      expect(await ask(target)).toMatch(/^HTTP\/1.1 404/);
    }
  });

  it('keeps a session over a restart: the client comes back by token, without a password', async () => {
    const client = await signIn();
    await client.request('nodes.refresh', {});
    await running.stop();
    expect(client.closedByPeer[0]?.code ?? client.lost[0]?.code).toBe('server-stopping');
    running = await startServices(options, log, 'putservices/test');
    const again = new TestClient(clock);
    const welcome = await again.connect(await transportTo(running.ports.negotiation), {
      sessionToken: client.token,
      received: 5,
    });
    expect(welcome).toMatchObject({ resumed: false, received: 0, sessionId: client.welcome?.sessionId });
    await expect(again.request('nodes.refresh', {})).resolves.toEqual({});
    await again.request('session.end', {});
  });
});
