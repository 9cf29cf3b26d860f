import { BrowserWindow, nativeTheme, screen, type WebContents } from 'electron';
import type { TextFile } from '../../core/workbench/systemsStore.ts';
import { START_PAGE } from './origin.ts';
import { fittingBounds, LEAST_SIZE, placeOf, readSettings, type DesktopSettings, type Theme } from './windowState.ts';

/** Colours of the empty window before the page has drawn: the page's own ground, so that nothing flashes. */
const GROUND = { dark: '#16191d', light: '#ffffff' };

/** What a person changes of the window is written once it rests this long: a crash or a power loss asks nobody. */
const REMEMBER_AFTER_MS = 200;

/** The one window of the desktop: remembers size, theme and where the person was, and comes back there. */
export class DesktopWindow {
  readonly #settingsFile: TextFile;
  readonly #preloadFile: string;
  readonly #mayReload: (reason: string) => boolean;
  readonly #mayClose: () => boolean;
  #settings: DesktopSettings;
  #window: BrowserWindow | undefined;
  #rememberTimer: NodeJS.Timeout | undefined;
  #saving = Promise.resolve();

  private constructor(
    settingsFile: TextFile,
    preloadFile: string,
    mayReload: (reason: string) => boolean,
    mayClose: () => boolean,
    settings: DesktopSettings,
  ) {
    this.#mayClose = mayClose;
    this.#mayReload = mayReload;
    this.#settingsFile = settingsFile;
    this.#preloadFile = preloadFile;
    this.#settings = settings;
    nativeTheme.themeSource = settings.theme;
  }

  /**
   * Reads what is remembered; a file that cannot be read counts as none. `mayReload` hears why a page's process is gone and
   * says whether the page is loaded anew; `mayClose` whether the window closes when it is asked to.
   */
  static async create(
    settingsFile: TextFile,
    preloadFile: string,
    mayReload: (reason: string) => boolean,
    mayClose: () => boolean,
  ): Promise<DesktopWindow> {
    const text = await settingsFile.read().catch(() => undefined);
    return new DesktopWindow(settingsFile, preloadFile, mayReload, mayClose, readSettings(text));
  }

  get theme(): Theme {
    return this.#settings.theme;
  }

  /** Undefined while there is no window. */
  get contents(): WebContents | undefined {
    return this.#window?.webContents;
  }

  get isFocused(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /**
   * Opens the window, or brings the open one to the front; `address` leads its page to a place (the part behind `#`). Rejects when the page cannot be
   * loaded.
   */
  async show(address = ''): Promise<void> {
    if (this.#window) {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
      if (address !== '') await this.#window.loadURL(`${START_PAGE}${address}`);
      return;
    }
    const areas = screen.getAllDisplays().map((display) => display.workArea);
    const window = new BrowserWindow({
      ...fittingBounds(this.#settings.bounds, areas),
      minWidth: LEAST_SIZE.width,
      minHeight: LEAST_SIZE.height,
      title: 'PUT Desktop',
      show: false,
      backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
      webPreferences: {
        preload: this.#preloadFile,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    this.#window = window;
    if (this.#settings.maximized) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.on('resize', () => this.#rememberSoon());
    window.on('move', () => this.#rememberSoon());
    window.webContents.on('did-navigate-in-page', () => this.#rememberSoon());
    window.on('close', (event) => {
      void this.#remember();
      if (!this.#mayClose()) event.preventDefault();
    });
    window.on('closed', () => (this.#window = undefined));
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (this.#mayReload(reason) && !window.isDestroyed()) window.webContents.reload();
    });
    // What the link of a start names is meant more than where the person was last.
    await window.loadURL(`${START_PAGE}${address === '' ? (this.#settings.place ?? '') : address}`);
  }

  /** Progress on the dock or taskbar icon; it stands where a person is needed. */
  showProgress(progress: number | 'unknown' | 'none', needed = 0): void {
    const share = progress === 'none' ? -1 : progress === 'unknown' ? 2 : progress;
    if (needed === 0) this.#window?.setProgressBar(share);
    else this.#window?.setProgressBar(Math.min(1, Math.abs(share)), { mode: 'paused' });
  }

  /** Draws attention to the icon until the window is looked at. */
  flash(): void {
    this.#window?.flashFrame(true);
  }

  /** Presses F1 in the page, which opens its help. */
  openHelp(): void {
    this.contents?.sendInputEvent({ type: 'keyDown', keyCode: 'F1' });
    this.contents?.sendInputEvent({ type: 'keyUp', keyCode: 'F1' });
  }

  async setTheme(theme: Theme): Promise<void> {
    nativeTheme.themeSource = theme;
    this.#settings = { ...this.#settings, theme };
    await this.#save();
  }

  #rememberSoon(): void {
    clearTimeout(this.#rememberTimer);
    this.#rememberTimer = setTimeout(() => void this.#remember(), REMEMBER_AFTER_MS);
  }

  async #remember(): Promise<void> {
    clearTimeout(this.#rememberTimer);
    const window = this.#window;
    if (!window || window.isDestroyed()) return;
    this.#settings = {
      ...this.#settings,
      bounds: window.getNormalBounds(),
      maximized: window.isMaximized(),
      place: placeOf(window.webContents.getURL()),
    };
    await this.#save();
  }

  #save(): Promise<void> {
    const text = `${JSON.stringify(this.#settings)}\n`;
    // One after the other, the newest last. Not worth an error: the next start opens in the first size.
    this.#saving = this.#saving.then(() => this.#settingsFile.write(text)).catch(() => undefined);
    return this.#saving;
  }
}
