import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HostAddresses } from './hostAddress.ts';
import { testPaths } from './pathTest.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(onConnection: Parameters<typeof createServer>[1], host = '127.0.0.1'): Promise<number> {
  const server = createServer(onConnection).listen(0, host);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const ports = { ccPort: 1, ccPortCount: 2, servicePort: 3, chatPort: 4, sslPort: 5 };
const timeoutMs = 5_000;

describe('path test', () => {
  it('probes the first host of the way by SSH, not the master node, where the system names one', async () => {
    const port = await listen((socket) => socket.end('SSH-2.0-test\r\n'));
    const result = await testPaths({
      ...ports,
      host: '127.0.0.9',
      ssh: { host: '10.255.255.1', jump: [`eva@127.0.0.1:${port}`, 'inner'] },
      timeoutMs,
    });
    expect(result.ports.find(({ role }) => role === 'ssh')).toMatchObject({ port, finding: 'speaks-put' });
    expect(result.ways.find(({ path }) => path === 'ssh')).toMatchObject({ works: true });
    expect(result.ways.filter(({ works }) => works)).toHaveLength(1);
  });

  it('tries every address of a name as the ways do, and says what the ones before answered', async () => {
    const sshPort = await listen((socket) => socket.end('SSH-2.0-test\r\n'));
    const addresses = new HostAddresses(() => Promise.resolve([{ address: '127.0.0.9' }, { address: '127.0.0.1' }]));
    const result = await testPaths({ ...ports, host: 'master.example', sshPort, timeoutMs, addresses });
    expect(result.ports.find(({ role }) => role === 'ssh')).toMatchObject({
      finding: 'speaks-put',
      note: `SSH-2.0-test; 127.0.0.9:${sshPort}: the port is closed (ECONNREFUSED)`,
    });
    const closed = result.ports.find(({ role }) => role === 'negotiation');
    expect(closed).toMatchObject({ finding: 'refused', code: 'port-closed' });
    expect(closed?.note).toMatch(/127\.0\.0\.9:1: .*127\.0\.0\.1:1: /);
  });

  it('goes through the proxy to the web port, as the way WebSocket does', async () => {
    const asked: string[] = [];
    const port = await listen((socket) =>
      socket.once('data', (bytes: Buffer) => {
        asked.push(bytes.toString().split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 403 No\r\n\r\n');
      }),
    );
    const result = await testPaths({ ...ports, host: '127.0.0.9', proxy: { host: '127.0.0.1', port }, timeoutMs });
    expect(asked).toEqual(['CONNECT 127.0.0.9:5 HTTP/1.1']);
    expect(result.ports.find(({ role }) => role === 'web')).toMatchObject({
      finding: 'unreachable',
      code: 'proxy-refused',
      note: expect.stringContaining('answered 403') as string,
    });
  });

  it('tells what is wrong with the trust settings of this machine', async () => {
    const result = await testPaths({
      ...ports,
      host: '127.0.0.9',
      trust: { authorityFile: '/nowhere/ca.pem' },
      timeoutMs,
    });
    expect(result.trouble).toContain('/nowhere/ca.pem');
    expect(result.advice).toContain('start it, or correct the port');
    expect(result.askFor).toBeUndefined();
  });
});
