import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * A process of its own between the app and the browser: starts the browser with a profile of its own, says on stdout where
 * DevTools listens, and when its stdin ends (the app ended, in whatever way) it ends the browser and removes the folders.
 * Arguments: the browser's file and its arguments. Every line on stdin names a folder to be removed at the end.
 */

const endDeadlineMs = 3000;
const [browserFile = '', ...browserArguments] = process.argv.slice(2);
const kept = process.env['STANDIN_KEEPS_PROFILE'];
const profileFolder = kept ?? mkdtempSync(join(tmpdir(), 'standin-profile-'));
const folders = kept === undefined ? [profileFolder] : [];

const browser = spawn(browserFile, [`--user-data-dir=${profileFolder}`, ...browserArguments], {
  // A process group of its own, so that its helpers can be ended with it.
  detached: true,
  stdio: ['ignore', 'ignore', 'pipe'],
});

let lastOutput = '';
let announced = false;
browser.stderr.setEncoding('utf8').on('data', (chunk: string) => {
  lastOutput = (lastOutput + chunk).slice(-4096);
  const endpoint = /DevTools listening on (ws:\S+)/.exec(lastOutput)?.[1];
  if (endpoint === undefined || announced) return;
  announced = true;
  process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
});

function endBrowser(signal: NodeJS.Signals): void {
  if (browser.pid === undefined) return;
  try {
    process.kill(-browser.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function removeFoldersAndEnd(code: number): void {
  endBrowser('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(code);
}

browser.once('error', (error) => {
  process.stdout.write(`${JSON.stringify({ error: `${browserFile}: ${error.message}` })}\n`);
  removeFoldersAndEnd(1);
});
browser.once('exit', (code) => {
  if (!announced) process.stdout.write(`${JSON.stringify({ error: `exit ${code}: ${lastOutput}` })}\n`);
  removeFoldersAndEnd(code ?? 0);
});

let named = '';
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (named + chunk).split('\n');
  named = lines.pop() ?? '';
  folders.push(...lines.filter((line) => line.startsWith(tmpdir())));
});
process.stdin.once('close', () => {
  endBrowser('SIGTERM');
  setTimeout(() => endBrowser('SIGKILL'), endDeadlineMs);
});
// The app's terminal sends these to the whole group; the end of stdin is what counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
