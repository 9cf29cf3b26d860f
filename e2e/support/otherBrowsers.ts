import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type ElementHandle } from 'puppeteer-core';
import { until } from './desktop.ts';
import { freePort } from './freePort.ts';

/*
 * Browsers of other makers than Chromium's, as a person has them installed: Firefox over WebDriver BiDi, WebKitGTK (the engine of Safari) over WebDriver. Pages
 * are read by scripts, since the two have no more in common; what is pressed and typed goes through the browser's own input.
 */

export interface OtherElement {
  click(): Promise<void>;
  type(text: string): Promise<void>;
  /** Of a field for files. */
  choose(paths: readonly string[]): Promise<void>;
}

export interface OtherBrowser {
  readonly version: string;
  /** What a script answers, which begins with `return`; values of JSON only. */
  read<T>(script: string): Promise<T>;
  /** The element that a script answers; undefined for none. */
  find(script: string): Promise<OtherElement | undefined>;
  goto(address: string): Promise<void>;
  close(): Promise<void>;
}

export interface OtherBrowserKind {
  readonly name: string;
  /** Whether this machine has it. */
  readonly installed: boolean;
  start(): Promise<OtherBrowser>;
}

const FIREFOX = '/usr/bin/firefox-esr';

async function startFirefox(): Promise<OtherBrowser> {
  const browser = await launch({
    ...{ browser: 'firefox', executablePath: FIREFOX, headless: true, acceptInsecureCerts: true },
    args: ['--width=1440', '--height=900'],
  });
  const page = await browser.newPage();
  return {
    version: await browser.version(),
    read: <T>(script: string) => page.evaluate(`(() => { ${script} })()`) as Promise<T>,
    async find(script) {
      const handle = await page.evaluateHandle(`(() => { ${script} })()`);
      const element = handle.asElement() as ElementHandle<HTMLInputElement> | null;
      if (!element) return undefined;
      return {
        click: () => element.click(),
        type: (text) => element.type(text),
        choose: (paths) => element.uploadFile(...paths),
      };
    },
    goto: async (address) => void (await page.goto(address)),
    close: () => browser.close(),
  };
}

const WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver';
const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const XVFB = '/usr/bin/Xvfb';
const START_WITHIN_MS = 20_000;
/** By which WebDriver marks an element in its answers. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

async function startWebKit(): Promise<OtherBrowser> {
  const started: ChildProcess[] = [];
  const home = await mkdtemp(join(tmpdir(), 'put-webkit-'));
  const end = async (): Promise<void> => {
    for (const child of started.toReversed()) {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill();
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    // The display picks a number that is free and tells it.
    const display = spawn(XVFB, ['-displayfd', '3', '-screen', '0', '1440x900x24'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    started.push(display);
    const [number] = (await once(display.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer];
    const port = await freePort();
    const env = { ...process.env, DISPLAY: `:${number.toString().trim()}`, HOME: home, XDG_RUNTIME_DIR: home };
    started.push(spawn(WEBKIT_DRIVER, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' }));
    const ask = async <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(START_WITHIN_MS),
      });
      const { value } = (await answer.json()) as { value: T };
      if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
      return value;
    };
    const answers = (): Promise<boolean> =>
      ask('GET', '/status').then(
        () => true,
        () => false,
      );
    await until(`${WEBKIT_DRIVER} answers`, answers, START_WITHIN_MS);
    const session = await ask<{ sessionId: string; capabilities: { browserVersion: string } }>('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          acceptInsecureCerts: true,
          'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] },
        },
      },
    });
    const at = `/session/${session.sessionId}`;
    const read = <T>(script: string): Promise<T> => ask('POST', `${at}/execute/sync`, { script, args: [] });
    return {
      version: `WebKitGTK ${session.capabilities.browserVersion}`,
      read,
      async find(script) {
        const found = await read<Record<string, string> | null>(script);
        const id = found?.[ELEMENT];
        if (id === undefined) return undefined;
        const type = (text: string): Promise<void> => ask('POST', `${at}/element/${id}/value`, { text });
        return {
          click: () => ask('POST', `${at}/element/${id}/click`, {}),
          type,
          choose: (paths) => type(paths.join('\n')),
        };
      },
      goto: (url) => ask('POST', `${at}/url`, { url }),
      async close() {
        await ask('DELETE', at).catch(() => undefined);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

export const OTHER_BROWSERS: readonly OtherBrowserKind[] = [
  { name: 'Firefox', installed: existsSync(FIREFOX), start: startFirefox },
  {
    name: 'WebKitGTK',
    installed: [WEBKIT_DRIVER, MINI_BROWSER, XVFB].every((file) => existsSync(file)),
    start: startWebKit,
  },
];
