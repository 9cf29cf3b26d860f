import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type CipherAlgorithm, type Connection } from 'ssh2';
import { expect, it } from 'vitest';
import { keyObjectsOf, useKeyObjects } from './cipherKeys.ts';
import { newSshKey } from './newSshKey.ts';

/** What a host says that answers every command with the command, after a new key exchange in between. */
async function echoed(cipher: CipherAlgorithm, text: string): Promise<{ answers: string[]; objects: number[] }> {
  let host: Connection | undefined;
  const server = new ssh2.Server(
    { hostKeys: [newSshKey().private], algorithms: { cipher: [cipher] } },
    (connection) => {
      host = connection;
      connection.on('error', () => {});
      connection.on('authentication', (context) => context.accept());
      connection.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          const channel = acceptExec();
          channel.end(command);
        });
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new ssh2.Client();
  useKeyObjects(client);
  client.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, username: 'tester', password: '' });
  await once(client, 'ready');
  const answers: string[] = [];
  const objects: number[] = [];
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) =>
      client.exec(text, (error, channel) => {
        if (error) return reject(error);
        let said = '';
        channel.on('data', (bytes: Buffer) => (said += bytes.toString()));
        channel.on('close', () => resolve(void answers.push(said)));
      }),
    );
  await ask();
  objects.push(keyObjectsOf(client));
  await new Promise<void>((resolve) => host?.rekey(() => resolve()));
  await ask();
  objects.push(keyObjectsOf(client));
  client.end();
  server.close();
  return { answers, objects };
}

it.each([
  ['aes128-gcm@openssh.com', 2],
  ['aes256-ctr', 2],
] as const)('%s works with its keys as objects, before and after a new key exchange', async (cipher, count) => {
  const text = 'word '.repeat(5_000);
  expect(await echoed(cipher, text)).toEqual({ answers: [text, text], objects: [count, count] });
});
