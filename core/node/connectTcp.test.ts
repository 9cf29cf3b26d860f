import { once } from 'node:events';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectTcp, reachTcp } from './connectTcp.ts';
import { HostAddresses } from './hostAddress.ts';

const signal = new AbortController().signal;

/** A net in which a connection does what the test says. */
function netOf(...names: string[]) {
  const dialled: string[] = [];
  const sockets = new Map<string, Socket>();
  const addresses = new HostAddresses(() => Promise.resolve(names.map((address) => ({ address }))));
  const connect = (address: string): Socket => {
    dialled.push(address);
    const socket = new Socket();
    sockets.set(address, socket);
    return socket;
  };
  const fail = (address: string, code: string): void =>
    void sockets.get(address)?.emit('error', Object.assign(new Error(code), { code }));
  const answer = (address: string): void => void sockets.get(address)?.emit('connect');
  return { dialled, sockets, fail, answer, options: { addresses, connect } };
}
const master = { host: 'master', port: 9000 };
const turn = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a connection by TCP', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('goes on to the next address of a name while one is silent, and the silent one may still answer first', async () => {
    const net = netOf('fd00::1', '10.0.0.1');
    const reached = reachTcp(master, signal, net.options);
    await turn();
    expect(net.dialled).toEqual(['fd00::1']);
    await turn(250);
    expect(net.dialled).toEqual(['fd00::1', '10.0.0.1']);
    await turn(400);
    net.answer('fd00::1');
    await expect(reached).resolves.toMatchObject({ address: 'fd00::1', roundTripMs: 650, failed: [] });
    expect([net.sockets.get('fd00::1')?.destroyed, net.sockets.get('10.0.0.1')?.destroyed]).toEqual([false, true]);
    void reachTcp(master, signal, net.options).catch(() => {});
    await turn();
    expect(net.dialled.at(-1)).toBe('fd00::1');
  });

  it('tries the next address at once where one fails, and the one that worked first at the next dial', async () => {
    const net = netOf('fd00::1', '10.0.0.1');
    let answered = 0;
    const reached = connectTcp(master, signal, () => void answered++, net.options);
    await turn();
    net.fail('fd00::1', 'ENETUNREACH');
    expect(net.dialled).toEqual(['fd00::1', '10.0.0.1']);
    net.answer('10.0.0.1');
    await expect(reached).resolves.toBe(net.sockets.get('10.0.0.1'));
    expect(answered).toBe(1);
    void reachTcp(master, signal, net.options).catch(() => {});
    await turn();
    expect(net.dialled.at(-1)).toBe('10.0.0.1');
  });

  it('tells what every address said, by the code that tells most', async () => {
    const net = netOf('fd00::1', '10.0.0.1', '10.0.0.2');
    const failed = reachTcp(master, signal, net.options).catch((error: unknown) => error);
    await turn();
    net.fail('fd00::1', 'ENETUNREACH');
    await turn(250);
    net.fail('10.0.0.1', 'ECONNREFUSED');
    await turn(20_000);
    expect(await failed).toMatchObject({
      code: 'port-closed',
      details: { host: 'master', port: 9000 },
      message: expect.stringMatching(
        /^master:9000: .*\[fd00::1\]:9000: no route.*10\.0\.0\.1:9000: the port is closed.*10\.0\.0\.2:9000 did not answer within 20 s/,
      ) as string,
    });
    expect(net.sockets.get('10.0.0.2')?.destroyed).toBe(true);
  });

  it.each([
    ['ECONNREFUSED', 'port-closed'],
    ['EHOSTUNREACH', 'host-unreachable'],
    ['ENETUNREACH', 'network-unreachable'],
    ['EADDRNOTAVAIL', 'network-unreachable'],
    ['EACCES', 'dial-forbidden'],
    ['ETIMEDOUT', 'dial-timeout'],
    ['ECONNRESET', 'dial-failed'],
  ])('gives %s its own code, %s', async (systemCode, code) => {
    const net = netOf('10.0.0.1');
    const failed = reachTcp(master, signal, net.options).catch((error: unknown) => error);
    await turn();
    net.fail('10.0.0.1', systemCode);
    expect(await failed).toMatchObject({ code, details: { systemCode, host: 'master', port: 9000 } });
  });

  it('tells a name without an address, a silent resolver and an answer that never comes apart', async () => {
    const lookingUp = (look: () => Promise<never>) =>
      reachTcp(master, signal, { addresses: new HostAddresses(look) }).catch((error: unknown) => error);
    const withCode = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await lookingUp(() => withCode('ENOTFOUND'))).toMatchObject({ code: 'host-unknown' });
    expect(await lookingUp(() => withCode('EAI_AGAIN'))).toMatchObject({ code: 'name-server-silent' });
    const hanging = lookingUp(() => new Promise(() => {}));
    await turn(20_000);
    expect(await hanging).toMatchObject({ code: 'name-server-silent', details: { host: 'master' } });
    const silent = netOf('10.0.0.1');
    const waiting = reachTcp(master, signal, { ...silent.options, timeoutMs: 4_000 }).catch((error: unknown) => error);
    await turn(4_000);
    expect(await waiting).toMatchObject({ code: 'dial-timeout', message: expect.stringContaining('4 s') as string });
    expect(silent.sockets.get('10.0.0.1')?.destroyed).toBe(true);
  });

  it('leaves nothing behind when it is given up, before and after the name has an address', async () => {
    const net = netOf('10.0.0.1', '10.0.0.2');
    const abort = new AbortController();
    const given = reachTcp(master, abort.signal, net.options).catch((error: unknown) => error);
    await turn(250);
    abort.abort();
    expect(await given).toMatchObject({ code: 'cancelled' });
    expect([...net.sockets.values()].map(({ destroyed }) => destroyed)).toEqual([true, true]);
    expect(await reachTcp(master, abort.signal, net.options).catch((error: unknown) => error)).toMatchObject({
      code: 'cancelled',
    });
    await turn(1_000);
    expect(net.dialled).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a connection by TCP over real sockets', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('finds the address of a name that listens', async () => {
    server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const addresses = new HostAddresses(() => Promise.resolve([{ address: '127.0.0.9' }, { address: '127.0.0.1' }]));
    const { socket, address, failed } = await reachTcp({ host: 'master', port }, signal, { addresses });
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect([address, bytes.toString()]).toEqual(['127.0.0.1', 'here']);
    expect(failed).toMatchObject([{ address: '127.0.0.9', error: { code: 'port-closed' } }]);
  });
});
