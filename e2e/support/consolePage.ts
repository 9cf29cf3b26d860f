import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { PracticeSystem } from './practiceSystem.ts';

/** Chromium with the browser console of a real putservices in it. */
export interface ConsolePage {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page's scripts threw and the content policy refused. */
  readonly faults: string[];
  signIn(user?: string, password?: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the console of a system at SSLPORT; nobody is signed in yet. */
export async function openConsolePage(system: PracticeSystem, address = ''): Promise<ConsolePage> {
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
  await page.goto(`https://127.0.0.1:${system.target.sslPort}/console/${address}`);
  return {
    browser,
    context,
    page,
    faults,
    async signIn(user = system.user, password = system.password) {
      await page.getByLabel('User').fill(user);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    close: () => browser.close(),
  };
}
