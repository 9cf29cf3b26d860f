import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_WAY_SECRETS, type WaySecrets } from '../model/ways.ts';
import { connectThroughProxy } from './connectThroughProxy.ts';

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = undefined;
});
const signal = AbortSignal.timeout(20_000);

/** A proxy that answers every CONNECT by a function of its authority and its credentials. */
async function proxyOf(answer: (authority: string, credentials: string | undefined) => string): Promise<number> {
  server = createServer();
  server.on('connection', (socket: Socket) => void sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    const header = request.headers['proxy-authorization'];
    const credentials = header && Buffer.from(header.replace('Basic ', ''), 'base64').toString();
    socket.write(answer(request.url ?? '', credentials));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const OK = 'HTTP/1.1 200 Connection established\r\n\r\nearly';
const status = (code: number): string => `HTTP/1.1 ${code} No\r\nContent-Length: 0\r\n\r\n`;
const demands =
  (right: string) =>
  (_authority: string, credentials: string | undefined): string =>
    credentials === right ? OK : status(407);

function secretsOf(answers: string[], known?: string) {
  const events: string[] = [];
  const secrets: WaySecrets = {
    known: () => known,
    ask: (_question, wrong) => {
      events.push(wrong ? 'asked again' : 'asked');
      return Promise.resolve(answers.shift());
    },
    told: (_question, right) => void events.push(right ? 'right' : 'wrong'),
  };
  return { secrets, events };
}
const target = { host: 'fd00::1', port: 8443 };

describe('HTTP proxy', () => {
  it('opens the way to host and port; bytes that come with the answer are kept', async () => {
    const asked: string[] = [];
    const port = await proxyOf((authority) => (asked.push(authority), OK));
    let answered = 0;
    const onAnswered = (): void => void answered++;
    const proxy = { host: '127.0.0.1', port };
    const stream = await connectThroughProxy(target, proxy, NO_WAY_SECRETS, signal, onAnswered);
    const [bytes] = (await once(stream, 'data')) as [Buffer];
    expect([asked, bytes.toString(), answered]).toEqual([['[fd00::1]:8443'], 'early', 1]);
  });

  it('asks for the password only when the proxy wants one, and once more after a wrong one', async () => {
    const port = await proxyOf(demands('eva:right'));
    const proxy = { host: '127.0.0.1', port, user: 'eva' };
    const first = secretsOf(['wrong', 'right']);
    await connectThroughProxy(target, proxy, first.secrets, signal);
    expect(first.events).toEqual(['asked', 'wrong', 'asked again', 'right']);
    const known = secretsOf([], 'right');
    await connectThroughProxy(target, proxy, known.secrets, signal);
    expect(known.events).toEqual(['right']);
    const stale = secretsOf(['right'], 'old');
    await connectThroughProxy(target, proxy, stale.secrets, signal);
    expect(stale.events).toEqual(['wrong', 'asked again', 'right']);
  });

  it.each([
    [
      'two wrong passwords',
      ['a', 'b', 'right'],
      'the password of eva is wrong',
      ['asked', 'wrong', 'asked again', 'wrong'],
    ],
    ['no answer', [], 'it wants the password of eva', ['asked']],
  ])('refuses after %s', async (_what, answers, words, expected) => {
    const port = await proxyOf(demands('eva:right'));
    const { secrets, events } = secretsOf([...answers]);
    await expect(
      connectThroughProxy(target, { host: '127.0.0.1', port, user: 'eva' }, secrets, signal),
    ).rejects.toMatchObject({
      code: 'proxy-refused',
      details: { status: 407 },
      message: expect.stringContaining(words) as string,
    });
    expect(events).toEqual(expected);
  });

  it('tells another refusal with its status, and never asks for it', async () => {
    const port = await proxyOf(() => status(403));
    const { secrets, events } = secretsOf(['x']);
    await expect(
      connectThroughProxy(target, { host: '127.0.0.1', port, user: 'eva' }, secrets, signal),
    ).rejects.toMatchObject({ code: 'proxy-refused', details: { status: 403 } });
    expect(events).toEqual([]);
    const open = await proxyOf(() => status(407));
    await expect(connectThroughProxy(target, { host: '127.0.0.1', port: open }, secrets, signal)).rejects.toMatchObject(
      { message: expect.stringContaining('it wants a user and a password') as string },
    );
  });

  it('ends when it is given up', async () => {
    const port = await proxyOf(() => '');
    const abort = new AbortController();
    const opening = connectThroughProxy(target, { host: '127.0.0.1', port }, NO_WAY_SECRETS, abort.signal);
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  });
});
