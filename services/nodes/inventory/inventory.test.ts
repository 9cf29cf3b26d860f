import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { newSshKey } from '../../../core/node/ssh/newSshKey.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import { probeSubnet, readGreeting } from './probeSubnet.ts';
import { addressesOf, partsOf } from '../../../core/model/inventory/subnet.ts';
import { hostKey, InventoryRig } from './testing/inventoryRig.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
async function rigWith(text?: string): Promise<InventoryRig> {
  const rig = await InventoryRig.make(text);
  closers.push(() => rig.dispose());
  return rig;
}
const names = (rig: InventoryRig): string[] => rig.store.current().nodes.map(({ nodeId }) => nodeId);
const ONE = 'version: 1\nnodes:\n  - { name: a, address: 10.0.0.1 } # the first\n';
const TWO = `${ONE}  - { name: b, address: 10.0.0.2 }\n`;

describe('the inventory file', () => {
  it('takes effect when an editor saved it, unless it has a fault', async () => {
    const rig = await rigWith(ONE);
    await rig.write(TWO);
    await rig.clock.advance(2_000);
    await rig.store.look();
    expect(names(rig)).toEqual(['a', 'b']);
    await rig.write(`${TWO}  - { name: a }\n`);
    await rig.store.look();
    expect(names(rig)).toEqual(['a', 'b']);
    expect(rig.view()).toMatchObject({ waitsFor: 'faults', problems: [{ line: 5 }], problemCount: 1 });
    expect(rig.warned).toHaveLength(1);
    await expect(rig.ask('inventory.remove', { names: ['b'] })).rejects.toMatchObject({
      code: 'inventory-invalid',
      message: expect.stringContaining('line 5: the name a stands on line 3 already') as unknown,
    });
    await rig.write(ONE);
    await rig.store.look();
    expect(names(rig)).toEqual(['a']);
    expect(rig.view().waitsFor).toBeUndefined();
  });

  it('keeps what was in effect over a restart with a broken or a missing file', async () => {
    const rig = await rigWith(ONE);
    await rig.close();
    await rig.write('version: 1\nnodes: {');
    await rig.open();
    await rig.store.hold(false);
    expect(names(rig)).toEqual(['a']);
    await rig.close();
    await rm(rig.file);
    await rig.open();
    await rig.store.hold(false);
    expect(names(rig)).toEqual(['a']);
    expect(rig.view().problems).toMatchObject([{ message: expect.stringContaining('the file is gone') as unknown }]);
  });

  it('tells at the start which fault keeps it from taking effect, and what is in effect instead', async () => {
    const rig = await rigWith(ONE);
    expect(rig.store.toDo()).toEqual([]);
    await rig.close();
    await rig.write(`${TWO}  - { name: c, colour: red }\n`);
    await rig.open();
    const [fault, meanwhile] = rig.store.toDo();
    expect(fault).toContain(`${rig.file}: line 5: `);
    expect(meanwhile).toMatch(
      /^Until it is mended the inventory of before is in effect: 1 node \(.*nodes-in-effect\.yaml\)/,
    );
    expect(rig.view()).toMatchObject({ waitsFor: 'faults', nodesInEffect: 1 });
    const fresh = await rigWith('version: 1\nnodes: {');
    expect(fresh.store.toDo().join('\n')).toMatch(
      /nodes\.yaml: line 2: .*\nUntil it is mended no node is in effect\.$/s,
    );
    expect((await rigWith()).store.toDo().join()).toContain('No nodes are named yet');
  });

  it('that cannot be read is a fault of the file, which passes when it can', async () => {
    const rig = await rigWith(ONE);
    await rm(rig.file);
    await mkdir(rig.file);
    await rig.store.look();
    await rig.store.look();
    expect(rig.view()).toMatchObject({ waitsFor: 'faults', nodesInEffect: 1 });
    expect(rig.view().problems[0]?.message).toContain('cannot be read (EISDIR)');
    expect(rig.warned).toHaveLength(1);
    await rm(rig.file, { recursive: true });
    await rig.write(TWO);
    await rig.store.look();
    expect(names(rig)).toEqual(['a', 'b']);
  });

  it('waits with changes while a job runs, over a restart too; a pinned key does not wait', async () => {
    const rig = await rigWith(ONE);
    await rig.store.hold(true);
    await rig.ask('inventory.add', { nodes: [{ name: 'b', address: '10.0.0.2' }] });
    await rig.ask('inventory.pin', { keys: { a: [hostKey('A')] } });
    expect(rig.view()).toMatchObject({ waitsFor: 'job', nodes: { b: {} } });
    await expect(rig.ask('inventory.shownKeys', { names: ['b'] })).rejects.toMatchObject({
      message: 'b is in nodes.yaml, but not in effect until the running job has ended',
    });
    await rig.close();
    await rig.open();
    expect(rig.store.current().nodes).toMatchObject([{ nodeId: 'a', hostKeys: [hostKey('A')] }]);
    await rig.store.hold(false);
    expect(names(rig)).toEqual(['a', 'b']);
  });

  it('is changed by many at once, and nothing is lost', async () => {
    const rig = await rigWith(ONE);
    const added = Array.from({ length: 8 }, (_, i) => `n${i}`);
    await Promise.all(added.map((name) => rig.ask('inventory.add', { nodes: [{ name }] })));
    expect(names(rig)).toEqual(['a', ...added]);
    expect(await rig.read()).toContain('{ name: a, address: 10.0.0.1 } # the first');
  });
});

