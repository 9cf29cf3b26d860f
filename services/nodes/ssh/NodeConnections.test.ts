import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import ssh2 from 'ssh2';
import { newSshKey } from '../../../core/node/ssh/newSshKey.ts';
import { inventoryNode, type Inventory } from '../../../core/model/inventory.ts';
import { createSystemClock } from '../../../core/node/systemClock.ts';
import { NodeConnections } from './NodeConnections.ts';
import { NodeFault } from './nodeTrouble.ts';

const hostKeys = newSshKey();
const masterKeys = newSshKey();
const key = ssh2.utils.parseKey(masterKeys.private);
if (key instanceof Error) throw key;
const pinned = hostKeys.public.split(' ').slice(0, 2).join(' ');
const NEVER = new AbortController().signal;
const servers: Server[] = [];
const opened: NodeConnections[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  for (const server of servers.splice(0)) server.close();
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An SSH server that turns so many connections away first, with these words, and lets in or not. */
async function host(turnAway: number, letIn = true, words = ''): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const sshd = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => (letIn ? context.accept() : context.reject()));
  });
  const port = await listen((socket) => {
    asked += 1;
    if (asked <= turnAway) socket.end(words);
    else sshd.injectSocket(socket);
  });
  return { port, asked: () => asked };
}

function connectionsTo(ports: Readonly<Record<string, number>>, jump?: string): NodeConnections {
  const nodes = Object.entries(ports).map(([name, port]) =>
    inventoryNode({
      ...{ name, address: '127.0.0.1', port, hostKeys: [pinned] },
      ...(jump === undefined || jump === name ? {} : { jump }),
    }),
  );
  const inventory: Inventory = { nodes, jumpHosts: [] };
  const clock = createSystemClock();
  const made = new NodeConnections({
    inventory: () => inventory,
    key: key as ssh2.ParsedKey,
    clock,
    retryWaitsMs: [1, 1],
  });
  opened.push(made);
  return made;
}

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'open',
    (error: unknown) => (error instanceof NodeFault ? error.trouble.cause.code : String(error)),
  );

it('tries a sign-in again that was turned away before the handshake, and shares one connection', async () => {
  const busy = await host(2);
  const connections = connectionsTo({ n1: busy.port });
  const use = (): Promise<string> => codeOf(connections.use('n1', NEVER, () => Promise.resolve()));
  expect(await Promise.all([use(), use(), use()])).toEqual(['open', 'open', 'open']);
  expect(busy.asked()).toBe(3);
  expect(connections.open).toBe(1);
});

it('tries none again that was refused, and gives up on a host that goes on turning away', async () => {
  const strict = await host(0, false);
  const full = await host(Infinity, true, 'Exceeded MaxStartups\r\n');
  // As a relay whose node is off does it, and an older sshd.
  const still = await host(Infinity);
  const connections = connectionsTo({ n1: strict.port, n2: full.port, n3: still.port });
  expect(await codeOf(connections.use('n1', NEVER, () => Promise.resolve()))).toBe('node-key-refused');
  expect(strict.asked()).toBe(1);
  expect(await codeOf(connections.use('n2', NEVER, () => Promise.resolve()))).toBe('ssh-host-busy');
  expect(full.asked()).toBe(3);
  expect(await codeOf(connections.use('n3', NEVER, () => Promise.resolve()))).toBe('ssh-host-hung-up');
  expect(still.asked()).toBe(3);
  expect(connections.open).toBe(0);
});

it('gives up when it is told to, while another goes on waiting for the same connection', async () => {
  let answer = (): void => {};
  const good = await host(0);
  const slow = await listen((socket) => {
    answer = () => {
      const far = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
        client.on('error', () => {});
        client.on('authentication', (context) => context.accept());
      });
      far.injectSocket(socket);
    };
  });
  const connections = connectionsTo({ n1: slow, n2: good.port });
  const abort = new AbortController();
  const impatient = codeOf(connections.use('n1', abort.signal, () => Promise.resolve()));
  const patient = codeOf(connections.use('n1', NEVER, () => Promise.resolve()));
  expect(await codeOf(connections.use('n2', NEVER, () => Promise.resolve()))).toBe('open');
  abort.abort();
  expect(await impatient).toBe('cancelled');
  answer();
  expect(await patient).toBe('open');
});

it('tells the jump host that cannot reach a node from one that is busy, and names both', async () => {
  const gate = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('tcpip', (_accept, reject) => reject());
  });
  const port = await listen((socket) => gate.injectSocket(socket));
  const connections = connectionsTo({ gate: port, n1: 22 }, 'gate');
  const failed = connections.use('n1', NEVER, () => Promise.resolve());
  await expect(failed).rejects.toMatchObject({ trouble: { kind: 'unreachable', cause: { code: 'node-unreachable' } } });
  await expect(failed).rejects.toThrow(`n1: 127.0.0.1:${port} cannot reach 127.0.0.1:22`);
});

it('signs in to eight nodes at a time through one jump host, and to the others after them', async () => {
  const waiting: ssh2.AuthContext[] = [];
  let left = 20;
  let most = 0;
  const node = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      // First it is asked whether the key would do.
      if (context.method !== 'publickey' || !context.signature) return context.accept();
      waiting.push(context);
      most = Math.max(most, waiting.length);
      // Whoever would come beside them has this long to do so.
      if (waiting.length === Math.min(8, left)) {
        setTimeout(() => {
          left -= waiting.length;
          for (const one of waiting.splice(0)) one.accept();
        }, 100);
      }
    });
  });
  const port = await listen((socket) => node.injectSocket(socket));
  const gate = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('tcpip', (accept) => {
      const channel = accept();
      const far = connect(port, '127.0.0.1');
      far.on('error', () => channel.close());
      channel.on('error', () => far.destroy());
      channel.on('close', () => far.destroy());
      channel.pipe(far).pipe(channel);
    });
  });
  const gatePort = await listen((socket) => gate.injectSocket(socket));
  const names = Array.from({ length: left }, (_, i) => `n${i}`);
  const host = { address: '127.0.0.1', hostKeys: [pinned] };
  const inventory: Inventory = {
    nodes: [
      inventoryNode({ ...host, name: 'gate', port: gatePort }),
      ...names.map((name) => inventoryNode({ ...host, name, port, jump: 'gate' })),
    ],
    jumpHosts: [],
  };
  const connections = new NodeConnections({
    ...{ inventory: () => inventory, key, clock: createSystemClock() },
  });
  opened.push(connections);
  const all = names.map((name) => codeOf(connections.use(name, NEVER, () => Promise.resolve('open'))));
  expect(new Set(await Promise.all(all))).toEqual(new Set(['open']));
  expect(most).toBe(8);
});
