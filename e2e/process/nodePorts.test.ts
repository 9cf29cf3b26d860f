import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSshKey } from '../../core/node/ssh/newSshKey.ts';
import type { Inventory } from '../../core/model/inventory.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { isBootedRootMade, whyNoLightProgram } from '../../lab/labRoot.ts';
import type {
  CommandExit,
  NodeAnswer,
  NodeCommand,
  NodeHandle,
  NodePort,
  WorkKey,
} from '../../services/nodes/NodePort.ts';
import { openSshNodePort, type SshNodePort } from '../../services/nodes/ssh/SshNodePort.ts';
import { masterKeyOf, openLabPort } from '../support/openLabPort.ts';
import { contextFor, SimTestSystem } from '../../services/nodes/sim/simTestKit.ts';
import { probeWork, runWork } from '../../services/steps/openStep.ts';
import { PRACTICE_SERVICE } from '../../services/nodes/sim/practiceInventory.ts';

/*
 * What every driver of nodes does alike: practice nodes and real ones by SSH, in a lab of network namespaces with sshd and rpm of their own.
 */

const NEVER = new AbortController().signal;
const quick: NodeCommand = { argv: ['systemctl', 'stop', PRACTICE_SERVICE] };
let keys = 0;
const newKey = (): WorkKey => ({ jobId: 'contract', stepId: 'shutdown', attempt: ++keys });

/** A driver with a node, and what the tests do to that node behind its back. */
interface Rig {
  readonly port: NodePort;
  readonly nodeId: string;
  /** A command that goes on until it is stopped. */
  endless(key: WorkKey): Promise<NodeCommand>;
  /** Another driver over the same node, as putservices has after it was killed. */
  again(): Promise<NodePort>;
  /** A command in the middle of which everything on the node ends at once, once `happen` was called; it boots again. */
  losesPower(key: WorkKey): Promise<{ readonly command: NodeCommand; happen(): Promise<unknown> }>;
  /** A file of the master that a put can bring. */
  readonly file: { readonly path: string; readonly name: string; readonly sizeBytes: number; readonly sha256: string };
  end(): Promise<void>;
}

function valueOf<T>(answer: NodeAnswer<T>): T {
  if (!answer.ok) throw new Error(`${answer.trouble.cause.code}: ${answer.trouble.cause.message}`);
  return answer.value;
}

const whyNoRealNodes = whyNoLab();
const whyNoTcsh = whyNoLightProgram('tcsh');
let lab: Lab;

