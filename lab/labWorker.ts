import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PutError } from '../core/protocol/errors.ts';
import { runCommand } from './namespaces.ts';
import { onNode, runFault, type LabFault } from './labFaults.ts';
import { serveTasks } from './NamespaceWorker.ts';
import type { LabNodePlan, RunningNode } from './RunningNode.ts';

/*
 * The inside of the lab: the first process of its own process, mount and network namespaces. Whatever ends it ends every node and takes every mount and
 * every device with it. It makes a bridge, and for each node a network namespace at it, an overlay above the shared root, and the node's own processes.
 */

export interface LabPlan {
  readonly folder: string;
  readonly nodes: readonly LabNodePlan[];
  readonly gateway: string;
  readonly prefix: number;
  /** Line of the key that the nodes let in. */
  readonly authorizedKeys: string;
  /** Room of a node's own file system above the shared root, in MiB. */
  readonly nodeMib: number;
}

/** How long a node that goes down stays away, in ms. */
const REBOOT_MS = 200;

const nodes = new Map<string, RunningNode>();

function nodeOf(nodeId: string): RunningNode {
  const node = nodes.get(nodeId);
  if (!node) throw new PutError('node-unknown', `the lab has no node ${nodeId}`, { nodeId });
  return node;
}

function up({ folder, nodes: plans, gateway, prefix, authorizedKeys, nodeMib }: LabPlan): Promise<object> {
  runCommand('mount', ['--make-rprivate', '/']);
  mkdirSync('/run/netns', { recursive: true });
  runCommand('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
  const overlays = join(folder, 'nodes');
  mkdirSync(overlays, { recursive: true });
  runCommand('mount', ['-t', 'tmpfs', 'tmpfs', overlays]);
  runCommand('ip', [
    '-batch',
    batchFile(folder, [
      'link add br0 type bridge',
      'link set br0 up',
      'link set lo up',
      `addr add ${gateway}/${prefix} dev br0`,
    ]),
  ]);
  for (const plan of plans)
    nodes.set(
      plan.nodeId,
      makeNode(plan, join(overlays, plan.nodeId), { prefix, authorizedKeys, nodeMib, scratch: folder }),
    );
  for (const node of nodes.values()) start(node);
  relay(join(folder, 'relay.sock'));
  return Promise.resolve({});
}

function batchFile(folder: string, lines: readonly string[]): string {
  const file = join(folder, 'ip-batch');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function makeNode(
  plan: LabNodePlan,
  folder: string,
  options: {
    readonly prefix: number;
    readonly authorizedKeys: string;
    readonly nodeMib: number;
    readonly scratch: string;
  },
): RunningNode {
  const namespace = plan.nodeId;
  const device = `v${nodes.size + 1}`;
  runCommand('ip', ['netns', 'add', namespace]);
  runCommand('ip', [
    '-batch',
    batchFile(options.scratch, [
      `link add ${device} type veth peer name eth0 netns ${namespace}`,
      `link set ${device} master br0 up`,
    ]),
  ]);
  runCommand('ip', [
    ...['-n', namespace, '-batch'],
    batchFile(options.scratch, [
      `addr add ${plan.address}/${options.prefix} dev eth0`,
      'link set eth0 up',
      'link set lo up',
    ]),
  ]);
  const disk = join(folder, 'disk');
  const root = join(folder, 'root');
  for (const one of [disk, root]) mkdirSync(one, { recursive: true });
  runCommand('mount', ['-t', 'tmpfs', '-o', `size=${options.nodeMib}m`, plan.nodeId, disk]);
  for (const one of ['upper', 'work']) mkdirSync(join(disk, one));
  const layers = `lowerdir=${plan.lower},upperdir=${join(disk, 'upper')},workdir=${join(disk, 'work')}`;
  runCommand('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
  writeFileSync(join(root, 'etc/hostname'), `${plan.nodeId}\n`);
  const key = join(options.scratch, 'host_key');
  copyFileSync(key, join(root, 'etc/ssh/ssh_host_ed25519_key'));
  chmodSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), 0o600);
  for (const line of readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n')) {
    const [user, , uid, gid, , home] = line.split(':');
    if (user === undefined || home === undefined || !/^\/(root|home\/)/.test(home)) continue;
    const ssh = join(root, home, '.ssh');
    if (!existsSync(join(root, home))) mkdirSync(join(root, home));
    mkdirSync(ssh, { recursive: true, mode: 0o700 });
    writeFileSync(join(ssh, 'authorized_keys'), options.authorizedKeys, { mode: 0o600 });
    for (const path of [join(root, home), ssh, join(ssh, 'authorized_keys')]) chownSync(path, Number(uid), Number(gid));
  }
  return { plan, root, folder, namespace, holder: undefined, off: false };
}

/** What makes a light node's own namespaces and becomes its first process. Its boot has a name of its own, as that of a machine has. */
const LIGHT_BOOT = `mount -t proc proc "$1/proc"
mount --bind "$2" "$1/proc/sys/kernel/random/boot_id"
mount -t tmpfs tmpfs "$1/run"
mkdir -p "$1/run/sshd" "$1/run/lab"
mount --rbind /dev "$1/dev"
hostname "$3"
exec chroot "$1" /opt/lab/init`;

/** Switches a node on. */
export function start(node: RunningNode): void {
  const { plan, root, folder, namespace } = node;
  node.off = false;
  rmSync(join(root, 'etc/lab/off'), { force: true });
  const bootId = join(folder, 'boot_id');
  writeFileSync(bootId, `${randomUUID()}\n`);
  const words = plan.booted
    ? [
        ...['systemd-nspawn', '-q', '-b', '-D', root, '-M', plan.nodeId, '--register=no', '--keep-unit'],
        `--network-namespace-path=/run/netns/${namespace}`,
      ]
    : [
        ...[
          'ip',
          'netns',
          'exec',
          namespace,
          'unshare',
          '--mount',
          '--pid',
          '--uts',
          '--ipc',
          '--fork',
          '--kill-child',
        ],
        ...['sh', '-ec', LIGHT_BOOT, 'sh', root, bootId, plan.nodeId],
      ];
  const [command = '', ...args] = words;
  const holder = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'], detached: true });
  node.holder = holder;
  holder.once('exit', () => {
    if (node.holder !== holder) return;
    node.holder = undefined;
    if (existsSync(join(root, 'etc/lab/off'))) node.off = true;
    // As a machine does that is told to reboot, or whose power comes back.
    setTimeout(() => node.off || node.holder || start(node), REBOOT_MS);
  });
}

/** Lets the outside reach the nodes without any network of the host: who connects says first where to. */
function relay(path: string): void {
  rmSync(path, { force: true });
  createServer((near) => {
    near.on('error', () => {});
    near.once('readable', () => {
      // The line comes in one piece: it is short, and the first that is written.
      const first = near.read() as Buffer | null;
      const end = first?.indexOf('\n') ?? -1;
      if (!first || end < 0) return near.destroy();
      const [address = '', port] = first.toString('latin1', 0, end).split(' ');
      const far = connect(Number(port), address);
      far.setNoDelay(true);
      far.write(first.subarray(end + 1));
      far.on('error', () => near.destroy());
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      near.pipe(far).pipe(near);
    });
  }).listen(path);
}

serveTasks({
  run: ({ nodeId, script }: { nodeId: string; script: string }) => Promise.resolve(onNode(nodeOf(nodeId), script)),
  up: (plan: LabPlan) => up(plan),
  status: () =>
    Promise.resolve(
      [...nodes.values()].map(({ plan, holder, off }) => ({ nodeId: plan.nodeId, on: holder !== undefined, off })),
    ),
  fault: async ({ nodeId, fault }: { nodeId: string; fault: LabFault }) => ({
    said: await runFault(nodeOf(nodeId), fault, start),
  }),
});
