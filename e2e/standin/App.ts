import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from './Browser.ts';
import { BrowserWindow, openWindowsIn } from './BrowserWindow.ts';
import { standIn } from './records.ts';
import { settings, switchValue } from './settings.ts';
import { InstanceLock } from './InstanceLock.ts';
import { preventableEvent } from './WebContents.ts';

interface Manifest {
  name: string;
  productName?: string;
  version: string;
}

/** The `app` module. */
export class App extends EventEmitter {
  #manifest: Manifest = { name: 'app', version: '0.0.0' };
  #browser: Browser | undefined;
  #ready = false;
  #quitting = false;
  #sayReady: () => void = () => undefined;
  readonly #whenReady = new Promise<void>((resolve) => (this.#sayReady = resolve));
  readonly #folders = new Map<string, string>();
  #lock: InstanceLock | undefined;
  readonly commandLine = {
    appendSwitch: (): void => undefined,
    hasSwitch: (name: string): boolean =>
      settings.appArguments.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`)),
    getSwitchValue: (name: string): string => switchValue(name) ?? '',
  };

  /** Before the app's main runs: its manifest is known to it. */
  useManifest(manifest: Manifest): void {
    this.#manifest = manifest;
  }

  /** Starts the browser, then says `ready`. */
  async boot(): Promise<void> {
    this.#makeFolder();
    const browser = await Browser.start();
    this.#browser = browser;
    const { devtools } = browser;
    devtools.once('closed', () => this.#browserIsGone());
    await devtools.send('Target.setDiscoverTargets', { discover: true });
    // Without a grant every permission is refused; copying text is what Electron gives to any page that is clicked.
    await devtools.send('Browser.grantPermissions', { permissions: ['clipboardSanitizedWrite'] });
    const own = settings.headless ? undefined : await this.#pageOfBrowser(browser);
    const onWindow = (window: BrowserWindow): void => {
      this.emit('web-contents-created', {}, window.webContents);
      this.emit('browser-window-created', {}, window);
    };
    openWindowsIn({ browser, onWindow, onLastClosed: () => this.#lastWindowClosed() }, own);
    process.stderr.write(`\nDevTools listening on ${browser.endpoint}\n`);
    this.#ready = true;
    this.#sayReady();
    this.emit('ready', {}, {});
  }

  whenReady = (): Promise<void> => this.#whenReady;
  isReady = (): boolean => this.#ready;
  getName = (): string => this.#manifest.productName ?? this.#manifest.name;
  getVersion = (): string => this.#manifest.version;
  getAppPath = (): string => settings.appFolder;
  getLocale = (): string => 'en-US';
  get isPackaged(): boolean {
    return settings.packaged;
  }
  get name(): string {
    return this.getName();
  }

  getPath(name: string): string {
    const set = this.#folders.get(name);
    if (set !== undefined) return set;
    const appData = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
    if (name === 'appData') return appData;
    if (name === 'userData') return switchValue('user-data-dir') ?? join(appData, this.getName());
    if (name === 'home') return homedir();
    if (name === 'temp') return tmpdir();
    if (name === 'exe') return process.execPath;
    if (name === 'crashDumps') return join(this.getPath('userData'), 'Crashpad');
    if (name === 'logs') return join(this.getPath('userData'), 'logs');
    return join(homedir(), name === 'downloads' ? 'Downloads' : name === 'documents' ? 'Documents' : name);
  }

  setPath = (name: string, folder: string): void => void this.#folders.set(name, folder);
  setName(): void {}
  setAppUserModelId(): void {}
  setAsDefaultProtocolClient(scheme: string): boolean {
    standIn.protocolClients.push(scheme);
    return true;
  }
  setAboutPanelOptions(): void {}
  showAboutPanel(): void {}
  enableSandbox(): void {}
  disableHardwareAcceleration(): void {}
  setBadgeCount = (): boolean => true;
  focus = (): void => BrowserWindow.getAllWindows()[0]?.focus();

  requestSingleInstanceLock(): boolean {
    // As in Electron: where there can be no lock, another one counts as running.
    if (!this.#makeFolder()) return false;
    const folder = this.getPath('userData');
    this.#lock = InstanceLock.take(folder, (commandLine) =>
      this.emit('second-instance', {}, commandLine, process.cwd()),
    );
    return this.#lock !== undefined;
  }

  /** Of the app's data; whether it is there. Electron starts without it. */
  #makeFolder(): boolean {
    try {
      mkdirSync(this.getPath('userData'), { recursive: true });
      return true;
    } catch {
      return false;
    }
  }

  releaseSingleInstanceLock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  quit(): void {
    if (this.#quitting) return;
    const before = preventableEvent();
    this.emit('before-quit', before.event);
    if (before.prevented()) return;
    for (const window of BrowserWindow.getAllWindows()) {
      window.close();
      if (!window.isDestroyed()) return;
    }
    if (this.#quitting) return;
    const will = preventableEvent();
    this.emit('will-quit', will.event);
    if (!will.prevented()) this.exit(0);
  }

  exit(code = 0): void {
    if (this.#quitting) return;
    this.#quitting = true;
    this.emit('quit', {}, code);
    this.releaseSingleInstanceLock();
    void (this.#browser?.close() ?? Promise.resolve()).finally(() => {
      // Without a browser there is no keeper that would.
      for (const folder of settings.temporaryFolders) rmSync(folder, { recursive: true, force: true });
      process.exit(code);
    });
  }

  relaunch = (): void => void standIn.errors.push('relaunch');

  #lastWindowClosed(): void {
    if (this.#quitting) return;
    if (this.listenerCount('window-all-closed') === 0) this.quit();
    else this.emit('window-all-closed');
  }

  #browserIsGone(): void {
    for (const window of BrowserWindow.getAllWindows()) window.pageIsGone();
    this.exit(this.#quitting ? 0 : 1);
  }

  /** The page that a headed browser shows at its start. */
  async #pageOfBrowser({ devtools }: Browser): Promise<string> {
    type Targets = { targetInfos: { type: string; targetId: string }[] };
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline) {
      const { targetInfos } = await devtools.send<Targets>('Target.getTargets');
      const page = targetInfos.find(({ type }) => type === 'page');
      if (page) return page.targetId;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the browser shows no window');
  }
}

export const app = new App();

/** The manifest of the app in a folder. */
export function readManifest(folder: string): Manifest & { main?: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest & { main?: string };
}