async function fileOf(path: string, name: string): Promise<Rig['file']> {
  const bytes = await readFile(path);
  return { path, name, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function simRig(): Promise<Rig> {
  const system = await SimTestSystem.make();
  const [wanted] = system.planned(['ptools']);
  const name = wanted?.fileName ?? '';
  const open = (): Promise<NodePort> => system.open({ durationFactor: 0.001 });
  let port = await open();
  return {
    get port() {
      return port;
    },
    nodeId: 'tpa-001',
    endless: async ({ stepId }) => {
      await port.practice?.setFault('tpa-001', stepId, 'hang', 1);
      return { argv: ['systemctl', 'start', PRACTICE_SERVICE] };
    },
    again: async () => {
      await port.close();
      return (port = await open());
    },
    losesPower: async ({ stepId }) => {
      await port.practice?.setFault('tpa-001', stepId, 'power-loss', 1);
      return { command: { argv: ['systemctl', 'start', PRACTICE_SERVICE] }, happen: () => Promise.resolve() };
    },
    file: await fileOf(join(system.folder, 'library', name), name),
    end: async () => {
      await port.close();
      await system.end();
    },
  };
}

const openSsh = (change?: (inventory: Inventory) => Inventory): Promise<SshNodePort> => openLabPort(lab, change);

async function sshRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'put-ports-'));
  const path = join(folder, 'large.bin');
  await writeFile(path, Buffer.alloc(3_000_000, 'put'));
  const port = await openSsh();
  const others: NodePort[] = [];
  return {
    port,
    nodeId: 'tpa-001',
    endless: () => Promise.resolve({ argv: ['sh', '-c', 'echo begun; sleep 600 & sleep 600'] }),
    again: async () => {
      const another = await openSsh();
      others.push(another);
      return another;
    },
    losesPower: () =>
      Promise.resolve({ command: { argv: ['sleep', '600'] }, happen: () => lab.fault('tpa-001', 'power-loss') }),
    file: await fileOf(path, 'large.bin'),
    end: async () => {
      for (const one of [port, ...others]) await one.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe.skipIf(whyNoRealNodes !== undefined)('nodes', () => {
  beforeAll(async () => {
    lab = await Lab.up({ nodes: 2 });
  });
  afterAll(() => lab?.down());

  describe.each([
    ['sim', simRig],
    ['ssh', sshRig],
  ] as const)('by %s', (kind, makeRig) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await makeRig();
    });
    afterAll(() => rig?.end());

    const nodeFor = (key: WorkKey, port = rig.port): NodeHandle => port.node(rig.nodeId, { ...key, mode: 'run' });
    const follow = (node: NodeHandle, key: WorkKey, lines: string[] = [], from = 0): Promise<NodeAnswer<CommandExit>> =>
      node.follow(key, from, { onChunk: (_at, text) => lines.push(text) }, NEVER);

    it('starts a command once under its key, follows it to its end and finds it again', async () => {
      const key = newKey();
      const node = nodeFor(key);
      expect(valueOf(await node.look(key, NEVER)).state).toBe('absent');
      expect(await node.start(key, quick, NEVER)).toEqual({ ok: true, value: 'started' });
      const exit = valueOf(await follow(node, key));
      expect(exit.code).toBe(0);
      expect(valueOf(await node.look(key, NEVER))).toEqual({ state: 'ended', exit });
      expect(await node.start(key, quick, NEVER)).toEqual({ ok: true, value: 'there' });
      expect(valueOf(await follow(nodeFor(key), key))).toEqual(exit);
      expect(valueOf(await node.facts(['services'], NEVER)).service).toEqual({ name: PRACTICE_SERVICE, state: 'down' });
      expect(await node.stop(key)).toBe('was-over');
    });

    it('leaves work alone when putservices goes, and stops it when it is told to', async () => {
      const key = newKey();
      const node = nodeFor(key);
      expect(await node.start(key, await rig.endless(key), NEVER)).toEqual({ ok: true, value: 'started' });
      expect(valueOf(await node.look(key, NEVER)).state).toBe('running');
      const port = await rig.again();
      const later = nodeFor(key, port);
      expect(valueOf(await later.look(key, NEVER)).state).toBe('running');
      expect(await later.start(key, quick, NEVER)).toEqual({ ok: true, value: 'there' });
      expect(await later.stop(key)).toBe('stopped');
      expect(valueOf(await later.look(key, NEVER)).state).not.toBe('running');
    });

    it('tells work that a loss of power took with it from work that ended', async () => {
      const key = newKey();
      const node = nodeFor(key);
      const { command, happen } = await rig.losesPower(key);
      await node.start(key, command, NEVER);
      const followed = follow(node, key);
      await happen();
      expect(await followed).toMatchObject({
        ok: false,
        trouble: { kind: 'unreachable', cause: { code: 'node-power-lost' } },
      });
      // A practice node that lost power comes back at the next contact but one.
      const look = async (): Promise<unknown> => nodeFor(key).look(key, NEVER);
      await expect.poll(look, { timeout: 20_000 }).toEqual({ ok: true, value: { state: 'absent' } });
    });

    it('brings a file once, tells its digest and refuses one that is not what was said', async () => {
      const key = newKey();
      const node = nodeFor(key, await rig.again());
      const io = { signal: NEVER, onProgress: () => {} };
      const { file } = rig;
      expect(await node.put([file], '/var/opt/put', io)).toEqual({ ok: true, value: ['copied'] });
      expect(await node.put([file], '/var/opt/put', io)).toEqual({ ok: true, value: ['there'] });
      expect(valueOf(await node.digests('/var/opt/put', [file.name, 'none.rpm'], NEVER))).toEqual({
        [file.name]: file.sha256,
      });
      const wrong = await node.put([{ ...file, sha256: 'a'.repeat(64) }], '/var/opt/wrong', io);
      expect(wrong).toMatchObject({ ok: false, trouble: { kind: 'refused', cause: { code: 'file-digest-mismatch' } } });
    });

    it('reads facts', async () => {
      const facts = valueOf(
        await nodeFor(newKey()).facts(['os', 'packages', 'relations', 'rpm', 'filesystems'], NEVER),
      );
      expect(facts.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['ptbase', 'ptdbms']));
      expect(facts.packages.find(({ name }) => name === 'ptdbms')?.epoch).toBe(1);
      expect(facts.relations?.['ppde-17.10.04.02-1.x86_64']?.requires).toContainEqual(
        expect.objectContaining({ name: 'ptbase', sense: '>=', version: '17.10' }),
      );
      expect(facts.arch).toBe('x86_64');
      expect(facts.fileSystems.some(({ path, freeBytes }) => path === '/' && freeBytes > 0)).toBe(true);
      expect(facts.rpm?.features?.some(({ name }) => name === 'rpmlib(CompressedFileNames)')).toBe(true);
    });

    it('says of a node that was just read when that was', async () => {
      const { port } = rig;
      const [first] = port.entries();
      const beforeMs = Date.now();
      await port.refresh();
      const seenAtMs = port.rows()[first?.nodeId ?? '']?.seenAtMs ?? 0;
      expect(seenAtMs).toBeGreaterThanOrEqual(beforeMs);
      expect(seenAtMs).toBeLessThanOrEqual(Date.now());
    });

    it('boots a node anew once for a step, whoever asks, and says by which name it came back', async () => {
      const key = { ...newKey(), attempt: 1 };
      const port = await rig.again();
      const before = valueOf(await nodeFor(key, port).reboot('no boot of this node', NEVER)).bootId;
      const work = { use: 'reboot', work: { builds: ['kernel-1-1.x86_64'], service: 'any' } };
      const io = contextFor(`reboot-${keys}`);
      expect((await probeWork(nodeFor(key, port), work, io)).done).toBe('no');
      expect(await runWork(nodeFor(key, port), work, io)).toMatchObject({ state: 'ok' });
      const later = await rig.again();
      expect((await probeWork(nodeFor(key, later), work, io)).done).toBe('yes');
      const after = valueOf(await nodeFor(key, later).reboot(before, NEVER)).bootId;
      expect(after).not.toBe(before);
      expect(await runWork(nodeFor(key, later), work, { ...io, attempt: 2 })).toMatchObject({ state: 'ok' });
      expect(valueOf(await nodeFor(key, later).reboot(before, NEVER)).bootId).toBe(after);
      if (kind === 'ssh') expect(valueOf(await nodeFor(key, later).facts(['boot'], NEVER)).boot?.id).toBe(after);
    });
  });

  describe('by ssh alone', () => {
    let port: SshNodePort;
    beforeAll(async () => {
      port = await openSsh();
    });
    afterAll(() => port?.close());
    const node = (key: WorkKey, nodeId = 'tpa-002'): NodeHandle => port.node(nodeId, { ...key, mode: 'run' });

    it('names what a command was ended by, words with quotes and the environment arrive as they are', async () => {
      const key = newKey();
      const lines: string[] = [];
      const handle = node(key);
      await handle.start(
        key,
        {
          argv: ['sh', '-c', 'echo "$A|$1|$(cat)"; kill -KILL $$', 'sh', `it's "x" $HOME`],
          env: { A: "b'c" },
          input: "in'put\n",
        },
        NEVER,
      );
      const exit = valueOf(await handle.follow(key, 0, { onChunk: (_at, text) => lines.push(text) }, NEVER));
      expect(exit).toMatchObject({ code: undefined, signal: 'SIGKILL' });
      expect(lines.join('')).toContain(`b'c|it's "x" $HOME|in'put\n`);
    });

    it('refuses a changed host key with both shown, and one that was never seen', async () => {
      const other = `ssh-ed25519 ${newSshKey().public.split(' ')[1]}`;
      const pinned =
        (hostKeys: readonly string[]) =>
        (inventory: Inventory): Inventory => ({
          ...inventory,
          nodes: inventory.nodes.map((one) => ({ ...one, hostKeys })),
        });
      for (const [hostKeys, code] of [
        [[other], 'node-host-key-changed'],
        [[], 'node-host-key-unknown'],
      ] as const) {
        const strict = await openSsh(pinned(hostKeys));
        const answer = await strict.node('tpa-001', { ...newKey(), mode: 'run' }).facts(['os'], NEVER);
        expect(answer).toMatchObject({ ok: false, trouble: { cause: { code } } });
        if (hostKeys.length > 0) expect(JSON.stringify(answer).match(/SHA256:/g)).toHaveLength(2);
        expect((await strict.shownHostKey('tpa-001', NEVER)).key).toBe(lab.hostKey);
        await strict.close();
      }
    });

    it('reads past what a login script prints, in csh too, and names a login shell that runs nothing', async () => {
      for (const [user, expected] of [
        ['noisy', { ok: true }],
        ...(whyNoTcsh ? [] : [['tcsh', { ok: true }] as const]),
        ['closed', { ok: false, trouble: { kind: 'refused', cause: { code: 'node-shell-unusable' } } }],
      ] as const) {
        const by = await openSsh((inventory) => ({
          ...inventory,
          nodes: inventory.nodes.map((one) => ({ ...one, user })),
        }));
        const key = newKey();
        const handle = by.node('tpa-001', { ...key, mode: 'run' });
        const answer = await handle.facts(['os', 'boot'], NEVER);
        expect(answer).toMatchObject(expected);
        expect(by.rows()['tpa-001']?.cause?.code).toBe(answer.ok ? undefined : answer.trouble.cause.code);
        if (answer.ok) {
          expect(answer.value.os).not.toContain('Welcome');
          expect(answer.value.boot?.id).toMatch(/^[0-9a-f-]{36}$/);
          // Work of a user without root's rights has its folder at home.
          await handle.start(key, { argv: ['id', '-un'] }, NEVER);
          const lines: string[] = [];
          await handle.follow(key, 0, { onChunk: (_at, text) => lines.push(text) }, NEVER);
          expect(lines.join('')).toBe(`${user}\n`);
        }
        await by.close();
      }
    });

    it('reaches nodes through another host over one connection to it, and again after a cut', async () => {
      const behind = lab.nodes[1]?.inside ?? { address: '', port: 0 };
      const through = await openSsh((inventory) => ({
        ...inventory,
        nodes: inventory.nodes.map((one, i) => (i === 1 ? { ...one, ...behind, jump: 'tpa-001' } : one)),
      }));
      const handle = through.node('tpa-002', { ...newKey(), mode: 'run' });
      const bootId = valueOf(await handle.facts(['boot'], NEVER)).boot?.id;
      expect(through.openConnections()).toBe(2);
      lab.cutConnections();
      await expect.poll(() => through.openConnections(), { timeout: 5_000 }).toBe(0);
      expect(valueOf(await handle.facts(['boot'], NEVER)).boot?.id).toBe(bootId);
      await through.close();
    });

    it('tells how far the clock of a node is off, by whichever way it is read', async () => {
      await lab.fault('tpa-002', 'clock-off');
      for (const sections of [['clock'], ['clock', 'packages']] as const) {
        const { clockOffsetMs = 0 } = valueOf(await node(newKey()).facts(sections, NEVER));
        expect(Math.round(clockOffsetMs / 3_600_000)).toBe(-24);
      }
      await lab.fault('tpa-002', 'none');
      const { clockOffsetMs = 0 } = valueOf(await node(newKey()).facts(['clock', 'packages'], NEVER));
      expect(Math.abs(clockOffsetMs)).toBeLessThan(3_600_000);
    });

    it('names a full disk and a node that is off, and holds up nothing else', async () => {
      await lab.fault('tpa-002', 'disk-full');
      const { file } = { file: { path: '/bin/sh', name: 'sh', sizeBytes: 10_000_000, sha256: 'b'.repeat(64) } };
      const full = await node(newKey()).put([file], '/var/opt/put', { signal: NEVER, onProgress: () => {} });
      expect(full).toMatchObject({ ok: false, trouble: { kind: 'refused', cause: { code: 'disk-full' } } });
      await lab.fault('tpa-002', 'none');
      await lab.fault('tpa-002', 'power-off');
      const off = port.node('tpa-002', { ...newKey(), mode: 'run' }).facts(['os'], NEVER);
      expect((await port.node('tpa-001', { ...newKey(), mode: 'run' }).facts(['os'], NEVER)).ok).toBe(true);
      expect(await off).toMatchObject({ ok: false, trouble: { kind: 'unreachable' } });
      expect(port.rows()['tpa-002']?.reachable).toBe('no');
      // With no connection left, nothing of what is asked comes to the node.
      const never = port.node('tpa-002', { ...newKey(), mode: 'run' });
      expect((await never.start(newKey(), { argv: ['true'] }, NEVER)).ok).toBe(false);
      expect(never.wasReached).toBe(false);
      await lab.fault('tpa-002', 'none');
      expect((await never.look(newKey(), NEVER)).ok).toBe(true);
      expect(never.wasReached).toBe(true);
    });
  });
});

