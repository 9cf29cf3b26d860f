import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_WAY_SECRETS, type WaySecrets } from '../model/ways.ts';
import { connectThroughProxy, offeredMethods } from './connectThroughProxy.ts';

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
const BASIC = 'Proxy-Authenticate: Basic realm="office, floor 2"\r\n';
const OK = 'HTTP/1.1 200 Connection established\r\n\r\nearly';
const status = (code: number, headers = ''): string => `HTTP/1.1 ${code} No\r\n${headers}Content-Length: 0\r\n\r\n`;
const demands =
  (right: string) =>
  (_authority: string, credentials: string | undefined): string =>
    credentials === right ? OK : status(407, BASIC);

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
      code: 'proxy-sign-in-refused',
      details: { status: 407, host: '127.0.0.1', port },
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

  it('gives a proxy that offers only Negotiate or NTLM no password, asks for none, and names what it offers', async () => {
    const sent: (string | undefined)[] = [];
    const offer = 'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n';
    const port = await proxyOf((_authority, credentials) => (sent.push(credentials), status(407, offer)));
    const { secrets, events } = secretsOf(['x'], 'known');
    const proxy = { host: '127.0.0.1', port, user: 'eva' };
    for (let round = 0; round < 2; round++)
      await expect(connectThroughProxy(target, proxy, secrets, signal)).rejects.toMatchObject({
        code: 'proxy-method-unsupported',
        message: expect.stringContaining('it takes only negotiate, ntlm; no password was sent') as string,
      });
    expect([sent, events]).toEqual([[undefined, undefined], []]);
  });

  it.each([502, 503, 504])(
    'tells a proxy that cannot reach the target (%i) apart from one that forbids it',
    async (code) => {
      const port = await proxyOf(() => status(code));
      await expect(
        connectThroughProxy(target, { host: '127.0.0.1', port }, NO_WAY_SECRETS, signal),
      ).rejects.toMatchObject({ code: 'proxy-target-unreachable', details: { status: code } });
    },
  );

  it('reads the methods of a challenge past quoted commas', () => {
    expect(offeredMethods('Digest realm="a, Basic b", nonce="x, \\"y", qop="auth", Basic realm="z"')).toEqual([
      'digest',
      'basic',
    ]);
    expect(offeredMethods('Negotiate, NTLM')).toEqual(['negotiate', 'ntlm']);
    expect(offeredMethods(undefined)).toEqual([]);
  });

  it('ends when it is given up', async () => {
    const port = await proxyOf(() => '');
    const abort = new AbortController();
    const opening = connectThroughProxy(target, { host: '127.0.0.1', port }, NO_WAY_SECRETS, abort.signal);
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  });
});
