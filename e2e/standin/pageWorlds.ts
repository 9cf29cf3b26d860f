import { makeValueCopier, type References, type ValueCopier } from './valueCopy.ts';

/*
 * The two halves that are put into every document. The preload runs in a world of its own: the page sees no `require`, no
 * `process` and not the binding to the main process. Both worlds share only the DOM, so they talk by events that carry text.
 * The functions below are self-contained: their text goes into the page.
 */

interface WorldLink {
  copy(value: unknown): string;
  paste(text: string): unknown;
}

/** Calls across the two worlds; `here` and `there` name the halves, `key` is known to them alone. */
function linkWorlds(copier: ValueCopier, key: string, here: string, there: string): WorldLink {
  const kept: object[] = [];
  let answer: string | undefined;
  const references: References = {
    keep: (value) => {
      const known = kept.indexOf(value);
      return known >= 0 ? known : kept.push(value) - 1;
    },
    stand: (number, isPromise) =>
      isPromise
        ? new Promise((resolve, reject) => call(number, [resolve, reject]))
        : (...args: unknown[]) => call(number, args),
  };
  const call = (number: number, args: unknown[]): unknown => {
    const detail = `${number}:${copier.write(args, references)}`;
    document.dispatchEvent(new CustomEvent(`${key}-${there}`, { detail }));
    const text = answer;
    answer = undefined;
    if (text === undefined) throw new Error('The other world did not answer.');
    const { thrown, value } = copier.read(text, references) as { thrown: boolean; value: unknown };
    if (thrown) throw value as Error;
    return value;
  };
  document.addEventListener(`${key}-${here}`, (event) => {
    const detail = (event as CustomEvent<string>).detail;
    const colon = detail.indexOf(':');
    let reply: string;
    try {
      const target = kept[Number(detail.slice(0, colon))];
      const args = copier.read(detail.slice(colon + 1), references) as unknown[];
      if (typeof target === 'function') {
        reply = copier.write({ thrown: false, value: (target as (...a: unknown[]) => unknown)(...args) }, references);
      } else {
        const [resolve, reject] = args as [(value: unknown) => void, (error: unknown) => void];
        void (target as Promise<unknown>).then(resolve, reject);
        reply = copier.write({ thrown: false, value: undefined });
      }
    } catch (error) {
      reply = copier.write({ thrown: true, value: error instanceof Error ? error : new Error(String(error)) });
    }
    document.dispatchEvent(new CustomEvent(`${key}-${here}-answer`, { detail: reply }));
  });
  document.addEventListener(`${key}-${there}-answer`, (event) => {
    answer = (event as CustomEvent<string>).detail;
  });
  return {
    copy: (value) => copier.write(value, references),
    paste: (text) => copier.read(text, references),
  };
}

/** The page's half: puts what the preload exposes on `window`, frozen. */
function installPageWorld(makeCopier: typeof makeValueCopier, makeLink: typeof linkWorlds, key: string): void {
  const link = makeLink(makeCopier(), key, 'page', 'preload');
  const freezeDeep = (value: unknown): unknown => {
    if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value)) {
      Object.values(value).forEach(freezeDeep);
      Object.freeze(value);
    }
    return value;
  };
  document.addEventListener(`${key}-expose`, (event) => {
    const [name, api] = link.paste((event as CustomEvent<string>).detail) as [string, unknown];
    Object.defineProperty(window, name, { value: freezeDeep(api), enumerable: true });
  });
}

/** What a sandboxed preload finds as `process`. */
export interface PreloadProcess {
  readonly platform: string;
  readonly arch: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

type Preload = (require: (name: string) => unknown, module: object, exports: object, process: object) => void;

/** The preload's half: `electron` as a sandboxed preload has it, then the preload itself. */
function installPreloadWorld(
  makeCopier: typeof makeValueCopier,
  makeLink: typeof linkWorlds,
  key: string,
  processInfo: PreloadProcess,
  preload: Preload,
): void {
  // As in Electron, preloads run in the main frame alone.
  if (window.parent !== window) return;
  const copier = makeCopier();
  const link = makeLink(copier, key, 'preload', 'page');
  type Listener = (event: object, ...args: unknown[]) => void;
  const listeners = new Map<string, Listener[]>();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const world = globalThis as unknown as { standInPost(text: string): void; standInReceive(text: string): void };
  const post = (message: object): void => world.standInPost(copier.write(message));

  world.standInReceive = (text) => {
    const message = copier.read(text) as
      | { kind: 'reply'; id: number; value?: unknown; error?: string }
      | { kind: 'message'; channel: string; args: unknown[] };
    if (message.kind === 'message') {
      for (const listener of listeners.get(message.channel)?.slice() ?? [])
        listener({ sender: ipcRenderer, ports: [] }, ...message.args);
      return;
    }
    const asker = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asker?.resolve(message.value);
    else asker?.reject(new Error(message.error));
  };

  const addListener = (channel: string, listener: Listener): object => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    return ipcRenderer;
  };
  const removeListener = (channel: string, listener: Listener): object => {
    const rest = (listeners.get(channel) ?? []).filter((known) => known !== listener);
    listeners.set(channel, rest);
    return ipcRenderer;
  };
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        post({ kind: 'invoke', id: lastId, channel, args });
        waiting.set(lastId, {
          resolve,
          reject: (error) => reject(new Error(`Error invoking remote method '${channel}': ${error.message}`)),
        });
      }),
    send: (channel: string, ...args: unknown[]) => post({ kind: 'send', channel, args }),
    sendSync: () => {
      throw new Error('The stand-in has no sendSync.');
    },
    on: addListener,
    addListener,
    off: removeListener,
    removeListener,
    once: (channel: string, listener: Listener) => {
      const first: Listener = (...args) => {
        removeListener(channel, first);
        listener(...args);
      };
      return addListener(channel, first);
    },
    removeAllListeners: (channel: string) => {
      listeners.delete(channel);
      return ipcRenderer;
    },
  };
  const electron = {
    ipcRenderer,
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) =>
        document.dispatchEvent(new CustomEvent(`${key}-expose`, { detail: link.copy([name, api]) })),
    },
    webUtils: { getPathForFile: (file: File) => file.name },
  };
  const requireOfPreload = (name: string): unknown => {
    if (name === 'electron' || name === 'electron/renderer') return electron;
    throw new Error(`module not found: ${name} (a sandboxed preload may only require electron)`);
  };
  const module = { exports: {} };
  preload(requireOfPreload, module, module.exports, {
    ...processInfo,
    env: {},
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
  });
}

/** Names of the isolated world and of the binding that only it has. */
export const PRELOAD_WORLD = 'standin-preload';
export const POST_BINDING = 'standInPost';

/** Text of a call of one of the functions above with arguments that are texts of code. */
const callText = (self: (...args: never[]) => unknown, ...args: readonly string[]): string =>
  `(${String(self)})(${args.join(', ')});`;

/** Script for the page's world. */
export function pageWorldScript(key: string): string {
  return callText(installPageWorld, String(makeValueCopier), String(linkWorlds), JSON.stringify(key));
}

/** Script for the preload's world; the preload's text stands in it as it is, since a strict page forbids eval. */
export function preloadWorldScript(key: string, processInfo: PreloadProcess, preloadText: string): string {
  const preload = `function (require, module, exports, process) {\n${preloadText}\n}`;
  const values = [JSON.stringify(key), JSON.stringify(processInfo)];
  return callText(installPreloadWorld, String(makeValueCopier), String(linkWorlds), ...values, preload);
}