const whyNoBooted =
  whyNoLab(true) ?? (isBootedRootMade() ? undefined : 'the root of booted nodes was not made here yet');

describe.skipIf(whyNoBooted !== undefined)('nodes that boot a real systemd', () => {
  let booted: Lab;
  const logged: string[] = [];
  const note = (message: string, details?: object): void => void logged.push(message + JSON.stringify(details ?? {}));
  beforeAll(async () => {
    booted = await Lab.up({ nodes: 1, booted: 1 });
  });
  afterAll(() => booted?.down());

  const open = async (
    user: string,
    become: 'sudo' | 'none',
    password?: string,
  ): Promise<{ port: SshNodePort; wrong: () => number }> => {
    const inventory = booted.inventory('outside');
    const nodes = inventory.nodes.map((one) => ({ ...one, user, become }));
    let wrong = 0;
    const port = openSshNodePort({
      inventory: { current: () => ({ ...inventory, nodes }), onChange: () => () => {} },
      key: await masterKeyOf(booted.keyFile),
      secrets: { sudoPassword: () => password, wrongSudoPassword: () => void wrong++ },
      clock: createSystemClock(),
      log: { info: note, warn: note, error: note },
    });
    return { port, wrong: () => wrong };
  };

  it('gets the rights of root by sudo, with and without a password, which stands nowhere', async () => {
    for (const [user, password, expected] of [
      ['trusted', undefined, 'root'],
      ['trusted', 'not asked for', 'root'],
      ['engineer', 'only-for-the-lab', 'root'],
      ['engineer', undefined, 'node-sudo-password'],
      ['engineer', 'not the password', 'node-sudo-refused'],
    ] as const) {
      const { port, wrong } = await open(user, 'sudo', password);
      const key = newKey();
      const handle = port.node('tpa-001', { ...key, mode: 'run' });
      const lines: string[] = [];
      const started = await handle.start(key, { argv: ['sh', '-c', 'id -un; ps -eo args'] }, NEVER);
      if (started.ok) await handle.follow(key, 0, { onChunk: (_at, text) => lines.push(text) }, NEVER);
      const outcome = started.ok ? lines.join('').split('\n')[0] : started.trouble.cause.code;
      expect(outcome, `${user} ${password}`).toBe(expected);
      expect(wrong() > 0).toBe(expected === 'node-sudo-refused');
      if (password !== undefined)
        expect(lines.join('') + logged.join('') + JSON.stringify(started)).not.toContain(password);
      await port.close();
    }
  });

  it('stops and starts a real unit, and comes back from a real reboot', async () => {
    const { port } = await open('root', 'none');
    const key = newKey();
    const handle = port.node('tpa-001', { ...key, mode: 'run' });
    await handle.start(key, quick, NEVER);
    expect(valueOf(await handle.follow(key, 0, { onChunk: () => {} }, NEVER)).code).toBe(0);
    const facts = valueOf(await handle.facts(['services', 'boot'], NEVER));
    expect(facts.service.state).toBe('down');
    const { bootId } = valueOf(await handle.reboot(facts.boot?.id ?? '', NEVER));
    expect(bootId).not.toBe(facts.boot?.id);
    await expect
      .poll(async () => valueOf(await handle.facts(['services'], NEVER)).service.state, { timeout: 30_000 })
      .toBe('up');
    expect(valueOf(await handle.look(key, NEVER)).state).toBe('ended');
    await port.close();
  });

  it('goes back by itself after a reboot, with nobody there, and a confirmation that comes too late says so', async () => {
    const { port } = await open('root', 'none');
    const node = (stepId: string): NodeHandle =>
      port.node('tpa-001', { jobId: 'guarded', stepId, attempt: 1, mode: 'run' });
    const guard = (work: object, stepId: string): Promise<unknown> =>
      runWork(node(stepId), { use: 'guard', work }, contextFor(stepId, 1, 'guarded'));
    const packages = async (): Promise<string[]> =>
      valueOf(await node('look').facts(['packages'], NEVER)).packages.map(({ name }) => name);
    expect(await packages()).toContain('pagent');
    const order = { seconds: 6, files: [], eraseFirst: ['pagent-17.10.04.02-1.noarch'], erase: [] };
    expect(await guard({ action: 'arm', missing: [], order }, 'arm')).toMatchObject({ state: 'ok' });
    const { boot } = valueOf(await node('boot').facts(['boot'], NEVER));
    valueOf(await node('boot').reboot(boot?.id ?? '', NEVER));
    await expect.poll(packages, { timeout: 30_000 }).not.toContain('pagent');
    expect(await guard({ action: 'confirm' }, 'confirm')).toMatchObject({
      ...{ state: 'failed', cause: { code: 'went-back' } },
    });
    await port.close();
  });
});

it.runIf(whyNoRealNodes !== undefined)(`has no lab here: ${whyNoRealNodes}`, () => {
  expect(whyNoRealNodes).toBeTypeOf('string');
});
