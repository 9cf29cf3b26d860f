import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { newSshKey } from '../core/node/ssh/newSshKey.ts';
import { EMPTY_INVENTORY, type Inventory, inventoryNode, type NodeLine } from '../core/model/inventory.ts';
import { PutError } from '../core/protocol/errors.ts';
import { PRACTICE_SERVICE, practiceEntries } from '../services/nodes/sim/practiceInventory.ts';
import type { LabFault } from './labFaults.ts';
import { labRoot, whyNoBootedRoot, whyNoLightRoot } from './labRoot.ts';
import type { LabPlan } from './labWorker.ts';
import { NamespaceWorker } from './NamespaceWorker.ts';
import { whyNoNamespaces } from './namespaces.ts';
import type { LabNodePlan } from './RunningNode.ts';

const WORKER = fileURLToPath(new URL('labWorker.ts', import.meta.url));
/** Namespaces of the lab's own: what it makes ends with it, whatever ends it. */
const UNSHARED = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const NETWORK = '10.99';
const PREFIX = 16;
const GATEWAY = `${NETWORK}.255.254`;
const SSH_PORT = 22;
const MOST_NODES = 512;
const READY_MS = 60_000;

/** Why no lab can be made here; undefined where it can. */
export function whyNoLab(booted = false): string | undefined {
  return whyNoNamespaces() ?? whyNoLightRoot() ?? (booted ? whyNoBootedRoot() : undefined) ?? whyNoOverlay();
}

/** Containers may forbid what a node's root file system is made of. */
function whyNoOverlay(): string | undefined {
  const script = `set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/l /mnt/u /mnt/w /mnt/m
mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m`;
  const [command = '', ...args] = UNSHARED;
  const done = spawnSync(command, [...args, 'sh', '-c', script], { encoding: 'utf8', timeout: 10_000 });
  return done.status === 0 ? undefined : `an overlay cannot be mounted: ${done.stderr.trim().split('\n')[0]}`;
}

export interface LabOptions {
  readonly nodes: number;
  /** How many of them boot a real systemd. */
  readonly booted?: number | undefined;
  /** Further keys that nodes let in, as lines of authorized_keys. */
  readonly authorizedKeys?: readonly string[] | undefined;
  readonly nodeMib?: number | undefined;
  /** Light nodes have Python, which other tools need there. */
  readonly python?: boolean | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

/** A node of the lab, as it is reached from inside the lab's network and from this machine. */
export interface LabNode {
  readonly nodeId: string;
  readonly type: string;
  readonly booted: boolean;
  readonly inside: { readonly address: string; readonly port: number };
  readonly outside: { readonly address: string; readonly port: number };
}

/** Nodes that are real to whoever signs in: an address, an SSH server, a root file system and an rpm database of their own. */
export class Lab {
  readonly folder: string;
  readonly nodes: readonly LabNode[];
  /** Private key that lets root in everywhere. */
  readonly keyFile: string;
  /** As in known_hosts; every node has the same. */
  readonly hostKey: string;
  /** Process of this machine that is inside the lab's network. */
  readonly pid: number;
  readonly #lines: readonly NodeLine[];
  readonly #worker: NamespaceWorker;
  readonly #servers: readonly Server[];
  readonly #sockets: Set<Socket>;

  private constructor(
    place: Pick<Lab, 'folder' | 'nodes' | 'keyFile' | 'hostKey' | 'pid'>,
    lines: readonly NodeLine[],
    worker: NamespaceWorker,
    relays: { readonly servers: readonly Server[]; readonly sockets: Set<Socket> },
  ) {
    this.folder = place.folder;
    this.nodes = place.nodes;
    this.keyFile = place.keyFile;
    this.hostKey = place.hostKey;
    this.pid = place.pid;
    this.#lines = lines;
    this.#worker = worker;
    this.#servers = relays.servers;
    this.#sockets = relays.sockets;
  }

