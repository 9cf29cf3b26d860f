import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '../core/node/dataFolder.ts';
import { licencesBeside } from '../core/node/readLicences.ts';
import { makeFolder } from '../core/node/makeFolder.ts';
import { inProcessLine } from '../core/node/inProcessLine.ts';
import { createSampleFiles } from '../core/node/sampleFiles.ts';
import { announcePractice } from '../core/node/practiceNotice.ts';
import { createSystemClock } from '../core/node/systemClock.ts';
import { openMasterWorkbench } from '../core/workbench/masterWorkbench.ts';
import { decodeText } from '../core/model/decodeText.ts';
import { firstLine } from '../core/model/firstLine.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../core/protocol/errorCatalogue.ts';
import { printable } from '../core/model/strangerText.ts';
import { AccountBook } from './accounts/AccountBook.ts';
import { readCommandLine, type ServeOptions, type ServicesCommand } from './commandLine.ts';
import { defaultConfig, readConfig } from './config/Config.ts';
import { examine } from './doctor/doctor.ts';
import { findingsText } from './doctor/findings.ts';
import { createServicesLog, type ServicesLog } from './log.ts';
import { storageCodeOf, storageFault } from './state/storageFault.ts';
import { builtInSqlite } from './state/openDatabase.ts';
import { StateFolder } from './state/StateFolder.ts';
import { checkOwner } from './state/folderOwner.ts';
import { identityOf, startServices, systemNameOf, type RunningServices } from './putservices.ts';
import { BrowserConsole, type ConsoleCaller } from './web/BrowserConsole.ts';
import { ownHosts } from './web/ownHost.ts';

const SOFTWARE_NAME = 'putservices';
/** A stop that hangs is cut: the journal is safe at every moment. */
const STOP_MS = 10_000;

const EXIT = { done: 0, fault: 1, usage: 2, busy: 3 } as const;

function exitCodeOf(code: ErrorCode): number {
  if (code === 'port-in-use' || code === 'state-locked') return EXIT.busy;
  return ERROR_CATALOGUE[code].kind === 'input' || code === 'usage' ? EXIT.usage : EXIT.fault;
}

