import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PutError } from '../core/protocol/errors.ts';
import { runCommand } from './namespaces.ts';
import type { RunningNode } from './RunningNode.ts';

/** Trouble that a node of the lab can be given; `none` takes away what can be taken away. */
export const LAB_FAULTS = {
  none: 'takes the troubles below away and switches the node on',
  'sshd-gone': 'the SSH server ends and does not come back',
  'disk-full': "the node's file system has no room",
  'rpm-locked': 'another rpm transaction runs, until the fault is taken away',
  'rpm-killed': 'the rpm that installs, or the next that does within a minute, is killed',
  'power-loss': 'everything on the node ends at once; it boots again',
  'power-off': 'the same, and it stays off',
  reboot: 'the node is shut down and boots again',
  'slow-disk': 'every rpm takes three seconds longer to begin',
  'clock-off': 'the clock is a day behind',
  'read-only': 'the root file system is mounted read-only',
  'no-room-for-rpm': '/var/lib/rpm is on a file system of its own that is full',
  'service-broken': 'the practice service does not start',
} as const;
export type LabFault = keyof typeof LAB_FAULTS;

const KILL_WITHIN_MS = 60_000;
const MIB = 1024 * 1024;

/** The first process of a node, as the lab sees it. */
export function firstProcess({ holder, plan }: RunningNode): number {
  const pid = holder?.pid;
  const children = pid === undefined ? '' : readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const first = Number(children.trim().split(' ')[0]);
  if (!first) throw new PutError('internal', `${plan.nodeId} is off`);
  return first;
}

/** Runs a script of the shell on a node from its inside, without the network. */
export function onNode(node: RunningNode, script: string): { readonly status: number | null; readonly output: string } {
  const pid = firstProcess(node);
  const namespaces = ['-t', String(pid), '-m', '-p', '-n', '-u', '-i'];
  const inside = [`--root=/proc/${pid}/root`, `--wd=/proc/${pid}/root`, 'sh', '-c', script];
  const done = spawnSync('nsenter', [...namespaces, ...inside], { encoding: 'utf8', timeout: 30_000 });
  return { status: done.status, output: `${done.stdout}${done.stderr}`.trim() };
}

function demand(node: RunningNode, script: string): string {
  const { status, output } = onNode(node, script);
  if (status !== 0) throw new PutError('internal', `${node.plan.nodeId}: ${output || `status ${status}`}`);
  return output;
}

/** Gives a node trouble; answers what was done in words. */
export async function runFault(
  node: RunningNode,
  fault: LabFault,
  start: (node: RunningNode) => void,
): Promise<string> {
  const { root, folder, plan } = node;
  const disk = join(folder, 'disk');
  switch (fault) {
    case 'none': {
      if (!node.holder) start(node);
      await wait(100);
      spawnSync('mount', ['-o', 'remount,rw', root]);
      for (const file of [
        'etc/lab/no-sshd',
        'run/lab/hold',
        'etc/lab/broken-practice-db',
        'usr/local/sbin/rpm',
        'usr/local/bin/date',
        'usr/local/bin/stat',
      ]) {
        rmSync(join(root, file), { force: true });
      }
      rmSync(join(disk, 'filled'), { force: true });
      onNode(
        node,
        'rm -f /run/lab/hold; ! mountpoint -q /var/lib/rpm 2>/dev/null || umount /var/lib/rpm; umount /var/lib/rpm 2>/dev/null; [ ! -d /run/systemd/system ] || systemctl start ssh',
      );
      return `${plan.nodeId} is well again`;
    }
    case 'sshd-gone':
      writeFileSync(join(root, 'etc/lab/no-sshd'), '');
      demand(node, 'if [ -d /run/systemd/system ]; then systemctl stop ssh; fi; pkill -9 -x sshd; true');
      return `${plan.nodeId} has no SSH server any more`;
    case 'disk-full': {
      fillUp(join(disk, 'filled'));
      return `${plan.nodeId} has no room on its file system`;
    }
    case 'rpm-locked':
      demand(
        node,
        'mkdir -p /run/lab; : >/run/lab/hold; setsid rpm -U --replacepkgs --force-debian /opt/lab/packages/lab-hold.rpm </dev/null >/dev/null 2>&1 &',
      );
      return `another transaction of rpm runs on ${plan.nodeId} until the fault is taken away`;
    case 'rpm-killed': {
      for (const until = performance.now() + KILL_WITHIN_MS; performance.now() < until; await wait(20)) {
        if (onNode(node, "pkill -9 -f '^(/usr/bin/)?rpm -[UieF]'").status === 0)
          return `rpm on ${plan.nodeId} was killed`;
      }
      return `no rpm ran on ${plan.nodeId} within a minute`;
    }
    case 'power-loss':
    case 'power-off':
      node.off = fault === 'power-off';
      process.kill(firstProcess(node), 'SIGKILL');
      return `${plan.nodeId} lost power${node.off ? ' and stays off' : ''}`;
    case 'reboot':
      demand(node, 'systemctl reboot');
      return `${plan.nodeId} boots anew`;
    case 'slow-disk':
      writeScript(join(root, 'usr/local/sbin'), 'rpm', 'sleep 3; exec /usr/bin/rpm "$@"');
      return `rpm on ${plan.nodeId} takes three seconds longer`;
    case 'clock-off':
      writeScript(join(root, 'usr/local/bin'), 'date', 'exec /usr/bin/date -d "1 day ago" "$@"');
      // What is as new as the question is told by the same clock: putservices may read the clock by it.
      writeScript(
        join(root, 'usr/local/bin'),
        'stat',
        `said=$(/usr/bin/stat "$@")
code=$?
[ -z "$said" ] || printf '%s\\n' "$said" | sed "s,$(/usr/bin/date +%F)\\( .* /proc/self/stat\\)\\$,$(/usr/bin/date -d '1 day ago' +%F)\\1,"
exit $code`,
      );
      return `the clock of ${plan.nodeId} is a day behind`;
    case 'read-only':
      runCommand('mount', ['-o', 'remount,ro', root]);
      return `the root file system of ${plan.nodeId} is read-only`;
    case 'no-room-for-rpm': {
      const used = Number(/^(\d+)/.exec(demand(node, 'du -sk /var/lib/rpm'))?.[1] ?? 0) * 1024 + MIB / 4;
      demand(
        node,
        `set -e; mkdir -p /run/lab/rpm; cp -a /var/lib/rpm/. /run/lab/rpm/; mount -t tmpfs -o size=${used} tmpfs /var/lib/rpm; cp -a /run/lab/rpm/. /var/lib/rpm/; rm -rf /run/lab/rpm; dd if=/dev/zero of=/var/lib/rpm/filled bs=4k 2>/dev/null || true`,
      );
      return `/var/lib/rpm of ${plan.nodeId} is full`;
    }
    case 'service-broken':
      writeFileSync(join(root, 'etc/lab/broken-practice-db'), '');
      return `the practice service of ${plan.nodeId} does not start any more`;
  }
}

/** Writes the file until its file system has no room left; how much there was may change meanwhile, so it is not asked. */
function fillUp(file: string): void {
  const zeros = Buffer.alloc(MIB);
  const descriptor = openSync(file, 'w');
  try {
    for (let length = MIB; length >= 1;) {
      try {
        writeSync(descriptor, zeros, 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        length = Math.floor(length / 16);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function writeScript(folder: string, name: string, body: string): void {
  runCommand('mkdir', ['-p', folder]);
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}
