import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { PutError } from '../../core/protocol/errors.ts';
import type { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { watchTasks, type WatchedTasks } from './windowMeasures.ts';

/* The windows of `putctl console` in Chromium without a GPU. */

const ROOT = resolve(import.meta.dirname, '..', '..');
const CHROMIUM = process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium';
const SIZE = { width: 1920, height: 1080 };

/** Throws `usage` unless `npm run build` has run. */
export function needsBuiltWindows(): void {
  if (!existsSync(join(ROOT, 'dist', 'renderer', 'index.html'))) {
    throw new PutError('usage', 'the windows are not built: npm run build first');
  }
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });

/** Presses the first button of that name. */
export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).first().click();

export interface MeasuredWindow {
  readonly browser: Browser;
  readonly page: Page;
  readonly session: CDPSession;
  readonly tasks: WatchedTasks;
  readonly consolePid: number;
  /** From the start of `putctl console` with its browser until its window could be used. */
  readonly startSeconds: number;
  close(): Promise<void>;
}

/** Opens a window and signs it in to the system. */
export async function openMeasuredWindow(system: PracticeSystem): Promise<MeasuredWindow> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'put-bench-ui-data-'));
  let served: Console | undefined;
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    served?.process.kill();
    await rm(dataFolder, { recursive: true, force: true });
  };
  try {
    const started = performance.now();
    served = await startConsole(dataFolder);
    browser = await startBrowser();
    const page = await (await browser.newContext({ viewport: SIZE })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(served.address);
    await page.locator('input[name=code]').fill(served.code);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'Add a system…' }).waitFor();
    const startSeconds = (performance.now() - started) / 1000;
    await signIn(page, system);
    const session = await page.context().newCDPSession(page);
    const tasks = await watchTasks(page);
    return { browser, page, session, tasks, consolePid: served.process.pid ?? 0, startSeconds, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Console {
  readonly process: ChildProcess;
  readonly address: string;
  readonly code: string;
}

async function startConsole(dataFolder: string): Promise<Console> {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'console', '--no-open', '--json'], {
    env: { ...process.env, PUT_DATA_DIR: dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((done, failed) => {
    lines.once('line', done);
    child.once('exit', () => failed(new PutError('internal', `putctl console ended: ${told.join('')}`)));
  });
  const { address, code } = JSON.parse(line) as { address: string; code: string };
  return { process: child, address, code };
}

async function signIn(page: Page, system: PracticeSystem): Promise<void> {
  await press(page, 'Add a system…');
  await page.getByRole('textbox', { name: /^Name/ }).fill('measured');
  await page.getByRole('textbox', { name: /^Host name/ }).fill(system.target.host);
  await page.getByLabel(/^CCPORT/).fill(String(system.target.ccPort));
  await press(page, 'Save');
  await page
    .getByRole('button', { name: /^Sign in to / })
    .first()
    .click();
  await page.getByRole('textbox', { name: /^User/ }).fill(system.user);
  await page.getByLabel(/^Password/).fill(system.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).last().click();
  await press(page, 'It is the same: accept');
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
}
