import { spawnSync } from 'node:child_process';
import { PutError } from '../core/protocol/errors.ts';

/** Runs a command to its end; throws with what it printed when it fails. */
export function runCommand(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  if (done.status !== 0) {
    throw new PutError('internal', `${command} ${args.join(' ')}: ${done.error?.message ?? done.stderr.trim()}`);
  }
  return done.stdout;
}

/** Why network namespaces cannot be made here; undefined where they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const command of ['ip', 'socat']) {
    if (spawnSync(command, ['-V']).error) return `${command} is not installed`;
  }
  const name = `putprobe${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `a network namespace cannot be made: ${made.stderr.trim()}`;
  spawnSync('ip', ['netns', 'del', name]);
  return undefined;
}

/** Makes a network namespace with its loopback up. */
export function addNamespace(name: string): void {
  runCommand('ip', ['netns', 'add', name]);
  runCommand('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
}

/** Removes a network namespace that `addNamespace` made; nothing happens when it is gone. */
export function removeNamespace(name: string): void {
  spawnSync('ip', ['netns', 'del', name]);
}
