import {
  app,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
} from 'electron';
import { session, shell, utilityProcess, type WebContents } from 'electron';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { join, resolve } from 'node:path';
import { LINK_SCHEME } from '../../core/model/deepLink.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { testPaths } from '../../core/node/pathTest.ts';
import { createLocalFiles } from '../../core/node/localFiles.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { readLicences } from '../../core/node/readLicences.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PracticeProcess } from '../../core/node/PracticeProcess.ts';
import { SERVICES_NODE_ARGUMENTS } from '../../core/node/servicesNodeArguments.ts';
import { textFile } from '../../core/node/textFile.ts';
import { reportOf } from '../../core/protocol/errors.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';
import { createWorkbench, type Workbench } from '../../core/workbench/Workbench.ts';
import { neededPersons, newCalls, overallProgress } from './attention.ts';
import { carryBridge } from './bridgeIpc.ts';
import { createContentServer } from './contentServer.ts';
import { whyUnusable } from './dataFolder.ts';
import { withReadableList } from './damagedList.ts';
import { DesktopWindow } from './DesktopWindow.ts';
import { createFaultKeeper, createPageKeeper } from './faults.ts';
import { createElectronUpdater } from './electronUpdater.ts';
import { createLogFile } from './logFile.ts';
import { menuTemplate } from './menu.ts';
import type { BridgeResult } from '../contract/bridge.ts';
import { leavingQuestion } from './leaving.ts';
import { answerLink, linkOfArguments } from './openLink.ts';
import { SCHEME } from './origin.ts';
import { createOwnSettings } from './ownSettings.ts';
import { keyringName, PasswordStore } from './PasswordStore.ts';
import { guardAllContents, refusePermissions } from './security.ts';
import { makeSupportBundle, newestDumps } from './supportBundle.ts';
import { talkAboutUpdates } from './updates.ts';
import { watchNetwork } from './watchNetwork.ts';
import type { Theme } from './windowState.ts';

/*
 * The desktop's main process: wires the workbench to the machine and shows its one window. `--practice` signs in to the
 * practice system at once; PUT_DATA_DIR names another data folder, PUT_CLIENT_SYSTEM this machine as others see it.
 */

const CLOSE_WITHIN_MS = 3000;

const dataFolder = resolve(process.env['PUT_DATA_DIR'] || join(app.getPath('appData'), 'put-desktop'));
app.setPath('userData', join(dataFolder, 'desktop'));
app.setPath('crashDumps', join(dataFolder, 'crashes'));
// Dumps stay on this machine; they leave it in a support bundle, by a person's hand.
crashReporter.start({ uploadToServer: false });
app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);

const logFolder = join(dataFolder, 'logs');
const tell = createLogFile(logFolder);
const places = {
  tell,
  say: (title: string, text: string) => {
    // Before the app is ready there is only the plain box.
    if (app.isReady()) void dialog.showMessageBox({ type: 'error', title, message: title, detail: text });
    else dialog.showErrorBox(title, text);
  },
  exit: () => app.exit(1),
  steadyMs: () => performance.now(),
};
const keepFault = createFaultKeeper(places);
process.on('uncaughtException', (error) => keepFault('uncaught', error));
process.on('unhandledRejection', (reason) => keepFault('unhandled', reason));
app.on('child-process-gone', (_event, { type, reason }) => tell(`a ${type} process is gone: ${reason}`));

/** Where the parts lie: in the repository beside each other, in the packaged app partly outside the archive. */
const here = import.meta.dirname;
const files = {
  renderer: join(here, '..', 'renderer'),
  preload: join(here, 'preload.cjs'),
  putservices: join(here, '..', 'putservices.js'),
  licences: app.isPackaged ? join(process.resourcesPath, 'licences') : join(here, '..', 'licences'),
  samples: app.isPackaged ? join(process.resourcesPath, 'packages') : join(app.getAppPath(), 'assets', 'packages'),
};

async function choosePackages(): Promise<string[]> {
  const chosen = await dialog.showOpenDialog({
    title: 'Choose packages',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Packages and cert lists', extensions: ['rpm', 'certlist', 'RPM', 'CERTLIST'] },
      { name: 'All files', extensions: ['*'] },
    ],
  });
  return chosen.canceled ? [] : chosen.filePaths;
}

