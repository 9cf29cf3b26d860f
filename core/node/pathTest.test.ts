import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { testPaths } from './pathTest.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

describe('path test', () => {
  it('probes the first host of the way by SSH, not the master node, where the system names one', async () => {
    server = createServer((socket) => socket.end('SSH-2.0-test\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ports = { ccPort: 1, ccPortCount: 2, servicePort: 3, chatPort: 4, sslPort: 5 };
    const result = await testPaths({
      ...ports,
      host: '127.0.0.9',
      ssh: { host: '10.255.255.1', jump: [`eva@127.0.0.1:${port}`, 'inner'] },
      timeoutMs: 5_000,
    });
    expect(result.ports.find(({ role }) => role === 'ssh')).toMatchObject({ port, finding: 'speaks-put' });
    expect(result.ways.find(({ path }) => path === 'ssh')).toMatchObject({ works: true });
    expect(result.ways.filter(({ works }) => works)).toHaveLength(1);
  });
});
