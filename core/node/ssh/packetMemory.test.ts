import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import ssh2, { type CipherAlgorithm, type ClientChannel, type Connection } from 'ssh2';
import { expect, it } from 'vitest';
import { gatherWrites } from '../gatherWrites.ts';
import { useKeyObjects } from './cipherKeys.ts';
import { newSshKey } from './newSshKey.ts';
import { giveBackPackets } from './packetMemory.ts';

const LARGE_BYTES = 16 * 1024;

it.each(['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'] satisfies CipherAlgorithm[])(
  '%s sends what was written, before and after a new key exchange, and keeps no packet that has gone out',
  async (cipher) => {
    let first: Connection | undefined;
    const server = new ssh2.Server(
      { hostKeys: [newSshKey().private], algorithms: { cipher: [cipher] } },
      (connection) => {
        first ??= connection;
        connection.on('error', () => {});
        connection.on('authentication', (context) => context.accept());
        connection.on('session', (accept) => {
          accept().on('exec', (acceptExec) => {
            const channel = acceptExec();
            channel.pipe(channel);
          });
        });
        // A host on the way: it leads to whatever listens at the port.
        connection.on('tcpip', (accept, _reject, { destPort }) => {
          const channel = accept();
          channel.pipe(connect(destPort, '127.0.0.1')).pipe(channel);
        });
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const sent: { readonly bytes: Buffer; readonly length: number }[] = [];
    const write = socket.write.bind(socket) as (...words: unknown[]) => boolean;
    socket.write = (...words: unknown[]): boolean => {
      const [bytes] = words as [Buffer];
      sent.push({ bytes, length: bytes.length });
      return write(...words);
    };
    const client = new ssh2.Client();
    giveBackPackets(client, socket);
    useKeyObjects(client);
    client.connect({ sock: socket, username: 'tester', password: '' });
    await once(client, 'ready');
    const echo = (by: ssh2.Client, bytes: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) =>
        by.exec('echo', (error, channel) => {
          if (error) return reject(error);
          const said: Buffer[] = [];
          channel.on('data', (piece: Buffer) => said.push(piece));
          channel.on('close', () => resolve(Buffer.concat(said)));
          channel.end(bytes);
        }),
      );
    for (const rekeys of ['not', 'before', 'meanwhile'] as const) {
      const rekeyed = rekeys !== 'not' && new Promise<void>((resolve) => first?.rekey(() => resolve()));
      // What is written while keys are exchanged waits and goes out with the new ones.
      if (rekeys === 'before') await rekeyed;
      const text = randomBytes(200_000);
      const before = Buffer.from(text);
      expect((await echo(client, text)).equals(before)).toBe(true);
      // What is written belongs to whoever wrote it.
      expect(text.equals(before)).toBe(true);
    }
    const large = sent.filter(({ length }) => length >= LARGE_BYTES);
    expect(large.length).toBeGreaterThanOrEqual(12);
    expect(large.filter(({ bytes }) => bytes.length > 0)).toEqual([]);
    // A connection through another one: what its channel takes is in packets of that one before it is given back.
    const way = await new Promise<ClientChannel>((resolve, reject) =>
      client.forwardOut('', 0, '127.0.0.1', (server.address() as AddressInfo).port, (error, channel) =>
        error ? reject(error) : resolve(channel),
      ),
    );
    const beyond = new ssh2.Client();
    gatherWrites(way);
    giveBackPackets(beyond, way);
    useKeyObjects(beyond);
    beyond.connect({ sock: way, username: 'tester', password: '' });
    await once(beyond, 'ready');
    // More than the window of a channel.
    const much = randomBytes(5_000_000);
    const before = Buffer.from(much);
    const echoed = echo(beyond, much);
    first?.rekey();
    expect((await echoed).equals(before)).toBe(true);
    expect(much.equals(before)).toBe(true);
    beyond.end();
    client.end();
    server.close();
  },
);