describe('requests about the inventory', () => {
  it('show one node or jump host as the file has it at this moment', async () => {
    const rig = await rigWith(ONE);
    await rig.write(`${TWO}jumpHosts: [{ name: gate, address: 10.0.0.9, hostKeys: [${hostKey('A')}] }]\n`);
    expect(await rig.ask('inventory.row', { name: 'b' })).toMatchObject({
      address: '10.0.0.2',
      user: 'root',
      keys: [],
    });
    expect(await rig.ask('inventory.row', { name: 'gate' })).toMatchObject({
      keys: [expect.stringMatching(/^SHA256:/)],
    });
    await expect(rig.ask('inventory.row', { name: 'c' })).rejects.toMatchObject({ code: 'node-unknown' });
  });

  it('take a text over as a whole or not at all, and change what is there only when asked', async () => {
    const rig = await rigWith(ONE);
    const text = 'a 10.0.9.9 clique=1\nc 10.0.0.3\n';
    const request = { text, name: 'mpplist' };
    await expect(rig.ask('inventory.add', { ...request, text: `${text}d d d\n` })).rejects.toMatchObject({
      code: 'inventory-invalid',
      message: expect.stringMatching(/^mpplist: line 3: "d" is not understood/) as unknown,
    });
    expect(await rig.read()).toBe(ONE);
    expect(await rig.ask('inventory.check', request)).toMatchObject({ form: 'mpplist', added: ['c'], changed: ['a'] });
    const behind =
      'nodes: [{ name: c, address: 10.0.0.3, jump: gate }]\njumpHosts: [{ name: gate, address: 10.0.0.9 }]\n';
    expect(await rig.ask('inventory.check', { text: behind, name: 'nodes.yaml' })).toMatchObject({
      ...{ nodes: 1, jumpHosts: ['gate'], problems: [], added: ['c', 'gate'] },
    });
    const clash = { text: 'c 10.0.0.3\nd 10.0.0.1\n', name: 'mpplist' };
    const message = 'd has the address of a, which is in the inventory already: 10.0.0.1; give each its own';
    const fault = { kind: 'fault', file: 'mpplist', line: 2, message };
    expect(await rig.ask('inventory.check', clash)).toMatchObject({ problems: [fault] });
    const moved = { ...clash, text: `${clash.text}a 10.0.9.9\n` };
    expect(await rig.ask('inventory.check', moved)).toMatchObject({ problems: [] });
    expect(await rig.ask('inventory.add', request)).toMatchObject({ added: ['c'], different: ['a'] });
    expect(await rig.ask('inventory.add', { ...request, update: true })).toMatchObject({ changed: ['a'], same: 1 });
    expect(rig.view().nodes['a']).toMatchObject({ address: '10.0.9.9', clique: 1, type: 'TPA' });
    expect(rig.told).toEqual(['ada added c to the inventory', 'ada changed a in the inventory']);
  });

  it('change of a node what is said, and leave the rest as it was', async () => {
    const key = hostKey('A');
    const rig = await rigWith(
      `version: 1\nnodes: [{ name: a, address: 10.0.0.1, port: 2222, clique: 7, tags: [x], hostKeys: [${key}] }]\n`,
    );
    await rig.ask('inventory.add', { text: '10.0.0.9 a\n', name: 'hosts', update: true });
    expect(rig.store.current().nodes).toMatchObject([
      { address: '10.0.0.9', port: 2222, clique: 7, tags: ['x'], hostKeys: [key] },
    ]);
    await rig.ask('inventory.add', { nodes: [{ name: 'a', port: 22 }], update: true });
    expect(rig.store.current().nodes).toMatchObject([{ address: '10.0.0.9', port: 22, clique: 7, hostKeys: [key] }]);
    await rig.ask('inventory.add', { nodes: [{ name: 'a', clique: null, tags: null }], update: true });
    expect(rig.store.current().nodes).toMatchObject([{ address: '10.0.0.9', tags: [], hostKeys: [key] }]);
    expect(rig.store.current().nodes[0]).not.toHaveProperty('clique');
    await rig.ask('inventory.add', { nodes: [{ name: 'a', clique: 7 }], update: true });
    // A file that names a node alone says nothing of its address.
    await rig.ask('inventory.add', { text: 'a ansible_port=7\n', name: 'hosts.ini', update: true });
    expect(rig.store.current().nodes).toMatchObject([{ address: '10.0.0.9', port: 7, clique: 7 }]);
  });

  it('refuse a node of a name that is there, and one that would share an address', async () => {
    const rig = await rigWith(ONE);
    const add = (node: object): Promise<unknown> => rig.ask('inventory.add', { nodes: [node] });
    await expect(add({ name: 'a', address: '10.0.0.7' })).rejects.toMatchObject({ code: 'inventory-conflict' });
    await expect(add({ name: 'b', address: '10.0.0.1' })).rejects.toMatchObject({
      code: 'inventory-invalid',
      message: expect.stringContaining('b has the address of a on line 3') as unknown,
    });
    await expect(add({ name: 'b', port: 0 })).rejects.toMatchObject({
      code: 'input-invalid',
      details: { place: 'port' },
    });
    expect(await rig.read()).toBe(ONE);
  });

  it('show the keys of hosts beside those pinned, and pin them', async () => {
    const rig = await rigWith(TWO);
    rig.hosts.shownHostKey = (name) =>
      name === 'b'
        ? Promise.reject(new PutError('port-closed', 'b: nothing listens'))
        : Promise.resolve({ key: hostKey('B'), fingerprint: 'SHA256:new' });
    await rig.ask('inventory.pin', { keys: { a: [hostKey('A')] } });
    expect(await rig.ask('inventory.shownKeys', { names: ['b', 'a'] })).toEqual({
      shown: [{ name: 'a', key: hostKey('B'), fingerprint: 'SHA256:new', pinned: [expect.stringMatching(/^SHA256:/)] }],
      failed: [{ name: 'b', code: 'port-closed', message: 'b: nothing listens' }],
    });
    expect(await rig.ask('inventory.pin', { keys: { a: [hostKey('B')] } })).toEqual({ pinned: ['a'] });
    expect(rig.store.current().nodes[0]?.hostKeys).toEqual([hostKey('B')]);
    await expect(rig.ask('inventory.pin', { keys: { a: ['a key'] } })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(rig.ask('inventory.pin', { keys: { z: [] } })).rejects.toMatchObject({ code: 'node-unknown' });
  });

  it('are answered in time where hosts hang', async () => {
    const rig = await rigWith(TWO);
    rig.hosts.authorize = (name, password, signal) =>
      name === 'a' && password === 'secret'
        ? Promise.resolve()
        : new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new PutError('node-timeout', name))),
          );
    const answer = rig.ask('nodes.authorize', { names: ['a', 'b'], password: 'secret' });
    await rig.clock.advance(25_000);
    expect(await answer).toMatchObject({ authorized: ['a'], failed: [{ name: 'b', code: 'node-timeout' }] });
    expect(JSON.stringify([rig.told, rig.view()])).not.toContain('secret');
  });

  it('keep a password for sudo in memory, until a node refuses it', async () => {
    const rig = await rigWith('version: 1\nnodes: [{ name: a, system: 1 }, { name: b, system: east }]');
    await rig.ask('nodes.sudoPassword', { system: '1', password: 'one' });
    await rig.ask('nodes.sudoPassword', { password: 'other' });
    expect(['a', 'b'].map((name) => rig.passwords.sudoPassword(name))).toEqual(['one', 'other']);
    rig.passwords.wrongSudoPassword('a');
    expect(['a', 'b'].map((name) => rig.passwords.sudoPassword(name))).toEqual(['other', 'other']);
    expect(rig.view().sudoGivenFor).toEqual(['*']);
    await rig.ask('nodes.sudoPassword', { password: '' });
    expect(rig.passwords.sudoPassword('b')).toBeUndefined();
    expect(JSON.stringify(rig.told)).not.toMatch(/one"|other/);
  });
});