async function saveText(suggestedName: string, text: string): Promise<string | undefined> {
  const chosen = await dialog.showSaveDialog({ defaultPath: join(app.getPath('downloads'), suggestedName) });
  if (chosen.canceled || chosen.filePath === '') return undefined;
  await textFile(chosen.filePath).write(text);
  return chosen.filePath;
}

function makePractice(): PracticeProcess {
  const options = { stdio: 'pipe', serviceName: 'PUT practice system', execArgv: [...SERVICES_NODE_ARGUMENTS] };
  return new PracticeProcess({
    fork: (args) => utilityProcess.fork(files.putservices, [...args], options),
    stateFolder: join(dataFolder, 'practice'),
    readyFile: join(dataFolder, 'practice-running.json'),
    tell,
  });
}

/** Each goes to the log; the first of a run is said, so that a sign-in that is asked for again is no riddle. */
function tellOfSecrets(): (problem: string) => void {
  let said = false;
  return (problem) => {
    tell(`secrets: ${problem}`);
    if (said) return;
    said = true;
    places.say('Something that was kept to sign in by cannot be used', `${problem}.\n\nThe log names each such thing.`);
  };
}

const updatesFile = textFile(join(dataFolder, 'updates.json'));
/** Set once there is a window that it is talked in. */
let talkUpdates = (): Promise<void> => Promise.resolve();

async function makeWorkbench(practice: PracticeProcess): Promise<Workbench> {
  const clock = createSystemClock();
  return await createWorkbench({
    app: {
      version: app.getVersion(),
      platform: process.platform,
      carrier: 'desktop',
      keyring: keyringName(safeStorage, process.platform),
      can: { systems: true, fileDialog: true, folders: false, samples: true },
    },
    clock,
    random: Math.random,
    systemsFile: textFile(join(dataFolder, 'systems.json')),
    uploadsFile: textFile(join(dataFolder, 'uploads.json')),
    secrets: new PasswordStore(
      textFile(join(dataFolder, 'secrets.json')),
      safeStorage,
      process.platform,
      tellOfSecrets(),
    ),
    dial: dialNetwork,
    testPaths: (system, secrets) => testPaths({ ...system, sshPort: system.ssh?.port, secrets }),
    compression: deflateCompression,
    clientSystem: process.env['PUT_CLIENT_SYSTEM'] || hostname(),
    localFiles: createLocalFiles({ samplesFolder: files.samples, choose: choosePackages, saveText }),
    practice,
    own: createOwnSettings({
      ...{ settings: textFile(join(dataFolder, 'settings.json')), updates: updatesFile, tell },
      kept: textFile(join(dataFolder, 'page.json')),
      clock,
      talkAboutUpdates: () => talkUpdates(),
    }),
    licences: () => readLicences(files.licences),
  });
}

/** Calls a person who does not look at the window: a notification, and the icon asks for attention. */
function watchJobs(workbench: Workbench, window: DesktopWindow): () => void {
  return workbench.follow((before, after) => {
    const needed = neededPersons(after);
    window.showProgress(overallProgress(after), needed);
    if (needed !== neededPersons(before)) app.setBadgeCount(needed);
    if (window.isFocused) return;
    for (const call of newCalls(before, after)) {
      window.flash();
      if (after.app.own?.notifications === false || !Notification.isSupported()) continue;
      const notification = new Notification({ title: call.title, body: call.body });
      notification.on('click', () => void window.show());
      notification.show();
    }
  });
}

