import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root, runOnPinnedNode } from './node24.mjs';

/*
 * npm start: builds what is needed, starts the practice system and opens the desktop window, signed in to it. Where Electron's
 * runtime is missing it is fetched once; where that fails the same windows open in an installed browser.
 */

runOnPinnedNode(import.meta.url);

const FETCH_WITHIN_MS = 240_000;
const END_WITHIN_MS = 8_000;
/** A window that is gone sooner with an error never was one. */
const EARLY_END_MS = 5_000;

const say = (text) => console.log(text);
const sayWrong = (text) => console.error(text);

/** Children that are still to be ended when this process ends. */
const running = new Set();

function startChild(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
  running.add(child);
  child.ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, error }));
    child.once('exit', (code) => resolve({ code: code ?? 1 }));
  }).finally(() => running.delete(child));
  return child;
}

/** Asks a child to end, and makes it end when it does not. */
async function endChild(child) {
  if (!running.has(child)) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
  await child.ended;
  clearTimeout(timer);
}

let leaving;

/** Ends what was started, then this process; the first reason to leave counts. */
function leave(code) {
  return (leaving ??= endAll(code));
}

async function endAll(code) {
  // The window before the system that it shows.
  for (const child of [...running].reverse()) await endChild(child);
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void leave(0));

const dataFolder = () => {
  if (process.env.PUT_DATA_DIR) return process.env.PUT_DATA_DIR;
  if (process.platform === 'win32')
    return join(process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'put-desktop');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'put-desktop');
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'put-desktop');
};

const hasDisplay = () =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);

/** The file of Electron's runtime; undefined when it is not there. */
function electronFile() {
  const folder = join(root, 'node_modules', 'electron');
  const named = existsSync(join(folder, 'path.txt'))
    ? readFileSync(join(folder, 'path.txt'), 'utf8').trim()
    : 'electron';
  const file = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), named);
  return existsSync(file) ? file : undefined;
}

/** Fetches Electron's runtime with what its installer shows; answers whether it is there now. */
async function fetchElectron() {
  say('The Electron runtime is not here yet; fetching it once.');
  const installer = startChild(process.execPath, [join(root, 'node_modules', 'electron', 'install.js')], {
    env: { ...process.env, ELECTRON_GET_USE_PROXY: '1' },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let lastError = '';
  installer.stderr.on('data', (chunk) => (lastError = `${lastError}${chunk}`.slice(-2000)));
  const timer = setTimeout(() => installer.kill('SIGKILL'), FETCH_WITHIN_MS);
  const { code } = await installer.ended;
  clearTimeout(timer);
  if (code === 0 && electronFile() !== undefined) return true;
  const reason = lastError
    .split('\n')
    .find((line) => /error|ENOTFOUND|failed/i.test(line))
    ?.trim();
  say(
    `Electron's runtime could not be fetched (${reason ?? 'no answer in time'}); the same windows open in the installed browser.`,
  );
  return false;
}

/** Starts the practice system, or finds one that runs; the window finds it by the file that this writes. */
async function startPractice() {
  const { PracticeProcess } = await import('../core/node/PracticeProcess.ts');
  const { SERVICES_NODE_ARGUMENTS } = await import('../core/node/servicesNodeArguments.ts');
  const practice = new PracticeProcess({
    fork: (args) =>
      startChild(process.execPath, [...SERVICES_NODE_ARGUMENTS, join(root, 'dist', 'putservices.js'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    stateFolder: join(dataFolder(), 'practice'),
    readyFile: join(dataFolder(), 'practice-running.json'),
    // What it says matters when it does not start; the error below quotes it.
    tell: () => undefined,
  });
  try {
    const target = await practice.start();
    say(`Practice system: ${target.host} port ${target.ccPort}, eight nodes.`);
  } catch (error) {
    sayWrong(`${error.message}`);
    await leave(1);
  }
}

async function openElectron(file) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  // Chromium's sandbox refuses to run as root.
  const startedAt = Date.now();
  const window = startChild(file, [...(asRoot ? ['--no-sandbox'] : []), root, '--practice']);
  const { code } = await window.ended;
  return code === 0 || Date.now() - startedAt > EARLY_END_MS;
}

async function openConsole() {
  const browser = startChild(process.execPath, [join(root, 'dist', 'putctl.js'), 'console', '--practice']);
  return (await browser.ended).code;
}

const build = startChild(process.execPath, [join(root, 'build', 'bundle.ts')]);
if ((await build.ended).code !== 0) await leave(1);

if (!hasDisplay()) {
  sayWrong(
    'npm start opened no window: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). What works without one:',
  );
  // By npm, which finds the pinned Node; the one that a person has may be too old for putservices.
  sayWrong(
    '  npm run putctl -- console --practice --no-open         the practice system, and its windows for a browser',
  );
  sayWrong('  npm run story                                          a whole upgrade of eight practice nodes');
  sayWrong('  npm run putservices -- --practice 8 --state DIR        the practice system alone');
  sayWrong('  npm run putctl -- --help                               the same work from the command line');
  // Whoever started it, a script too, has no window now.
  await leave(1);
}

const hasElectron = electronFile() !== undefined || (await fetchElectron());
await startPractice();
let opened = false;
if (hasElectron) {
  opened = await openElectron(electronFile());
  if (!opened) say('Electron did not start here; the same windows open in the installed browser.');
}
await leave(opened ? 0 : await openConsole());
