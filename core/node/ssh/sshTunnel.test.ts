import { once } from 'node:events';
import { createServer, connect as connectTcp, type AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WaySecrets } from '../../model/ways.ts';
import type { SshHop } from './sshHostSettings.ts';
import { forward, openSshTunnel } from './sshTunnel.ts';

/* The SSH host reaches the master under another address than its own loopback: a bastion, or LISTEN names addresses. */

const MASTER = '127.0.0.3';
const secrets: WaySecrets = {
  known: ({ kind }) => (kind === 'ssh-password' ? 'word' : undefined),
  ask: () => Promise.resolve('yes'),
  told: () => {},
};
const signal = AbortSignal.timeout(30_000);
let echo: ReturnType<typeof createServer>;
let bastion: ssh2.Server;
let asked: string[];
let hop: SshHop;

beforeEach(async () => {
  asked = [];
  echo = createServer((socket) => socket.pipe(socket)).listen(0, MASTER);
  await once(echo, 'listening');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  bastion = new ssh2.Server({ hostKeys: [privateKey.export({ type: 'pkcs1', format: 'pem' })] }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context) =>
      context.method === 'password' ? context.accept() : context.reject(['password']),
    );
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      asked.push(destIP);
      const target = connectTcp(destPort, destIP, () => {
        const channel = accept();
        target.pipe(channel).pipe(target);
      });
      target.once('error', reject);
    });
  });
  bastion.listen(0, '127.0.0.1');
  await once(bastion, 'listening');
  hop = {
    host: '127.0.0.1',
    address: '127.0.0.1',
    port: (bastion.address() as AddressInfo).port,
    user: 'eva',
    keyFiles: [],
    knownHostsFiles: [],
    jump: false,
  };
});
afterEach(() => {
  echo.close();
  bastion.close();
});

it('leads to the address of the master where its loopback is not that of the SSH host', async () => {
  const { port } = echo.address() as AddressInfo;
  const stream = await openSshTunnel([hop], { hosts: ['127.0.0.1', MASTER], port }, secrets, signal);
  stream.write('hello');
  expect(String((await once(stream, 'data'))[0])).toBe('hello');
  stream.destroy();
  expect(asked).toEqual(['127.0.0.1', MASTER]);
});

it('says what every address answered when none takes the connection', async () => {
  const { port } = echo.address() as AddressInfo;
  const end = { hosts: ['127.0.0.1', '127.0.0.4'], port };
  await expect(openSshTunnel([hop], end, secrets, signal)).rejects.toMatchObject({
    code: 'ssh-target-unreachable',
    message: expect.stringMatching(/127\.0\.0\.1:\d+ .*; .*127\.0\.0\.4:\d+ /) as string,
  });
});

it('tells that the SSH host forbids to be led through', async () => {
  bastion.removeAllListeners('connection');
  bastion.on('connection', (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context) => context.accept());
    // Nobody answers 'tcpip': the library then refuses as sshd does with AllowTcpForwarding no.
  });
  const end = { hosts: ['127.0.0.1', MASTER], port: 9000 };
  await expect(openSshTunnel([hop], end, secrets, signal)).rejects.toMatchObject({
    code: 'ssh-forwarding-denied',
    details: { through: `127.0.0.1:${hop.port}`, port: 9000 },
  });
});

it.each([
  [1, 'ssh-forwarding-denied', 'may not lead on to 10.0.0.9:22'],
  [2, 'ssh-target-unreachable', 'cannot reach 10.0.0.9:22 (Connection refused)'],
  [4, 'ssh-host-busy', 'has no room to lead on to 10.0.0.9:22 (Connection refused)'],
  [3, 'dial-failed', 'did not lead on to 10.0.0.9:22 (Connection refused)'],
])('a channel that a host does not open has the cause that it tells, reason %i', async (reason, code, words) => {
  const client = {
    forwardOut: (_from: string, _port: number, _host: string, _to: number, done: (error: Error) => void) =>
      done(Object.assign(new Error('Connection refused'), { reason })),
  } as unknown as ssh2.Client;
  const opened = forward(client, hop, '10.0.0.9', 22, new AbortController().signal);
  await expect(opened).rejects.toMatchObject({ code, message: `127.0.0.1:${hop.port} ${words}` });
});
