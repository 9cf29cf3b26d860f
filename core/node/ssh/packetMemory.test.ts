import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import ssh2, { type CipherAlgorithm, type Connection } from 'ssh2';
import { expect, it } from 'vitest';
import { useKeyObjects } from './cipherKeys.ts';
import { newSshKey } from './newSshKey.ts';
import { giveBackPackets } from './packetMemory.ts';

const LARGE_BYTES = 16 * 1024;

it.each(['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'] satisfies CipherAlgorithm[])(
  '%s sends what was written, before and after a new key exchange, and keeps no packet that has gone out',
  async (cipher) => {
    let host: Connection | undefined;
    const server = new ssh2.Server(
      { hostKeys: [newSshKey().private], algorithms: { cipher: [cipher] } },
      (connection) => {
        host = connection;
        connection.on('error', () => {});
        connection.on('authentication', (context) => context.accept());
        connection.on('session', (accept) => {
          accept().on('exec', (acceptExec) => {
            const channel = acceptExec();
            channel.pipe(channel);
          });
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
    const echo = (bytes: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) =>
        client.exec('echo', (error, channel) => {
          if (error) return reject(error);
          const said: Buffer[] = [];
          channel.on('data', (piece: Buffer) => said.push(piece));
          channel.on('close', () => resolve(Buffer.concat(said)));
          channel.end(bytes);
        }),
      );
    for (const rekeys of [false, true]) {
      if (rekeys) await new Promise<void>((resolve) => host?.rekey(() => resolve()));
      const text = randomBytes(200_000);
      const before = Buffer.from(text);
      expect((await echo(text)).equals(before)).toBe(true);
      // What is written belongs to whoever wrote it.
      expect(text.equals(before)).toBe(true);
    }
    const large = sent.filter(({ length }) => length >= LARGE_BYTES);
    expect(large.length).toBeGreaterThanOrEqual(12);
    expect(large.filter(({ bytes }) => bytes.length > 0)).toEqual([]);
    client.end();
    server.close();
  },
);
