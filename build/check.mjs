import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, runOnPinnedNode, toolFile } from './node24.mjs';

/*
 * npm run check: types, lint, format and unit tests (the import rules are one of them), side by side.
 * `npm run check -- core/model` checks lint, format and tests of one folder (types are always checked whole).
 */

const cache = join(root, 'node_modules', '.cache', 'check');

/** Runs a tool of node_modules under this Node; answers its exit code and everything it printed. */
function run(name, args, env = {}) {
  const startedAt = Date.now();
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      if (code === 0) console.log(`ok      ${name} (${seconds} s)`);
      else console.log(`${output.trimEnd()}\nFAILED  ${name} (${seconds} s)`);
      done({ name, ok: code === 0, output });
    });
  });
}

/** Type checks, one per tsconfig. */
export function typeChecks() {
  return ['.', 'e2e', 'electron/preload', 'renderer']
    .filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
    .map((folder) => [
      `types of ${folder === '.' ? 'the rooms without a window' : folder}`,
      [
        toolFile('typescript', 'tsc'),
        '-p',
        folder,
        '--incremental',
        '--tsBuildInfoFile',
        join(cache, `${folder.replaceAll('/', '-')}.tsbuildinfo`),
      ],
    ]);
}

/** Lint, then format, of the whole or of the folders named. */
export function lintChecks(folders = []) {
  const paths = folders.length > 0 ? folders : ['.'];
  return [
    ['lint', [toolFile('eslint'), '--no-warn-ignored', '--max-warnings', '0', ...paths]],
    [
      'format (npm run format mends it)',
      [
        toolFile('prettier'),
        '--check',
        '--log-level',
        'warn',
        '--cache',
        '--cache-location',
        join(cache, 'prettier'),
        ...paths,
      ],
    ],
  ];
}

/** Runs checks, at most `together` at once; answers the outcomes. */
export async function runChecks(checks, together = 2) {
  mkdirSync(cache, { recursive: true });
  const waiting = [...checks];
  const outcomes = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) outcomes.push(await run(...check));
  };
  await Promise.all(Array.from({ length: together }, worker));
  return outcomes;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  runOnPinnedNode(import.meta.url);
  const folders = process.argv.slice(2);
  const unit = [
    'unit tests',
    [
      toolFile('vitest'),
      'run',
      '--project',
      'unit',
      '--project',
      'renderer',
      '--passWithNoTests',
      '--reporter',
      'default',
      ...folders,
    ],
  ];
  const startedAt = Date.now();
  const outcomes = await runChecks([
    ...lintChecks(folders).slice(0, 1),
    unit,
    ...typeChecks(),
    ...lintChecks(folders).slice(1),
  ]);
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(
    failed.length === 0 ? `Check passed in ${seconds} s.` : `Check failed: ${failed.map((f) => f.name).join(', ')}.`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