/** Asks before the desktop ends while jobs are under way, and says what becomes of them. A signal of the machine asks nothing. */
function askBeforeLeaving(workbench: Workbench): { mayEnd: () => boolean; stop: () => void } {
  let latest: WorkbenchState | undefined;
  let agreed = false;
  let asking = false;
  const question = () => (agreed || !latest ? undefined : leavingQuestion(latest));
  const end = (): void => {
    agreed = true;
    app.quit();
  };
  app.on('before-quit', (event) => {
    const asked = question();
    if (!asked) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    const box = { ...asked, title: 'PUT Desktop', buttons: ['Quit', 'Stay'], defaultId: 1, cancelId: 1, noLink: true };
    void dialog
      .showMessageBox({ type: 'question', ...box })
      .then(({ response }) => response === 0 && end())
      .finally(() => (asking = false));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const stop = workbench.follow((_before, after) => void (latest = after));
  return { mayEnd: () => question() === undefined, stop };
}

/** Leads the window to the place of a link, and says why where it cannot. A link only shows: whoever wrote it, nothing is done by it. */
async function openLink(text: string, workbench: Workbench, window: DesktopWindow): Promise<void> {
  const picture = await workbench.invoke('state.snapshot', {});
  if (!picture.ok) throw new Error(picture.error.message);
  const { state } = picture.value as BridgeResult<'state.snapshot'>;
  const answer = answerLink(
    text,
    Object.values(state.systems).map(({ saved }) => saved),
  );
  if ('address' in answer) return await window.show(answer.address);
  await window.show();
  places.say('Link', answer.say);
}

/** A link that the operating system (macOS) gave before the window could show it. */
let earlyLink = linkOfArguments(process.argv);
let takeLink = (text: string): void => void (earlyLink = text);
app.on('open-url', (event, url) => {
  event.preventDefault();
  takeLink(url);
});

/** Logs, versions and, where a person agrees, crash dumps in one file to send to who helps. */
async function saveSupportBundle(): Promise<void> {
  const dumpsFolder = app.getPath('crashDumps');
  const dumps = (await newestDumps(dumpsFolder)).length;
  const pressed = await dialog.showMessageBox({
    ...{ type: 'question', title: 'Support bundle', message: 'Save a support bundle' },
    detail:
      "It holds the desktop's log, the list of systems (names, addresses, fingerprints) and versions; no passwords and no keys." +
      (dumps > 0
        ? ` There ${dumps === 1 ? 'is 1 crash dump' : `are ${dumps} crash dumps`}: parts of the program's memory.`
        : ''),
    ...{
      buttons: dumps > 0 ? ['Save', 'Save with Crash Dumps', 'Cancel'] : ['Save', 'Cancel'],
      defaultId: 0,
      noLink: true,
    },
    cancelId: dumps > 0 ? 2 : 1,
  });
  if (pressed.response > 0 && (dumps === 0 || pressed.response !== 1)) return;
  const suggested = `put-desktop-support-${new Date().toISOString().slice(0, 10)}.zip`;
  const chosen = await dialog.showSaveDialog({ defaultPath: join(app.getPath('downloads'), suggested) });
  if (chosen.canceled || chosen.filePath === '') return;
  const { electron, chrome, node } = process.versions;
  const bundle = await makeSupportBundle({
    about: {
      ...{ version: app.getVersion(), packaged: app.isPackaged, madeAt: new Date().toISOString() },
      ...{ platform: process.platform, arch: process.arch, osRelease: release(), electron, chrome, node },
      keyring: keyringName(safeStorage, process.platform) ?? 'none',
    },
    texts: [
      ...['desktop.log', 'desktop.log.1'].map((name) => join(logFolder, name)),
      ...['systems.json', 'desktop.json'].map((name) => join(dataFolder, name)),
    ],
    dumpsFolder,
    withDumps: pressed.response === 1,
  });
  await writeFile(chosen.filePath, bundle, { mode: 0o600 });
  tell(`a support bundle was saved: ${chosen.filePath}`);
}

/** Says to the person what a menu entry could not do. */
function orSay(what: string, work: Promise<void>): void {
  work.catch((error: unknown) => {
    tell(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
    places.say(what, reportOf(error).message);
  });
}

/** An installer leaves the file that says how this copy is replaced; an AppImage names itself. */
const canReplaceItself =
  app.isPackaged &&
  existsSync(join(process.resourcesPath, 'app-update.yml')) &&
  (process.platform !== 'linux' ||
    process.env['APPIMAGE'] !== undefined ||
    existsSync(join(process.resourcesPath, 'package-type')));

function updates(window: DesktopWindow): Promise<void> {
  return talkAboutUpdates({
    settings: updatesFile,
    version: app.getVersion(),
    updater: async () =>
      canReplaceItself ? await createElectronUpdater((line) => tell(`updates: ${line}`)) : undefined,
    ask: async (box) => (await dialog.showMessageBox(box)).response,
    chooseFolder: async () => {
      const chosen = await dialog.showOpenDialog({
        title: 'Folder with newer versions',
        properties: ['openDirectory'],
      });
      return chosen.canceled ? undefined : chosen.filePaths[0];
    },
    showPercent: (percent) => window.showProgress(percent === undefined ? 'none' : percent / 100),
    tell,
  });
}

function setMenu(window: DesktopWindow): void {
  const template = menuTemplate(process.platform, {
    theme: window.theme,
    setTheme: (theme: Theme) => void window.setTheme(theme),
    openHelp: () => window.openHelp(),
    openLogFolder: () => void shell.openPath(logFolder),
    saveSupportBundle: () => orSay('Save a support bundle', saveSupportBundle()),
    talkAboutUpdates: () => orSay('Updates', updates(window)),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

async function start(): Promise<void> {
  tell(`PUT Desktop ${app.getVersion()} starts on ${process.platform} ${process.arch} ${release()}`);
  await app.whenReady();
  refusePermissions(session.defaultSession);
  protocol.handle(SCHEME, createContentServer(files.renderer));
  const practice = makePractice();
  const workbench = await withReadableList(() => makeWorkbench(practice), {
    ask: async (box) => (await dialog.showMessageBox(box)).response,
    ...{ rename, nowMs: Date.now, tell },
  });
  if (!workbench) return app.exit(1);
  const leaving = askBeforeLeaving(workbench);
  const window = await DesktopWindow.create(
    textFile(join(dataFolder, 'desktop.json')),
    files.preload,
    createPageKeeper(places),
    // On macOS the desktop lives on without its window.
    () => {
      if (process.platform === 'darwin' || leaving.mayEnd()) return true;
      app.quit();
      return false;
    },
  );
  const contents = (): WebContents[] => (window.contents ? [window.contents] : []);
  const stops = [
    carryBridge(ipcMain, workbench, contents, tell),
    watchJobs(workbench, window),
    leaving.stop,
    watchNetwork(() => workbench.networkChanged()),
  ];
  powerMonitor.on('resume', () => workbench.networkChanged());
  nativeTheme.on('updated', () => setMenu(window));
  setMenu(window);

  talkUpdates = () => updates(window);
  takeLink = (text) => orSay('Link', openLink(text, workbench, window));
  // macOS and Linux know the scheme from the package; on Windows each person's own registry has it. A run from the source registers nothing.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  app.on('second-instance', (_event, commandLine) => {
    const link = linkOfArguments(commandLine);
    if (link === undefined) void window.show();
    else takeLink(link);
  });
  app.on('activate', () => void window.show());
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    for (const stop of stops) stop();
    const deadline = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS));
    void Promise.race([Promise.all([workbench.close(), practice.stop()]), deadline]).finally(() => {
      closed = true;
      app.quit();
    });
  });

  if (app.commandLine.hasSwitch('practice')) void workbench.invoke('practice.start', {});
  if (earlyLink === undefined) await window.show();
  else await openLink(earlyLink, workbench, window);
}

/** Said on the error output, and in a box where there can be one: a start from a menu has nobody who reads the former. */
function endWithWord(message: string): void {
  process.stderr.write(`PUT Desktop cannot start: ${message}\n`);
  const withoutBox = setTimeout(() => app.exit(1), CLOSE_WITHIN_MS).unref();
  void app.whenReady().then(() => {
    // The box stays until it was read.
    clearTimeout(withoutBox);
    dialog.showErrorBox('PUT Desktop cannot start', message);
    app.exit(1);
  });
}

const unusable = whyUnusable(app.getPath('userData'));
if (unusable !== undefined) endWithWord(unusable);
// Without a folder that can be written it counts as running already, and the start would end without a word.
else if (app.requestSingleInstanceLock()) {
  guardAllContents(app, tell);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  start().catch((error: unknown) => {
    tell(`start: ${error instanceof Error ? error.stack : String(error)}`);
    endWithWord(reportOf(error).message);
  });
} else app.quit();
