import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { ipcMain } from './ipcMain.ts';
import { POST_BINDING, PRELOAD_WORLD, pageWorldScript, preloadWorldScript } from './pageWorlds.ts';
import { answerRequest, caughtRequests, innerUrl, isHandled, outerUrl, type CaughtRequest } from './protocol.ts';
import { standIn } from './records.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { makeValueCopier } from './valueCopy.ts';

const copier = makeValueCopier();

/** Commands of one page. */
export interface PageChannel {
  send<A = Record<string, unknown>>(method: string, params?: object): Promise<A>;
  listen<P>(method: string, listener: (params: P) => void): void;
}

type FromPreload =
  { kind: 'invoke'; id: number; channel: string; args: unknown[] } | { kind: 'send'; channel: string; args: unknown[] };

interface PausedRequest {
  requestId: string;
  request: CaughtRequest;
  resourceType: string;
  frameId: string;
}
interface World {
  uniqueId: string;
  name: string;
  auxData?: { isDefault?: boolean; frameId?: string };
}
type WindowOpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

/** An event that a listener can prevent. */
export function preventableEvent(): { event: { preventDefault(): void }; prevented: () => boolean } {
  let isPrevented = false;
  return { event: { preventDefault: () => void (isPrevented = true) }, prevented: () => isPrevented };
}

/** As much of its window as a page asks for. */
export interface WindowOfPage {
  readonly id: number;
  readonly opened: Promise<void>;
  contentIsReady(): void;
  isDestroyed(): boolean;
  close(): void;
}

/** The page of a window, in the words of Electron. */
export class WebContents extends EventEmitter {
  readonly id: number;
  readonly session = session.defaultSession;
  readonly window: WindowOfPage;
  #page: PageChannel | undefined;
  #mainFrameId = '';
  /** The preload's world of the document that is loaded now. */
  #preloadWorld: string | undefined;
  #url = '';
  #loading = false;
  /** The address that the app itself asked for; any other document is the page's own wish. */
  #expectedUrl: string | undefined;
  /** What the page wanted to open last; the browser says it just before the new page appears. */
  #openedUrl = '';
  #openHandler: WindowOpenHandler = () => ({ action: 'allow' });

  constructor(window: WindowOfPage) {
    super();
    this.window = window;
    this.id = window.id;
  }

