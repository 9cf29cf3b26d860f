import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { PracticeSystem } from './practiceSystem.ts';
import { runPutctl } from './runPutctl.ts';

/** A page in Chromium. */
export interface BrowserPage {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page's scripts threw and the content policy refused. */
  readonly faults: string[];
}

/** Chromium with the browser console of a real putservices in it. */
export interface ConsolePage extends BrowserPage {
  signIn(user?: string, password?: string): Promise<void>;
  close(): Promise<void>;
}

async function openPage(address: string): Promise<BrowserPage> {
  const browser = await chromium.launch({
    executablePath: process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(address);
  return { browser, context, page, faults };
}

/** Opens an address in a browser of its own for as long as it is used. */
export async function withPage(address: string, use: (opened: BrowserPage) => Promise<void>): Promise<void> {
  const opened = await openPage(address);
  try {
    await use(opened);
  } finally {
    await opened.browser.close();
  }
}

const PUTCTL = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Opens `putctl console` in a browser, let in by its code, with one saved system to which nobody is signed in yet. */
export async function withPutctlConsole(
  { target: { host, ccPort, fingerprint } }: PracticeSystem,
  use: (opened: BrowserPage) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'putctl-console-'));
  const env = { PUT_DATA_DIR: folder };
  const add = ['systems', 'add', 'lab', '--host', host, '--cc-port', String(ccPort), '--fingerprint', fingerprint];
  const added = await runPutctl(PUTCTL, add, env);
  if (added.code !== 0) throw new Error(added.err);
  const child = spawn(process.execPath, [PUTCTL, 'console', '--no-open', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { address, code } = JSON.parse(line) as { address: string; code: string };
    await withPage(address, async (opened) => {
      await opened.page.locator('input[name=code]').fill(code);
      await opened.page.getByRole('button', { name: 'Open' }).click();
      await use(opened);
    });
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true });
  }
}

/** Opens the console of a system at SSLPORT; nobody is signed in yet. */
export async function openConsolePage(system: PracticeSystem): Promise<ConsolePage> {
  const opened = await openPage(`https://127.0.0.1:${system.target.sslPort}/console/`);
  const { page, browser } = opened;
  return {
    ...opened,
    async signIn(user = system.user, password = system.password) {
      await page.getByLabel('User').fill(user);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    close: () => browser.close(),
  };
}
