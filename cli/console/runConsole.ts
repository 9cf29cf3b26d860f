import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { PracticeProcess } from '../../core/node/PracticeProcess.ts';
import { SERVICES_NODE_ARGUMENTS } from '../../core/node/servicesNodeArguments.ts';
import { createLocalFiles } from '../../core/node/localFiles.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { testPaths } from '../../core/node/pathTest.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { createWorkbench, type Workbench } from '../../core/workbench/Workbench.ts';
import type { SecretStore } from '../../core/workbench/ports.ts';
import { browserArguments, findBrowser, hasDisplay } from './browser.ts';
import { writeEntryFile, type EntryFile } from './entryPage.ts';
import { ConsoleServer } from './ConsoleServer.ts';
import { licencesBeside } from '../../core/node/readLicences.ts';
import { dataFolder } from '../../core/node/dataFolder.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import type { LocalContext } from '../launch.ts';

export interface ConsoleOptions {
  readonly port?: number;
  readonly open: boolean;
  readonly practice?: boolean;
  readonly json?: boolean;
}

/** A window that is gone may be loading anew; only after this long without any the console ends. */
const LAST_WINDOW_GRACE_MS = 5_000;
const CLOSE_WITHIN_MS = 12_000;

/** The console keeps no secret: a password is given in the window and lives as long as this process. */
const NO_SECRETS: SecretStore = {
  available: false,
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

function practiceOf({ host, output }: LocalContext): PracticeProcess {
  const folder = dataFolder();
  return new PracticeProcess({
    fork: (args) => {
      const child = spawn(process.execPath, [...SERVICES_NODE_ARGUMENTS, host.servicesEntry, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return {
        stdout: child.stdout,
        stderr: child.stderr,
        once: (event, listener) => child.once(event, (code) => listener(code ?? 1)),
        kill: () => child.kill(),
      };
    },
    stateFolder: join(folder, 'practice'),
    readyFile: join(folder, 'practice-running.json'),
    tell: (message) => output.note(message),
  });
}

const browserFolder = (): string => join(dataFolder(), 'console-browser');

function openBrowser(address: string, onEnd: () => void): ChildProcess {
  const { platform, env } = process;
  const browser = findBrowser({ platform, env, home: homedir(), exists: existsSync });
  if (!browser) {
    throw new PutError(
      'browser-missing',
      'no Chromium, Chrome or Edge was found; PUT_BROWSER names one by its path, --no-open prints what to open in another browser',
    );
  }
  const asRoot = platform === 'linux' && process.getuid?.() === 0;
  const profileFolder = browserFolder();
  const child = spawn(browser.path, browserArguments(address, { profileFolder, asRoot }), { stdio: 'ignore' });
  child.once('error', onEnd);
  child.once('exit', onEnd);
  return child;
}

function addressText(server: ConsoleServer, page: string, displayMissing: boolean): string {
  return [
    ...(displayMissing
      ? ['There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window was opened.']
      : []),
    `Open ${page} in a browser of this machine, or`,
    `open ${server.origin}/ and give the code  ${server.code ?? ''}`,
    'Either is good for one use. From another machine, lead the port here first:',
    `  ssh -L ${server.port}:127.0.0.1:${server.port} ${hostname()}     then open the address there`,
    'Ctrl-C ends the console; jobs go on.',
  ].join('\n');
}

/** Serves the windows and opens the browser; ends with its last window, or with Ctrl-C. */
export async function runConsole(context: LocalContext, options: ConsoleOptions): Promise<ExitCode> {
  const { host, output } = context;
  const practice = practiceOf(context);
  const workbench: Workbench = await createWorkbench({
    app: {
      version: host.version,
      platform: process.platform,
      carrier: 'console',
      can: { systems: true, fileDialog: false, folders: true, samples: true },
    },
    clock: host.clock,
    random: host.random,
    systemsFile: host.systemsFile,
    secrets: NO_SECRETS,
    dial: dialNetwork,
    testPaths: (system, secrets) => testPaths({ ...system, sshPort: system.ssh?.port, secrets }),
    compression: deflateCompression,
    clientSystem: hostname(),
    localFiles: createLocalFiles({ samplesFolder: host.samplesFolder ?? '' }),
    practice,
    licences: licencesBeside(host.rendererFolder),
  });
  let browser: ChildProcess | undefined;
  let server: ConsoleServer | undefined;
  let entry: EntryFile | undefined;
  const removeEntry = (): Promise<void> =>
    entry?.remove().catch((error: unknown) => output.note(`console: ${String(error)}`)) ?? Promise.resolve();
  let windows = 0;
  let browserGone = false;
  let stopGrace = (): void => {};
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  // With --no-open a person opens and closes windows at will; only Ctrl-C ends that.
  const onChange = (): void => {
    stopGrace();
    if (browserGone && windows === 0) stopGrace = host.clock.setTimer(LAST_WINDOW_GRACE_MS, leave);
  };
  try {
    server = await ConsoleServer.start({
      workbench,
      folder: host.rendererFolder,
      port: options.port ?? 0,
      tell: (message) => output.note(message),
      onEntered: () => void removeEntry(),
      onWindows: (open) => {
        windows = open;
        onChange();
      },
    });
    if (options.practice === true) {
      void workbench.invoke('practice.start', {}).then((answer) => {
        if (!answer.ok) output.note(`The practice system did not start: ${answer.error.message}`);
      });
    }
    entry = await writeEntryFile(browserFolder(), server.origin, server.code ?? '');
    const displayMissing = !hasDisplay(process.platform, process.env);
    if (options.open && !displayMissing) {
      browser = openBrowser(entry.address, () => {
        browserGone = true;
        onChange();
      });
      output.line(
        { port: server.port, opened: true },
        () => 'The window is open; closing it ends the console. Jobs go on at the master.',
      );
    } else {
      const served = server;
      const page = entry.path;
      const { port, origin, code } = server;
      output.line({ port, opened: false, address: `${origin}/`, code, page }, () =>
        addressText(served, page, displayMissing && options.open),
      );
    }
    host.stop.addEventListener('abort', leave, { once: true });
    if (host.stop.aborted) leave();
    await left;
    return EXIT.done;
  } finally {
    stopGrace();
    await removeEntry();
    if (browser && !browserGone) browser.kill();
    let stopDeadline = (): void => {};
    const deadline = new Promise<void>((resolve) => {
      stopDeadline = host.clock.setTimer(CLOSE_WITHIN_MS, resolve);
    });
    await Promise.race([Promise.all([server?.close(), workbench.close(), practice.stop()]), deadline]);
    stopDeadline();
  }
}
