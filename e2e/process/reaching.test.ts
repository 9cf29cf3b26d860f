import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { createDial, type DialOptions } from '../../core/node/dial.ts';
import { HostAddresses } from '../../core/node/hostAddress.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { Authority, whyNoOpenssl } from '../support/certificates.ts';
import { ConnectProxy } from '../support/connectProxy.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

let system: PracticeSystem;
beforeAll(async () => {
  system = await PracticeSystem.start({ nodes: 2 });
});
afterAll(() => system?.stop());

const clients: PutClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function clientOf(target: TargetAddress, path: PathKind, options: DialOptions, onChange = (): void => {}): PutClient {
  const client = new PutClient({
    target,
    pathOrder: [path],
    dial: createDial(options),
    clock: createSystemClock(),
    random: Math.random,
    software: 'tests',
    clientSystem: 'laptop',
    onChange,
  });
  clients.push(client);
  return client;
}

describe('a name with an address where nobody listens before the one that answers', () => {
  const addresses = new HostAddresses((host) =>
    host === 'master.example' || host === 'proxy.example'
      ? Promise.resolve([{ address: '127.0.0.9' }, { address: '127.0.0.1' }])
      : Promise.reject(new Error(host)),
  );

  it.each<PathKind>(['single-port', 'hand-off', 'websocket', 'direct'])('is reached by %s', async (path) => {
    const client = clientOf({ ...system.target, host: 'master.example' }, path, { addresses });
    await client.signIn(system);
    expect(client.line?.path).toBe(path);
  });

  it('is reached through a proxy of such a name', async () => {
    const proxy = await ConnectProxy.start('let me through');
    try {
      const secrets = { known: () => proxy.password, ask: () => Promise.resolve(undefined), told: () => {} };
      const target = { ...system.target, proxy: { host: 'proxy.example', port: proxy.port, user: 'eva' }, secrets };
      const client = clientOf(target, 'websocket', { addresses });
      await client.signIn(system);
      expect(proxy.asked.at(-1)?.letIn).toBe(true);
    } finally {
      await proxy.stop();
    }
  });
});

/** A port that leads to putservices until a captive portal with a certificate of its own answers there. */
class Portal {
  readonly #front: Server;
  readonly #portal: TlsServer;
  readonly #sockets = new Set<Socket>();
  isUp = false;
  /** What clients said inside TLS. */
  heard = '';

  private constructor(leadTo: number, cert: Buffer, key: Buffer) {
    this.#portal = createTlsServer({ cert, key }, (socket) => {
      socket.on('data', (bytes) => (this.heard += bytes.toString('latin1')));
      socket.on('error', () => {});
    });
    this.#front = createServer((near) => {
      this.#sockets.add(near.on('error', () => {}));
      if (this.isUp) return void this.#portal.emit('connection', near);
      const far = connect(leadTo, '127.0.0.1').on('error', () => {});
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  }

  static async start(leadTo: number, cert: Buffer, key: Buffer): Promise<Portal> {
    const portal = new Portal(leadTo, cert, key);
    portal.#front.listen(0, '127.0.0.1');
    await once(portal.#front, 'listening');
    return portal;
  }

  get port(): number {
    return (this.#front.address() as AddressInfo).port;
  }

  /** Cuts what is open. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  async stop(): Promise<void> {
    this.#front.close();
    this.cut();
    await once(this.#front, 'close');
  }
}

describe.skipIf(whyNoOpenssl() !== undefined)('a captive portal in mid-session', () => {
  it('is told nothing, is named with the issuer of its certificate, and the session is back when it is gone', async () => {
    const authority = await Authority.make('Hotel Net CA');
    const { certificateFile, keyFile } = await authority.issue('portal', { names: 'IP:127.0.0.1' });
    const portal = await Portal.start(system.target.ccPort, await readFile(certificateFile), await readFile(keyFile));
    try {
      let changed = (): void => {};
      const client = clientOf({ ...system.target, ccPort: portal.port }, 'single-port', {}, () => changed());
      const until = (look: () => boolean): Promise<void> =>
        new Promise((resolve) => {
          changed = () => void (look() && resolve());
          changed();
        });
      const { sessionId } = await client.signIn(system);
      portal.isUp = true;
      portal.cut();
      await until(() => client.state.kind === 'lost' && client.state.cause.code === 'stranger-answers');
      expect(client.state).toMatchObject({
        cause: { message: expect.stringContaining('issued by "Hotel Net CA"') as string },
      });
      await until(() => client.state.kind === 'lost' && client.state.attempt > 3);
      expect([client.state.kind, portal.heard]).toEqual(['lost', '']);
      portal.isUp = false;
      await until(() => client.state.kind === 'online');
      expect(client.welcome).toMatchObject({ sessionId, resumed: true });
    } finally {
      await portal.stop();
      await authority.remove();
    }
  });
});
