import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EMPTY_INVENTORY, inventoryNode, type Inventory, type NodeLine } from '../../core/model/inventory.ts';
import { PutError } from '../../core/protocol/errors.ts';

/* How the tools that we are measured beside reach the nodes of a lab; `folder` is that of the lab. */

const COMMAND_MS = 300_000;

/** From a moment of `performance.now()`. */
export const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1000;

/** Options by which every OpenSSH client signs in; `more` goes before. */
export const sshOptions = (folder: string, more: readonly string[] = []): string[] =>
  [
    ...more,
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    `IdentityFile=${folder}/id`,
    'User=root',
  ].flatMap((option) => ['-o', option]);
/** Options that open one connection a node and keep it. */
export const overMasters = (folder: string): string[] => [
  `ControlPath=${folder}/c-%h`,
  'ControlMaster=auto',
  'ControlPersist=600',
];

/** Runs a command; seconds that it took. @throws PutError with the end of its error output where it does not end with 0 */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
      timeout: COMMAND_MS,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-500)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(secondsSince(startMs));
      else reject(new PutError('internal', `${command} ended with ${code}: ${said}`));
    });
  });
}

/** The nodes by their addresses inside the lab's network. */
export function inventoryOf(folder: string): Inventory {
  const { nodes } = parse(readFileSync(join(folder, 'nodes-inside.yaml'), 'utf8')) as { nodes: NodeLine[] };
  return { ...EMPTY_INVENTORY, nodes: nodes.map((line) => inventoryNode(line)) };
}

/** Ansible with pipelining over kept connections. */
export function ansibleEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    HOME: folder,
    ANSIBLE_HOST_KEY_CHECKING: 'False',
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_SSH_ARGS: sshOptions(folder, overMasters(folder)).join(' '),
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
  };
}

export const addresses = (folder: string): string[] => inventoryOf(folder).nodes.map(({ address }) => address);
