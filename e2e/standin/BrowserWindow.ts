import { EventEmitter } from 'node:events';
import type { Browser } from './Browser.ts';
import { standIn } from './records.ts';
import { settings } from './settings.ts';
import { preventableEvent, WebContents } from './WebContents.ts';

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface WindowOptions extends Partial<Bounds> {
  title?: string;
  show?: boolean;
  webPreferences?: Record<string, unknown> & { preload?: string };
}

/** Web preferences that the stand-in refuses: an app that sets one of them is not safe. */
const UNSAFE: readonly (readonly [string, unknown])[] = [
  ['nodeIntegration', true],
  ['nodeIntegrationInWorker', true],
  ['nodeIntegrationInSubFrames', true],
  ['contextIsolation', false],
  ['sandbox', false],
  ['webSecurity', false],
  ['allowRunningInsecureContent', true],
  ['webviewTag', true],
];

const windows = new Map<number, BrowserWindow>();
let lastId = 0;
let focused: BrowserWindow | undefined;
const setFocused = (window: BrowserWindow | undefined): void => void (focused = window);

/** Set by the app when it is ready. */
let host: { browser: Browser; onWindow: (window: BrowserWindow) => void; onLastClosed: () => void } | undefined;
/** The page that a headed browser opened by itself; the first window takes it. */
let firstPage: string | undefined;

export function openWindowsIn(newHost: NonNullable<typeof host>, ownPage: string | undefined): void {
  host = newHost;
  firstPage = ownPage;
  host.browser.devtools.listen<{ targetId: string }>('Target.targetDestroyed', ({ targetId }) => {
    for (const window of windows.values()) if (window.targetId === targetId) window.pageIsGone();
  });
  host.browser.devtools.listen<{ targetInfo: { targetId: string; type: string; openerId?: string } }>(
    'Target.targetCreated',
    ({ targetInfo: { targetId, type, openerId } }) => {
      const opener = [...windows.values()].find((window) => window.targetId === openerId);
      if (openerId !== undefined && type === 'page' && opener?.webContents.mustCloseOpened())
        void newHost.browser.devtools.send('Target.closeTarget', { targetId }).catch(() => undefined);
    },
  );
}