function versionText(): string {
  // Beside it as installed, above it in the sources and in dist/.
  for (const place of ['./package.json', '../package.json', '../../package.json']) {
    try {
      const parsed = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (parsed.name === 'put-desktop' && parsed.version !== undefined) return parsed.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

/** What went wrong and where, why, what next. */
function printError(error: unknown): number {
  const report = reportOf(error);
  const { cause, nextStep } = ERROR_CATALOGUE[report.code];
  process.stderr.write(
    `${SOFTWARE_NAME}: ${printable(report.message)}\n  ${cause}\n  ${nextStep}\n  (${report.code})\n`,
  );
  if (report.code === 'internal' && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  return exitCodeOf(report.code);
}

async function readPassword(file: string | undefined): Promise<string> {
  if (file !== undefined && file !== '-') {
    let bytes: Buffer;
    try {
      bytes = await readFile(file);
    } catch (error) {
      throw new PutError('file-unreadable', `the password file ${file} cannot be read`, { file }, { cause: error });
    }
    const decoded = decodeText(bytes);
    if ('problem' in decoded)
      throw new PutError('file-unreadable', `the password file ${file}: ${decoded.problem}`, { file });
    return firstLine(decoded.text);
  }
  const asked = process.stdin.isTTY && file === undefined;
  if (asked) process.stderr.write('Password: ');
  const lines = createInterface({ input: process.stdin, terminal: false });
  if (asked) process.stdin.setRawMode(true);
  try {
    if (!asked) {
      for await (const line of lines) return line;
      return '';
    }
    return await readHidden();
  } finally {
    lines.close();
    if (asked) {
      process.stdin.setRawMode(false);
      process.stderr.write('\n');
    }
  }
}

/** Keys until Enter, shown nowhere. */
function readHidden(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onKeys = (keys: Buffer): void => {
      for (const key of keys.toString('utf8')) {
        if (key === '\r' || key === '\n') {
          process.stdin.off('data', onKeys);
          resolve(text);
          return;
        }
        if (key === '\u0003') {
          process.stdin.off('data', onKeys);
          reject(new PutError('cancelled', 'no password was given'));
          return;
        }
        text = key === '\u007f' || key === '\b' ? text.slice(0, -1) : text + key;
      }
    };
    process.stdin.on('data', onKeys);
    process.stdin.resume();
  });
}

async function runAccount(command: Extract<ServicesCommand, { command: `account-${string}` }>): Promise<void> {
  await checkOwner(command.state);
  try {
    await makeFolder(command.state, 0o700);
  } catch (error) {
    const fault = storageFault(error, command.state);
    if (fault.code !== 'state-denied') throw fault;
    const message = `${command.state} is not there and this user may not make it; the first start of the service does`;
    throw new PutError(fault.code, message, { path: command.state }, { cause: error });
  }
  const log = createServicesLog();
  const book = await AccountBook.open({ file: path.join(command.state, 'accounts'), log });
  if (command.command === 'account-list') {
    for (const { user, role } of await book.listAccounts()) process.stdout.write(`${user}\t${role}\n`);
    for (const { line, message } of book.faults)
      process.stderr.write(`${SOFTWARE_NAME}: accounts, line ${line} cannot be used: ${message}\n`);
  } else if (command.command === 'account-remove') {
    await book.removeAccount(command.user);
    process.stdout.write(`account ${command.user} removed\n`);
  } else if (command.command === 'account-password') {
    await book.setPassword(command.user, await readPassword(command.passwordFile));
    process.stdout.write(`account ${command.user} has a new password; its sessions end\n`);
  } else if (command.command === 'account-role') {
    await book.setRole(command.user, command.role);
    process.stdout.write(`account ${command.user} is ${command.role}\n`);
  } else {
    await book.addAccount({
      user: command.user,
      role: command.role,
      password: await readPassword(command.passwordFile),
    });
    process.stdout.write(`account ${command.user} is ${command.role}\n`);
  }
}

async function printCertificate(command: Extract<ServicesCommand, { command: 'certificate' }>): Promise<void> {
  const config = command.config === undefined ? defaultConfig() : await readConfig(command.config);
  const identity = identityOf(config, path.join(command.state, 'tls'), systemNameOf(config, false), Date.now());
  process.stdout.write(`${identity.fingerprint}\n`);
}

async function runDoctor(command: Extract<ServicesCommand, { command: 'doctor' }>): Promise<number> {
  const report = await examine(command);
  process.stdout.write(command.json ? `${JSON.stringify(report)}\n` : findingsText(report.findings));
  return report.verdict === 'FAILED' ? EXIT.fault : EXIT.done;
}

async function acceptLoss(state: string): Promise<void> {
  const folder = await StateFolder.open({
    path: state,
    software: `putservices/${versionText()}`,
    log: createServicesLog(),
  });
  try {
    await folder.acceptLoss();
  } finally {
    await folder.release();
  }
  process.stdout.write(`${folder.path} counts as complete from now on, as it is\n`);
}

/** Folder of the built windows: beside the program as installed, in dist/, or above the sources; undefined where they are not built. */
function windowsFolder(): string | undefined {
  return ['./windows', './renderer', '../dist/renderer']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((folder) => existsSync(path.join(folder, 'index.html')));
}

/** Folder of the sample packages: beside the program as installed, or above the sources; undefined where they are not. */
function samplesFolder(): string | undefined {
  return ['./assets/packages', '../assets/packages']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((folder) => existsSync(folder));
}

/** Mounts the browser console: pages, and for each browser that signs in a workbench that is a client of these services within this process. */
function mountConsole(running: RunningServices, log: ServicesLog): (() => Promise<void>) | undefined {
  const folder = windowsFolder();
  if (folder === undefined) {
    log.warn('the windows are not beside this program; there is no browser console');
    return undefined;
  }
  const { ports, systemName, portmgmt } = running;
  const clock = createSystemClock();
  const dialFor = (caller: ConsoleCaller) => {
    const { address } = caller;
    const hasRoom = (): boolean => caller.hasRoom?.() ?? true;
    return () => {
      const line = inProcessLine(`browser ${caller.label}`, ports.web);
      void portmgmt.accept(line.server, { role: 'web', port: ports.web, address, hasRoom });
      return Promise.resolve(line.client);
    };
  };
  const practice = running.practice !== undefined;
  const samples = practice ? samplesFolder() : undefined;
  const browserConsole = new BrowserConsole({
    ...{ log, clock, folder, systemName, practice },
    software: `putservices ${versionText()}`,
    ownHosts: () => ownHosts(running.webNames()),
    demandSession: (token) => void portmgmt.sessions.admit(portmgmt.sessions.byToken(token)),
    openWorkbench: (caller) =>
      openMasterWorkbench({
        ...{ clock, random: Math.random, version: versionText(), platform: process.platform },
        system: {
          ...{ name: systemName, host: hostname(), practice },
          ...{ ccPort: ports.negotiation, sslPort: ports.web, servicePort: ports.service, chatPort: ports.chat },
        },
        dial: dialFor(caller),
        clientSystem: `browser at ${caller.label.replace(/:\d+$/, '').replace(/^::ffff:/, '')}`,
        sessionToken: caller.sessionToken,
        ...(samples !== undefined && { samples: createSampleFiles(samples) }),
        licences: licencesBeside(folder),
      }),
  });
  running.web.mount(browserConsole);
  return () => browserConsole.close();
}

function announce(running: RunningServices, options: ServeOptions, hasConsole: boolean): void {
  const { ports, practice } = running;
  if (options.jsonReady) {
    const { fingerprint, systemName, addresses } = running;
    process.stdout.write(
      `${JSON.stringify({ ready: true, ports, addresses, fingerprint, systemName, practice, pid: process.pid })}\n`,
    );
    return;
  }
  const gui = ports.gui.length === 0 ? 'none' : `${ports.gui[0]}-${ports.gui[ports.gui.length - 1]}`;
  const lines = [
    `${running.systemName} is ready on ${running.addresses.join(', ') || 'all addresses of this machine'}.`,
    `  negotiation ${ports.negotiation}, watch ${ports.watch}, GUI ${gui}, services ${ports.service}, chat ${ports.chat}, web ${ports.web}`,
    `  fingerprint ${running.fingerprint}`,
  ];
  if (practice)
    lines.push(`  practice: ${practice.nodes} nodes; user ${practice.user}, password in ${practice.passwordFile}`);
  if (hasConsole) lines.push(`  browser console https://${running.addresses[0] ?? hostname()}:${ports.web}/console/`);
  for (const line of running.toDo) lines.push(`  ${line}`);
  lines.push(`  log ${path.join(path.resolve(options.state), 'log', 'putservices.log')}`);
  // systemd names what it starts; its service is stopped by systemctl.
  if (process.env['INVOCATION_ID'] === undefined) lines.push('  Ctrl+C stops it.');
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Lets `putctl --practice` find a practice system that was started by hand. Whoever asked for a ready line takes care of that himself. */
async function tellOfPractice(running: RunningServices, options: ServeOptions, log: ServicesLog): Promise<void> {
  const { practice, ports, addresses, fingerprint } = running;
  if (!practice || options.jsonReady) return;
  const { user, passwordFile } = practice;
  try {
    const takeBack = await announcePractice(dataFolder(), {
      ready: true,
      ...{ ports, fingerprint, addresses: [...addresses], pid: process.pid },
      practice: { user, passwordFile: path.resolve(passwordFile) },
    });
    process.on('exit', takeBack);
  } catch (error) {
    log.warn('putctl --practice will not find this practice system', { error: String(error) });
  }
}

async function serve(options: ServeOptions): Promise<number> {
  builtInSqlite();
  const log = createServicesLog({ onFault: (message) => void process.stderr.write(`${SOFTWARE_NAME}: ${message}\n`) });
  let stopAsked: (signal: string) => void = () => {};
  const stopSignal = new Promise<string>((resolve) => (stopAsked = resolve));
  process.on('SIGTERM', () => stopAsked('SIGTERM'));
  process.on('SIGINT', () => stopAsked('SIGINT'));
  let failed = false;
  const onFault = (error: unknown): void => {
    // The disk, not the program: nothing of its state is in doubt, and a stop would take the services away as well.
    if (storageCodeOf(error) !== undefined) {
      log.error('something could not be written; putservices goes on', {
        ...reportOf(storageFault(error, options.state)),
      });
      return;
    }
    log.error('a fault of putservices; it stops', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    if (!failed) printError(error);
    failed = true;
    stopAsked('fault');
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  const software = `putservices/${versionText()}`;
  const running = await startServices(options, log, software);
  const closeConsole = mountConsole(running, log);
  announce(running, options, closeConsole !== undefined);
  await tellOfPractice(running, options, log);
  const signal = await stopSignal;
  log.info('asked to stop', { signal });
  const cut = setTimeout(() => {
    process.stderr.write('putservices: the stop took too long and was cut; nothing is lost\n');
    process.exit(failed ? EXIT.fault : EXIT.done);
  }, STOP_MS);
  await closeConsole?.();
  await running.stop();
  await log.close();
  clearTimeout(cut);
  return failed ? EXIT.fault : EXIT.done;
}

async function main(args: readonly string[]): Promise<number> {
  const command = await readCommandLine(args, versionText());
  switch (command.command) {
    case 'serve':
      return serve(command);
    case 'certificate':
      await printCertificate(command);
      return EXIT.done;
    case 'accept-loss':
      await acceptLoss(command.state);
      return EXIT.done;
    case 'doctor':
      return runDoctor(command);
    case 'shown':
      return EXIT.done;
    default:
      await runAccount(command);
      return EXIT.done;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = printError(error);
}
// Signal handlers and a waiting standard input would keep the process.
process.exit();