  /** Prepares the page before its first document: both worlds, the caught requests, the events. */
  async attach(page: PageChannel, preloadFile: string | undefined): Promise<void> {
    this.#page = page;
    page.listen<{ context: World }>('Runtime.executionContextCreated', ({ context }) => {
      const ofMainFrame = context.auxData?.frameId === this.#mainFrameId && context.auxData.isDefault === false;
      if (context.name === PRELOAD_WORLD && ofMainFrame) this.#preloadWorld = context.uniqueId;
    });
    page.listen<{ name: string; payload: string }>('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === POST_BINDING) void this.#receive(copier.read(payload) as FromPreload);
    });
    page.listen<{ exceptionDetails: { text: string; exception?: { description?: string } } }>(
      'Runtime.exceptionThrown',
      ({ exceptionDetails: { text, exception } }) =>
        standIn.errors.push(`${this.getURL()}: ${exception?.description ?? text}`),
    );
    page.listen<PausedRequest>('Fetch.requestPaused', (paused) => void this.#judgeRequest(paused));
    page.listen<{ frame: { parentId?: string; url: string } }>('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId !== undefined) return;
      this.#url = innerUrl(frame.url);
      this.emit('did-navigate', {}, this.#url);
    });
    page.listen<{ url: string }>('Page.navigatedWithinDocument', ({ url }) => {
      this.#url = innerUrl(url);
      this.emit('did-navigate-in-page', {}, this.#url, true);
    });
    page.listen<{ url: string }>('Page.windowOpen', ({ url }) => void (this.#openedUrl = url));
    page.listen('Page.domContentEventFired', () => {
      this.emit('dom-ready', {});
      this.window.contentIsReady();
    });
    page.listen('Page.loadEventFired', () => {
      this.#loading = false;
      this.emit('did-finish-load', {});
    });
    page.listen('Inspector.targetCrashed', () =>
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }),
    );

    await Promise.all(['Page.enable', 'Runtime.enable', 'Inspector.enable'].map((method) => page.send(method)));
    const tree = await page.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree');
    this.#mainFrameId = tree.frameTree.frame.id;
    const key = randomUUID();
    const preload = preloadFile === undefined ? '' : readFileSync(preloadFile, 'utf8');
    const versions = { electron: settings.version, node: process.versions.node, chrome: 'stand-in' };
    const info = { platform: process.platform, arch: process.arch, versions, argv: [] };
    await page.send('Runtime.addBinding', { name: POST_BINDING, executionContextName: PRELOAD_WORLD });
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldScript(key) });
    await page.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadWorldScript(key, info, preload),
      worldName: PRELOAD_WORLD,
    });
  }

  /** Loads a document; resolves when it has loaded, rejects with the browser's reason. */
  async loadURL(url: string): Promise<void> {
    const page = await this.#ready();
    await page.send('Fetch.enable', { patterns: caughtRequests() });
    this.#expectedUrl = outerUrl(url);
    this.#loading = true;
    const loaded = new Promise((resolve) => this.once('did-finish-load', resolve));
    const { errorText } = await page.send<{ errorText?: string }>('Page.navigate', { url: this.#expectedUrl });
    if (errorText !== undefined) {
      this.#loading = false;
      this.emit('did-fail-load', {}, -2, errorText, url, true);
      throw new Error(`${errorText} loading '${url}'`);
    }
    await loaded;
  }

  send(channel: string, ...args: unknown[]): void {
    void this.#deliver(copier.write({ kind: 'message', channel, args }));
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#openHandler = handler;
  }

  /** Asked when the page opened another; true: it must go. */
  mustCloseOpened(): boolean {
    const url = this.#openedUrl;
    const { action } = this.#openHandler({ url: innerUrl(url) });
    if (action === 'deny') standIn.deniedWindows.push(url);
    else standIn.errors.push(`the stand-in opens no second window for ${url}`);
    return true;
  }

  async executeJavaScript(code: string): Promise<unknown> {
    const page = await this.#ready();
    const { result, exceptionDetails } = await page.send<{
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression: code, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async capturePage(): Promise<{ toPNG: () => Buffer }> {
    const { data } = await (await this.#ready()).send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
    return { toPNG: () => Buffer.from(data, 'base64') };
  }

  /** Keys only; named as Electron's accelerators name them. */
  sendInputEvent({ type, keyCode }: { type: 'keyDown' | 'keyUp' | 'char'; keyCode: string }): void {
    const key = { type: type === 'keyDown' ? 'rawKeyDown' : type, key: keyCode, code: keyCode };
    void this.#ready().then((page) => page.send('Input.dispatchKeyEvent', key));
  }

  getURL = (): string => this.#url;
  isLoading = (): boolean => this.#loading;
  isDestroyed = (): boolean => this.window.isDestroyed();
  close = (): void => this.window.close();
  reload = (): void => {
    this.#expectedUrl = outerUrl(this.#url);
    void this.#ready().then((page) => page.send('Page.reload'));
  };
  focus(): void {}
  openDevTools(): void {}
  isDevToolsOpened = (): boolean => false;
  getZoomLevel = (): number => 0;
  setZoomLevel(): void {}
  setVisualZoomLevelLimits = async (): Promise<void> => undefined;

  async #ready(): Promise<PageChannel> {
    await this.window.opened;
    if (!this.#page) throw new Error('the window has no page');
    return this.#page;
  }

  async #deliver(text: string): Promise<void> {
    const page = await this.#ready();
    if (this.#preloadWorld === undefined || this.window.isDestroyed()) return;
    const expression = `standInReceive(${JSON.stringify(text)})`;
    // The document may go away at any moment; then nobody waits for the message.
    await page.send('Runtime.evaluate', { expression, uniqueContextId: this.#preloadWorld }).catch(() => undefined);
  }

  async #receive(message: FromPreload): Promise<void> {
    const frame = { url: this.#url, origin: originOf(this.#url), parent: null, frameTreeNodeId: 1 };
    const event = { sender: this, senderFrame: frame, processId: 1, frameId: 1, type: 'frame' };
    if (message.kind === 'send') {
      ipcMain.emit(message.channel, event, ...message.args);
      return;
    }
    let reply: string;
    try {
      const value = await ipcMain.answer(message.channel, event, message.args);
      reply = copier.write({ kind: 'reply', id: message.id, value });
    } catch (error) {
      reply = copier.write({ kind: 'reply', id: message.id, error: String(error) });
    }
    await this.#deliver(reply);
  }

  /** Every caught request ends here: own schemes are answered by the app, documents are let through only when allowed. */
  async #judgeRequest({ requestId, request, resourceType, frameId }: PausedRequest): Promise<void> {
    const page = await this.#ready();
    try {
      const mainFrame = frameId === this.#mainFrameId;
      if (
        resourceType === 'Document' &&
        request.url !== this.#expectedUrl &&
        !this.#mayNavigate(request.url, mainFrame)
      ) {
        standIn.deniedNavigations.push(innerUrl(request.url));
        await page.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      } else if (isHandled(request.url)) {
        await page.send('Fetch.fulfillRequest', { requestId, ...(await answerRequest(request)) });
      } else await page.send('Fetch.continueRequest', { requestId });
    } catch (error) {
      if (this.window.isDestroyed()) return;
      standIn.errors.push(`${request.url}: ${String(error)}`);
      await page.send('Fetch.failRequest', { requestId, errorReason: 'Failed' }).catch(() => undefined);
    }
  }

  #mayNavigate(url: string, mainFrame: boolean): boolean {
    const { event, prevented } = preventableEvent();
    const details = Object.assign(event, { url: innerUrl(url), isMainFrame: mainFrame, isSameDocument: false });
    this.emit('will-frame-navigate', details);
    if (mainFrame) this.emit('will-navigate', details, details.url);
    return !prevented();
  }
}

function originOf(url: string): string {
  return /^[a-z][a-z0-9-]*:\/\/[^/?#]*/.exec(url)?.[0] ?? 'null';
}
