import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain JavaScript for whatever Node the machine has (20 or newer): everything else of the project runs on the pinned one.

/** Root folder of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The pinned Node that `npm ci` brings; undefined before `npm ci`. */
export function pinnedNode() {
  const file = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(file) ? file : undefined;
}

/**
 * Makes sure that the calling script runs on the pinned Node: on another one it is started again and this process ends with
 * its exit code. Puts the pinned Node and the project's tools first in PATH, for everything that the script starts.
 */
export function runOnPinnedNode(scriptUrl) {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node;
  const separator = process.platform === 'win32' ? ';' : ':';
  const bin = join(root, 'node_modules', '.bin');
  if (!(process.env.PATH ?? '').split(separator).includes(bin))
    process.env.PATH = `${bin}${separator}${process.env.PATH ?? ''}`;
  if (process.versions.node === wanted) return;
  const node = pinnedNode();
  if (node === undefined) {
    console.error(`Node ${wanted} is not here yet (this is ${process.versions.node}). Run: npm ci`);
    process.exit(1);
  }
  const outcome = spawnSync(node, [fileURLToPath(scriptUrl), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(outcome.status ?? 1);
}

/** The file that a tool of node_modules runs, to be started by Node itself: no shell, the same on every platform. */
export function toolFile(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command]);
}