describe('a probe', () => {
  it.each([
    ['10.0.0.0/30', ['10.0.0.1', '10.0.0.2']],
    ['10.0.0.255-10.0.1.0', ['10.0.0.255', '10.0.1.0']],
    ['10.0.0.9', ['10.0.0.9']],
    ['10.0.0.8/31', ['10.0.0.8', '10.0.0.9']],
  ])('asks the addresses of %s', (subnet, addresses) => {
    expect(addressesOf(subnet)).toEqual(addresses);
  });

  it('comes in parts, each a subnet of its own, that are the whole in order', () => {
    const parts = partsOf('10.0.0.0/22', 128);
    expect(parts.map(({ addresses }) => addresses)).toEqual([128, 128, 128, 128, 128, 128, 128, 126]);
    expect(parts.flatMap(({ range }) => addressesOf(range))).toEqual(addressesOf('10.0.0.0/22'));
  });

  it.each(['10.0.0.0/8', 'fd00::/120', '10.0.0.300', '10.0.0.2-10.0.0.1', '10.0.0.0/40', 'all'])(
    'refuses %s',
    (subnet) => {
      expect(() => addressesOf(subnet)).toThrow(expect.objectContaining({ code: 'subnet-invalid' }) as Error);
    },
  );

  it('tells banner and host key of what speaks SSH, and nothing of what does not', async () => {
    const { private: pem } = newSshKey();
    const signIns: string[] = [];
    const sshd = new ssh2.Server({ hostKeys: [pem], ident: 'lab' }, (client) => {
      client.on('error', () => {}).on('authentication', ({ method }) => void signIns.push(method));
    });
    const silent = createServer((socket) => void socket.write('220 mail\r\n'.repeat(500)).valueOf());
    const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
    await Promise.all([sshd, silent].map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
    closers.push(
      () => sshd.close(),
      () => silent.close(),
    );
    const { signal } = new AbortController();
    const greeting = await readGreeting('127.0.0.1', portOf(sshd), signal);
    expect(greeting).toMatchObject({
      banner: 'SSH-2.0-lab',
      fingerprint: expect.stringMatching(/^SHA256:/) as unknown,
    });
    expect(greeting?.key).toMatch(/^ssh-ed25519 AAAA/);
    expect(signIns).toEqual([]);
    expect(await readGreeting('127.0.0.1', portOf(silent), signal)).toBeUndefined();
    expect(await readGreeting('127.0.0.1', 1, signal)).toBeUndefined();
  });

  it('says what it had no time for', async () => {
    const deadline = new AbortController();
    const greet: typeof readGreeting = (address, port, signal) =>
      address === '10.0.0.1'
        ? Promise.resolve({ address, port, banner: 'SSH-2.0-x' })
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    const outcome = probeSubnet(addressesOf('10.0.0.0/22'), 22, deadline.signal, greet);
    deadline.abort();
    expect(await outcome).toMatchObject({ found: [{ address: '10.0.0.1' }], asked: 1022, unfinished: 1021 });
  });
});