  /** Brings a lab up and waits until every node lets in. Throws `usage` where this machine cannot. */
  static async up(options: LabOptions): Promise<Lab> {
    const { nodes: count, booted = 0, say = () => {} } = options;
    const why = whyNoLab(booted > 0);
    if (why !== undefined) throw new PutError('usage', `the lab cannot be made here: ${why}`);
    if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
      throw new PutError('usage', `a lab has 1 to ${MOST_NODES} nodes, not ${count}`);
    }
    const roots = {
      light: booted < count ? labRoot('light', say, { python: options.python ?? false }) : undefined,
      booted: booted > 0 ? labRoot('booted', say) : undefined,
    };
    const folder = mkdtempSync(join(tmpdir(), 'put-lab-'));
    const relays = { servers: [] as Server[], sockets: new Set<Socket>() };
    let worker: NamespaceWorker | undefined;
    try {
      const ownKey = makeKey(join(folder, 'id'), 'lab');
      const hostKey = makeKey(join(folder, 'host_key'), 'lab-node');
      const entries = practiceEntries(count);
      const plans = entries.map(({ nodeId, type }, i): LabNodePlan => {
        const isBooted = i < booted;
        const root = isBooted ? roots.booted : roots.light;
        const address = `${NETWORK}.${(i + 1) >> 8}.${(i + 1) & 255}`;
        return { nodeId, address, booted: isBooted, lower: root?.lower(type) ?? '' };
      });
      worker = await NamespaceWorker.start(UNSHARED, WORKER);
      const plan: LabPlan = {
        ...{ folder, nodes: plans, gateway: GATEWAY, prefix: PREFIX, nodeMib: options.nodeMib ?? 256 },
        authorizedKeys: [ownKey, ...(options.authorizedKeys ?? [])].map((line) => `${line}\n`).join(''),
      };
      await worker.call('up', plan);
      const nodes: LabNode[] = [];
      const lines: NodeLine[] = [];
      for (const [i, { nodeId, address, booted: isBooted }] of plans.entries()) {
        const { type = 'UNKNOWN', system, clique } = entries[i] ?? {};
        const port = await openRelay(join(folder, 'relay.sock'), address, relays);
        const inside = { address, port: SSH_PORT };
        nodes.push({ nodeId, type, booted: isBooted, inside, outside: { address: '127.0.0.1', port } });
        lines.push({
          ...{ name: nodeId, type, system, user: 'root', hostKeys: [hostKey], service: { name: PRACTICE_SERVICE } },
          ...(clique === undefined ? {} : { clique }),
        });
      }
      const pid = Number(readFileSync(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').trim().split(' ')[0]);
      const lab = new Lab({ folder, nodes, keyFile: join(folder, 'id'), hostKey, pid }, lines, worker, relays);
      await Promise.all(nodes.map((node) => untilGreeting(node)));
      writeFileSync(join(folder, 'nodes.yaml'), lab.inventoryFile('outside'));
      writeFileSync(join(folder, 'nodes-inside.yaml'), lab.inventoryFile('inside'));
      return lab;
    } catch (error) {
      for (const server of relays.servers) server.close();
      await worker?.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The inventory, with addresses as they are reached from inside the lab's network or from this machine. */
  inventory(from: 'inside' | 'outside'): Inventory {
    return { ...EMPTY_INVENTORY, nodes: this.#linesFrom(from).map((line) => inventoryNode(line)) };
  }

  /** The same as the text of a nodes.yaml. */
  inventoryFile(from: 'inside' | 'outside'): string {
    return stringify({ version: 1, nodes: this.#linesFrom(from) });
  }

  #linesFrom(from: 'inside' | 'outside'): NodeLine[] {
    return this.#lines.map((line, i) => ({ ...line, ...(this.nodes[i]?.[from] ?? {}) }));
  }

  /** Words that run what follows them inside the lab's network. */
  get enter(): readonly string[] {
    return ['nsenter', '-t', String(this.pid), '-n'];
  }

  status(): Promise<readonly { readonly nodeId: string; readonly on: boolean }[]> {
    return this.#worker.call('status', {});
  }

  /** Gives a node trouble; answers what was done in words. */
  async fault(nodeId: string, fault: LabFault): Promise<string> {
    const { said } = await this.#worker.call<{ said: string }>('fault', { nodeId, fault });
    return said;
  }

  /** Runs a script of the shell on a node, from its inside. */
  run(nodeId: string, script: string): Promise<{ readonly status: number | null; readonly output: string }> {
    return this.#worker.call('run', { nodeId, script });
  }

  /** Waits until a node greets by SSH, as one that boots does after a while. @throws PutError internal where it does not in time */
  async untilReached(nodeId: string): Promise<void> {
    const node = this.nodes.find((one) => one.nodeId === nodeId);
    if (!node) throw new PutError('node-unknown', `the lab has no node ${nodeId}`, { nodeId });
    await untilGreeting(node);
  }

  /** Cuts every connection that came from this machine; new ones are let in. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async down(): Promise<void> {
    for (const server of this.#servers) server.close();
    this.cutConnections();
    await this.#worker.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Makes an Ed25519 key; answers its public line. */
function makeKey(file: string, comment: string): string {
  const { private: secret } = newSshKey(comment);
  writeFileSync(file, secret, { mode: 0o600 });
  const done = spawnSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
  if (done.status !== 0) throw new PutError('internal', `ssh-keygen: ${done.stderr}`);
  return done.stdout.trim().split(' ').slice(0, 2).join(' ');
}

/** A port of loopback that leads to a node. */
async function openRelay(
  path: string,
  address: string,
  { servers, sockets }: { readonly servers: Server[]; readonly sockets: Set<Socket> },
): Promise<number> {
  const server = createServer((near) => {
    const far = connect(path);
    near.setNoDelay(true);
    sockets.add(near);
    far.write(`${address} ${SSH_PORT}\n`);
    near.on('error', () => {});
    far.on('error', () => near.destroy());
    near.on('close', () => {
      sockets.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** Waits until the node's sshd greets. */
async function untilGreeting({ nodeId, outside }: LabNode): Promise<void> {
  for (const until = performance.now() + READY_MS; performance.now() < until; await wait(50)) {
    const socket = connect(outside.port, outside.address);
    const greeted = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      setTimeout(() => resolve(false), 5_000).unref();
    });
    socket.destroy();
    if (greeted) return;
  }
  throw new PutError('internal', `${nodeId} of the lab did not let in by SSH in time`);
}
