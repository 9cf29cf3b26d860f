import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { socketTransport } from '../../core/node/socketTransport.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { encodeBody } from '../../core/protocol/body.ts';
import { encodeFrame, FrameType, PREFACE } from '../../core/protocol/frame.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { greet } from '../../core/session/handshake.ts';
import { joinBytes } from '../../core/testing/bytes.ts';
import { defaultConfig } from '../config/Config.ts';
import { openPorts } from '../portPlan.ts';
import { createMemoryLog } from '../testing/masterRig.ts';
import { helloOf } from '../testing/TestClient.ts';
import { serverTlsOptions } from '../tls/serverTlsOptions.ts';
import { loadOwnIdentity } from '../tls/tlsIdentity.ts';
import { WebServer } from '../web/WebServer.ts';
import { ConnectionGuard, CONNECTION_LIMITS, type ConnectionLimits } from './ConnectionGuard.ts';
import { Portmgmt } from './Portmgmt.ts';
import { PortListeners } from './PortListeners.ts';
import type { PortMap } from './PortsTopic.ts';
import { ServiceRegistry } from '../sessions/ServiceRegistry.ts';
import { createMemorySessionStore } from '../sessions/SessionStore.ts';

// Real sockets on a busy machine: the limit only ends what hangs.
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const clock = createSystemClock();
const folder = mkdtempSync(path.join(tmpdir(), 'put-ports-'));
const identity = loadOwnIdentity(folder, { systemName: 'x', nowMs: Date.now() });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stop: () => Promise<void> = () => Promise.resolve();
afterEach(() => stop());

/** portmgmt with real listeners and a free block of four ports (two GUI ports), without services. */
async function start(
  options: { overflow?: boolean; watched?: boolean; limits?: ConnectionLimits; unsettledMs?: number } = {},
): Promise<{
  master: Portmgmt;
  ports: PortMap;
  base: number;
  log: ReturnType<typeof createMemoryLog>;
  listeners: PortListeners;
}> {
  const log = createMemoryLog();
  const config = { ...defaultConfig(), ccPortCount: 4 };
  const { ports, listeners } = await openPorts(config, { portBase: 0, stateFolder: randomUUID() }, async (wanted) => {
    const opened = new PortListeners({
      addresses: ['127.0.0.1'],
      tlsOptions: serverTlsOptions({ identity, ticketKeys: Buffer.alloc(48) }),
      guard: new ConnectionGuard(options.limits ?? CONNECTION_LIMITS),
      log,
      nowMs: () => Date.now(),
      ...(options.unsettledMs === undefined ? {} : { unsettledMs: options.unsettledMs }),
    });
    await opened.open(wanted);
    return opened;
  });
  const lastPort = ports.watch + ports.gui.length;
  const master = new Portmgmt({
    clock,
    log,
    services: new ServiceRegistry(),
    signIn: { signIn: (user) => Promise.resolve({ user, credential: '' }) },
    accounts: { now: (user) => ({ user, credential: '', role: 'admin' }), onChange: () => () => {} },
    store: createMemorySessionStore(),
    ports,
    leaseRules: {
      firstPort: ports.watch + 1,
      lastPort,
      overflowTo: options.overflow === true ? lastPort + 20 : lastPort,
      takenPorts: new Set([ports.service, ports.chat, ports.web]),
      watched: options.watched ?? true,
      offerMs: TIMES.leaseOfferMs,
      watchLostMs: TIMES.watchLostMs,
    },
    graceMs: TIMES.sessionGraceMs,
    software: 'putservices/test',
    systemName: 'x',
    practice: true,
    compressions: [],
    listeningAt: (port) => listeners.listeningAt(port),
    connectionsAt: (port) => listeners.connectionsAt(port),
    openPort: (port) => listeners.openOverflow(port),
    closePort: (port) => listeners.closeOverflow(port),
  });
  const accept = (transport: Parameters<Portmgmt['accept']>[0], arrived: Parameters<Portmgmt['accept']>[1]): void =>
    void master.accept(transport, arrived);
  const web = new WebServer({
    log,
    accept,
    facts: { systemName: 'x', software: 'x', practice: true, fingerprint: () => identity.fingerprint },
  });
  listeners.serve(accept, web, () => master.connectionsChanged());
  stop = async () => {
    master.stop();
    await listeners.close();
    stop = () => Promise.resolve();
  };
  return { master, ports, base: ports.negotiation, log, listeners };
}

async function dial(port: number): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

/** Greets and gives the connection up at once: connect and cancel. */
async function connectAndCancel(port: number, hello: Partial<Hello>): Promise<Welcome> {
  const transport = socketTransport(await dial(port), { end: 'client' });
  const { welcome } = await greet(transport, helloOf({ purpose: 'negotiate', path: 'hand-off', ...hello }), clock);
  transport.destroy();
  return welcome;
}

