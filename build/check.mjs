import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, runOnPinnedNode, toolFile } from './node24.mjs';

/*
 * npm run check: types, lint, format and import rules side by side, with what was found before kept in a cache, and the unit tests that reach
 * what changed since the last check that passed (before the first one: what is not committed).
 * `npm run check -- --all` runs every unit test and judges every file anew, as `npm test` does.
 * `npm run check -- core/model` checks lint, format and every unit test of one folder (types are always checked whole).
 */

const cache = join(root, 'node_modules', '.cache', 'check');
/** Holds the commit of the last whole check that passed. */
const passedFile = join(cache, 'passed');

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

/**
 * Lint, then format, of the whole or of the folders named. A cached file is judged anew when its own text changed, not when a type that it
 * uses did; that is why `npm test` and `--all` take no cache.
 */
export function lintChecks(folders = [], cached = false) {
  const paths = folders.length > 0 ? folders : ['.'];
  const kept = ['--cache', '--cache-strategy', 'content', '--cache-location', join(cache, 'eslint')];
  return [
    ['lint', [toolFile('eslint'), '--no-warn-ignored', '--max-warnings', '0', ...(cached ? kept : []), ...paths]],
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

/** Git's answer, or nothing outside a repository. */
function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The commit to compare with: that of the last check that passed, where it is still in the history; otherwise the newest one. */
function comparedWith() {
  const passed = existsSync(passedFile) ? readFileSync(passedFile, 'utf8').trim() : '';
  return /^[0-9a-f]{40,64}$/.test(passed) && git('merge-base', '--is-ancestor', passed, 'HEAD') !== undefined
    ? passed
    : 'HEAD';
}

/** Unit tests: all of them, those of some folders, or those that reach what changed since a commit. */
function unitTests(folders, since) {
  const vitest = [toolFile('vitest'), 'run', '--passWithNoTests', '--reporter', 'default'];
  const projects = ['--project', 'unit', '--project', 'renderer'];
  if (!since) return [['unit tests', [...vitest, ...projects, ...folders]]];
  return [
    ['import rules', [...vitest, '--project', 'unit', 'build/importRules.test.ts']],
    [`unit tests of what changed since ${since.slice(0, 8)}`, [...vitest, ...projects, '--changed', since]],
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  runOnPinnedNode(import.meta.url);
  const all = process.argv.includes('--all');
  const folders = process.argv.slice(2).filter((word) => word !== '--all');
  const head = git('rev-parse', 'HEAD');
  const since = all || folders.length > 0 || head === undefined ? undefined : comparedWith();
  const [lint, format] = lintChecks(folders, !all);
  const startedAt = Date.now();
  const outcomes = await runChecks([lint, ...typeChecks(), ...unitTests(folders, since), format]);
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  if (failed.length === 0 && head !== undefined && folders.length === 0) writeFileSync(passedFile, `${head}\n`);
  console.log(
    failed.length === 0 ? `Check passed in ${seconds} s.` : `Check failed: ${failed.map((f) => f.name).join(', ')}.`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
