import type { BridgeAnswer, WindowBridge } from '../electron/contract/bridge.ts';
import { askSession, postSignIn } from './consoleSession.ts';
import { createKeptFiles } from './keptFiles.ts';
import { createPageFiles, newName, type PageFiles } from './pageFiles.ts';
import { openMainStorage, type PageStorage } from './pageStorage.ts';
import { saveInBrowser } from './saveInBrowser.ts';
import { carrierOverSocket, type SocketLike } from './socketCarrier.ts';
import type { CarrierState } from './carrierState.ts';

/** The bridge with what only its carrier knows: its loss, and what the place of the page can do by itself. */
export interface Carrier extends WindowBridge {
  watchCarrier(listener: (state: CarrierState) => void): () => void;
  /** Saves a text where the person says, or where this place keeps what is saved; answers where, or nothing when cancelled. */
  saveText(suggestedName: string, text: string): Promise<BridgeAnswer<{ path?: string | undefined }>>;
  /** The carrier is the line to the master itself: its loss is the loss of the line. */
  readonly isLine: boolean;
  /** Absent where the bridge cannot be lost while the window lives. */
  readonly retryNow?: (() => void) | undefined;
  /** Opens what keeps the page's texts between starts; absent where the browser's own storage does. */
  readonly openStorage?: (() => Promise<PageStorage>) | undefined;
  /** Signs in where the page does that by itself. */
  readonly signIn?: ((user: string, password: string) => Promise<BridgeAnswer<object>>) | undefined;
  /** Files that are chosen in the page or dropped on it; absent where the operating system's own dialog chooses. */
  readonly files?: PageFiles | undefined;
  /** Files that are dropped on the window, where the other end reads them itself. */
  readonly dropFiles?: PageFiles['take'] | undefined;
}

/** The desktop's bridge, which cannot be lost while the window lives. */
export function carrierOverPreload(bridge: WindowBridge): Carrier {
  const { dropFiles } = bridge;
  return {
    invoke: (method, params) => bridge.invoke(method, params),
    subscribe: (listener) => bridge.subscribe(listener),
    watchCarrier(listener) {
      listener({ kind: 'open' });
      return () => undefined;
    },
    saveText: (suggestedName, text) => bridge.invoke('files.saveText', { suggestedName, text }),
    isLine: false,
    openStorage: () => openMainStorage(bridge),
    ...(dropFiles && { dropFiles: (files: readonly File[]) => dropFiles(files) }),
  };
}

const SECRET_NAME = 'put-page-secret';
const SIGN_IN_NAME = 'put-sign-in';

/**
 * The secret that the console put into this page when it was entered; taken out, and kept for a reload by the browser for
 * this tab and this origin, port included, which cookies are not.
 */
export function takePageSecret(page: Pick<Window, 'document' | 'sessionStorage' | 'history'>): string | undefined {
  const given = page.document.querySelector<HTMLMetaElement>(`meta[name="${SECRET_NAME}"]`);
  if (given) {
    page.sessionStorage.setItem(SECRET_NAME, given.content);
    given.remove();
    // The page was the answer to a form; its reload is to ask for the page, not to send the form again.
    page.history.replaceState(null, '', '/');
  }
  return page.sessionStorage.getItem(SECRET_NAME) ?? undefined;
}

/** The carrier of a browser's page: a WebSocket at `/bridge` of the same origin, after a sign-in where the page has one. */
function carrierOfBrowser(): Carrier {
  const address = new URL('/bridge', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const secret = takePageSecret(window);
  const signInPlace = document.querySelector<HTMLMetaElement>(`meta[name="${SIGN_IN_NAME}"]`)?.content;
  // A tab that was not let in by itself has the cookie of the one that was, and nothing is told to it: the page of the console says so.
  if (secret === undefined && signInPlace === undefined) window.location.replace('/enter');
  const files = createPageFiles(
    {
      offer: (offered) => socket.invoke('files.offer', { files: offered }),
      known: (names) => socket.invoke('files.known', { files: names }),
      withdraw: (names) => socket.invoke('files.withdraw', { files: names }),
    },
    createKeptFiles(newName()),
  );
  const socket = carrierOverSocket({
    open: () => {
      const opened = new WebSocket(address, secret === undefined ? [] : ['put-bridge', secret]);
      return opened as SocketLike;
    },
    admit: signInPlace === undefined ? undefined : () => askSession(signInPlace),
    readFile: (file, offset, length) => files.read(file, offset, length),
    setTimer: (run, delayMs) => window.setTimeout(run, delayMs),
    clearTimer: (timer) => window.clearTimeout(timer as number),
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    answerWithinMs: 120_000,
    maxMessageChars: 64_000_000,
  });
  window.addEventListener('online', () => socket.retryNow());
  return {
    ...socket,
    saveText: (suggestedName, text) => Promise.resolve({ ok: true, value: saveInBrowser(suggestedName, text) }),
    isLine: signInPlace !== undefined,
    files,
    ...(signInPlace === undefined
      ? {}
      : {
          signIn: async (user: string, password: string) => {
            const answer = await postSignIn(signInPlace, user, password);
            if (answer.ok) socket.retryNow();
            return answer;
          },
        }),
  };
}

/** The carrier of this page: the preload's bridge in the desktop, a WebSocket in a browser. */
export function carrierOfPage(): Carrier {
  return window.putBridge ? carrierOverPreload(window.putBridge) : carrierOfBrowser();
}