/** A window: a page of the browser. */
export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => [...windows.values()];
  static fromWebContents = (contents: WebContents | null): BrowserWindow | null =>
    contents?.window instanceof BrowserWindow ? contents.window : null;
  static fromId = (id: number): BrowserWindow | null => windows.get(id) ?? null;
  static getFocusedWindow = (): BrowserWindow | null => focused ?? null;

  readonly id: number;
  readonly webContents: WebContents;
  /** Resolves when the page exists and is prepared. */
  readonly opened: Promise<void>;
  targetId: string | undefined;
  /** What tests look at: -1 none, up to 1 a share, above 1 unknown. */
  progress = -1;
  #sessionId: string | undefined;
  #browserWindowId: number | undefined;
  #bounds: Bounds;
  #title: string;
  #shown: boolean;
  #maximized = false;
  #minimized = false;
  #destroyed = false;
  #saidReady = false;

  constructor(options: WindowOptions = {}) {
    super();
    if (!host) throw new Error('Cannot create BrowserWindow before app is ready');
    for (const [name, value] of UNSAFE)
      if (options.webPreferences?.[name] === value) throw new Error(`stand-in: webPreferences.${name} is unsafe`);
    lastId += 1;
    this.id = lastId;
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.#bounds = { x, y, width, height };
    this.#title = options.title ?? '';
    this.#shown = options.show !== false;
    this.webContents = new WebContents(this);
    windows.set(this.id, this);
    if (this.#shown) setFocused(this);
    this.opened = this.#open(host.browser, options.webPreferences?.preload);
    this.opened.catch((error: unknown) => standIn.errors.push(`window: ${String(error)}`));
    host.onWindow(this);
  }

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url);

  close(): void {
    if (this.#destroyed) return;
    const { event, prevented } = preventableEvent();
    this.emit('close', event);
    if (!prevented()) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.pageIsGone();
    void this.opened
      .then(() => host?.browser.devtools.send('Target.closeTarget', { targetId: this.targetId }))
      .catch(() => undefined);
  }

  /** The page was closed, by the app or by a person. */
  pageIsGone(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    windows.delete(this.id);
    if (focused === this) focused = undefined;
    this.emit('closed');
    this.webContents.emit('destroyed');
    if (windows.size === 0) host?.onLastClosed();
  }

  /** The first document stands. */
  contentIsReady(): void {
    if (this.#saidReady) return;
    this.#saidReady = true;
    this.emit('ready-to-show');
  }

  isDestroyed = (): boolean => this.#destroyed;
  isVisible = (): boolean => this.#shown;
  isFocused = (): boolean => focused === this;
  isMaximized = (): boolean => this.#maximized;
  isMinimized = (): boolean => this.#minimized;
  isFullScreen = (): boolean => false;
  getTitle = (): string => this.#title;
  getBounds = (): Bounds => ({ ...this.#bounds });
  getNormalBounds = (): Bounds => ({ ...this.#bounds });
  setTitle = (title: string): void => void (this.#title = title);
  setProgressBar = (share: number): void => void (this.progress = share);
  flashFrame(): void {}
  setMenuBarVisibility(): void {}
  setBackgroundColor(): void {}

  show(): void {
    this.#shown = true;
    this.emit('show');
    this.focus();
  }

  hide(): void {
    this.#shown = false;
    this.blur();
    this.emit('hide');
  }

  focus(): void {
    if (focused === this) return;
    focused?.blur();
    setFocused(this);
    this.emit('focus');
    void this.opened.then(() => this.#send('Page.bringToFront')).catch(() => undefined);
  }

  blur(): void {
    if (focused !== this) return;
    focused = undefined;
    this.emit('blur');
  }

  maximize(): void {
    this.#maximized = true;
    this.emit('maximize');
  }

  unmaximize(): void {
    this.#maximized = false;
    this.emit('unmaximize');
  }

  minimize(): void {
    this.#minimized = true;
    this.blur();
    this.emit('minimize');
  }

  restore(): void {
    this.#minimized = false;
    this.emit('restore');
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.emit('resize');
    void this.opened.then(() => this.#applyBounds()).catch(() => undefined);
  }

  async #open(browser: Browser, preloadFile: string | undefined): Promise<void> {
    const { width, height } = this.#bounds;
    if (firstPage === undefined) {
      const size = { url: 'about:blank', newWindow: true, width, height };
      const created = await browser.devtools.send<{ targetId: string }>('Target.createTarget', size);
      this.targetId = created.targetId;
    } else {
      this.targetId = firstPage;
      firstPage = undefined;
    }
    const target = { targetId: this.targetId, flatten: true };
    this.#sessionId = (await browser.devtools.send<{ sessionId: string }>('Target.attachToTarget', target)).sessionId;
    const sessionId = this.#sessionId;
    await this.webContents.attach(
      {
        send: (method, params) => browser.devtools.send(method, params, sessionId),
        listen: (method, listener) => browser.devtools.listen(method, listener, sessionId),
      },
      preloadFile,
    );
    this.#browserWindowId = (await this.#send<{ windowId: number }>('Browser.getWindowForTarget')).windowId;
    await this.#applyBounds();
  }

  #send<A>(method: string, params: object = {}): Promise<A> {
    return host!.browser.devtools.send<A>(method, params, this.#sessionId);
  }

  async #applyBounds(): Promise<void> {
    const { x, y, width, height } = this.#bounds;
    if (settings.headless) {
      await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
      return;
    }
    const bounds = { left: x, top: y, width, height };
    await this.#send('Browser.setWindowBounds', { windowId: this.#browserWindowId, bounds });
  }
}
