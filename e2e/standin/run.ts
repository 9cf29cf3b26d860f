import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { open as openInspector } from 'node:inspector';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, readManifest } from './App.ts';
import { standIn } from './records.ts';
import { settings } from './settings.ts';

/*
 * Runs the main process of an app. Arguments are those of Electron's executable: `-r FILE` is loaded first, `--inspect=0` and
 * `--remote-debugging-port=0` are what a test driver adds, then the folder of the app and its own arguments. Beside a
 * `resources/app.asar` the packaged app runs instead.
 */

const electronUrl = pathToFileURL(join(import.meta.dirname, 'electron.ts')).href;
registerHooks({
  resolve(specifier, context, next) {
    if (/^electron(\/(main|common))?$/.test(specifier))
      return { url: electronUrl, format: 'module-typescript', shortCircuit: true };
    // Electron's name for the file system without archives.
    return next(specifier === 'original-fs' ? 'node:fs' : specifier, context);
  },
});
Object.assign(process.versions, { electron: settings.version });
Object.assign(process, { type: 'browser' });

const given = process.argv.slice(2);
const loadedFirst: string[] = [];
const appArguments: string[] = [];
for (let index = 0; index < given.length; index += 1) {
  const argument = given[index]!;
  if (argument === '-r' || argument === '--require') loadedFirst.push(given[(index += 1)]!);
  else if (argument.startsWith('--inspect')) openInspector(0, '127.0.0.1');
  else appArguments.push(argument);
}

/** Electron reads an archive as a folder; Node cannot, so it is unpacked for the time of the run. */
async function unpackedArchive(archive: string): Promise<string> {
  const { extractAll } = await import('@electron/asar');
  const folder = mkdtempSync(join(tmpdir(), 'standin-app-'));
  settings.temporaryFolders.push(folder);
  extractAll(archive, folder);
  const { cpSync } = await import('node:fs');
  if (existsSync(`${archive}.unpacked`)) cpSync(`${archive}.unpacked`, folder, { recursive: true });
  return folder;
}

const resources = join(process.env['STANDIN_EXECUTABLE_FOLDER'] ?? '', 'resources');
const archive = join(resources, 'app.asar');
settings.packaged = existsSync(archive);
const named = settings.packaged ? await unpackedArchive(archive) : appArguments.find((one) => !one.startsWith('-'));
const target = resolve(named ?? '.');
const isFolder = statSync(target).isDirectory();
settings.appFolder = isFolder ? target : dirname(target);
Object.assign(process, { resourcesPath: resources });

// A driver's loader looks for its own switch in process.argv and takes everything up to it away.
process.argv = [process.argv[0]!, ...appArguments];
const require = createRequire(import.meta.url);
for (const file of loadedFirst) require(resolve(file));
settings.appArguments = appArguments.filter(
  (argument) => argument !== '--no-sandbox' && argument !== '--remote-debugging-port=0',
);
process.argv = [process.argv[0]!, ...settings.appArguments];

let main = target;
if (isFolder) {
  const manifest = readManifest(target);
  app.useManifest(manifest);
  main = join(target, manifest.main ?? 'index.js');
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());

// As in Electron, a promise that nobody minds is reported and does not end the app.
process.on('unhandledRejection', (reason) => {
  standIn.errors.push(`unhandled: ${String(reason)}`);
  process.stderr.write(`(unhandled) ${reason instanceof Error ? reason.stack : String(reason)}\n`);
});

try {
  await import(pathToFileURL(main).href);
  await app.boot();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  app.exit(1);
}