async function until(look: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!look()) {
    if (Date.now() > deadlineMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const PASSWORD = { user: 'anna', password: 'x' };

describe('connect and cancel over real connections', () => {
  it('loses no port: the leases are gone soon after, and no port beyond the range was offered', async () => {
    const { master, base } = await start();
    const offered = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const { lease } = await connectAndCancel(base, { password: PASSWORD });
      if (lease) offered.add(lease.port);
    }
    expect([...offered].every((port) => port === base + 2 || port === base + 3)).toBe(true);
    await until(() => master.leases.table.size === 0, 'the released leases');
  });

  it('reproduces the documented leak with ALLOWOVERFLOW=yes and LEASEWATCH=off, beyond the range included', async () => {
    const { base, listeners, master } = await start({ overflow: true, watched: false });
    const offers: Welcome[] = [];
    for (let i = 0; i < 4; i++) offers.push(await connectAndCancel(base, { password: PASSWORD }));
    const ports = offers.map((offer) => offer.lease?.port ?? 0);
    expect(ports).toEqual([base + 2, base + 3, base + 4, base + 5]);
    await until(() => listeners.listeningAt(base + 5), 'the listener beyond the range');
    const transport = socketTransport(await dial(base + 5), { end: 'client' });
    const { welcome } = await greet(transport, helloOf({ leaseToken: offers[3]?.lease?.leaseToken }), clock);
    expect(welcome.sessionId).toBe(offers[3]?.sessionId);
    expect(master.leases.table.size).toBe(4);
    transport.destroy();
  });
});

it('a flood from one address is bounded before TLS and after, and leaves when its sockets do', async () => {
  const { base, listeners, log } = await start({
    limits: { ...CONNECTION_LIMITS, freshPerAddress: 5, freshKeptMs: 60_000 },
  });
  const flood = Array.from({ length: 20 }, () => connectTcp(base, '127.0.0.1').on('error', () => {}));
  await until(
    () => flood.filter((socket) => socket.destroyed || socket.readableEnded).length === 15,
    'the refused ones',
  );
  expect(listeners.connectionsAt(base)).toBe(5);
  expect(log.lines.some((line) => line.includes('too many connections'))).toBe(true);
  for (const socket of flood) socket.destroy();
  await until(() => listeners.connectionsAt(base) === 0, 'the flood to be gone');
  await connectAndCancel(base, { password: PASSWORD });
});

/** Sends on and never closes its end, whatever it is told. */
function holdOn(socket: TLSSocket, bytes: string): Promise<unknown> {
  socket.on('error', () => {});
  socket.allowHalfOpen = true;
  socket.resume();
  socket.write(bytes);
  const timer = setInterval(() => socket.write('x'), 20);
  return new Promise<void>((resolve) => socket.once('close', () => resolve())).finally(() => clearInterval(timer));
}

describe('strangers that hold on', () => {
  const upgrade = (path: string, key = 'MDEyMzQ1Njc4OWFiY2RlZg=='): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  const wrongHello = Buffer.from(
    joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: encodeBody({ versions: PROTOCOL_VERSIONS }) })),
  ).toString('latin1');

  it.each([
    ['web', 'an upgrade to nowhere', upgrade('/no')],
    ['chat', 'an upgrade to nowhere', upgrade('/no')],
    [
      'web',
      'an upgrade of another site',
      upgrade('/session').replace('Host: x', 'Host: x\r\nOrigin: https://elsewhere'),
    ],
    ['web', 'an upgrade with a bad key', upgrade('/session', 'x')],
    ['web', 'a WebSocket that says nothing', upgrade('/session')],
    ['web', 'bytes that are no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['web', 'a page asked for again and again', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200)],
    ['negotiation', 'a greeting that is refused', wrongHello],
    ['negotiation', 'foreign bytes', 'GET / HTTP/1.1\r\n\r\n'],
    ['service', 'foreign bytes', 'GET / HTTP/1.1\r\n\r\n'],
  ] as const)('%s: %s ends at the deadline', async (role, _what, bytes) => {
    const { ports, listeners } = await start({ unsettledMs: 400 });
    const port = ports[role];
    const socket = await dial(port);
    await holdOn(socket, bytes);
    await until(() => listeners.connectionsAt(port) === 0, 'the connection to be gone');
  });

  it('who signed in stays beyond the deadline of strangers', async () => {
    const { base, listeners } = await start({ unsettledMs: 300 });
    const stranger = await dial(base);
    const transport = socketTransport(await dial(base), { end: 'client' });
    await greet(transport, helloOf({ purpose: 'session', path: 'single-port', password: PASSWORD }), clock);
    const later = await dial(base);
    await Promise.all([stranger, later].map((socket) => holdOn(socket, '')));
    expect(listeners.connectionsAt(base)).toBe(1);
    transport.destroy();
  });
});

it('stops with nothing left open', async () => {
  const { base, listeners } = await start();
  const idle = await dial(base);
  idle.on('error', () => {});
  await stop();
  await until(() => idle.destroyed || idle.readableEnded, 'the idle connection to be closed');
  expect(listeners.listeningAt(base)).toBe(false);
});
