import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { stepTitle, untilUploaded } from './windowSteps.ts';

/**
 * A person at the keyboard who counts: each press of a key or of keys together is one keystroke, and so is a text that is typed (a password, the words
 * of a search), however long it is.
 */
export class Keyboard {
  readonly #page: Page;
  readonly #done: string[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** What was pressed and typed so far, in order; texts are not in it. */
  get strokes(): readonly string[] {
    return this.#done;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#page.keyboard.press(key);
      this.#done.push(key);
    }
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    this.#done.push('a text');
  }

  /** Opens the palette, types words, waits until the entry that is on is the one that is meant, and takes it. */
  async choose(words: string, entry: RegExp): Promise<void> {
    await this.press('Control+k');
    const field = this.#page.getByRole('combobox');
    await field.waitFor();
    await this.type(words);
    await this.#page.locator('[role=option][data-focused]').filter({ hasText: entry }).waitFor({ timeout: 10_000 });
    await this.press('Enter');
    await field.waitFor({ state: 'detached' });
  }
}

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    return at === null || at === document.body ? 'nothing' : `${at.tagName} ${at.textContent ?? ''}`.slice(0, 60);
  });

export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** Uploads the sample packages. */
export async function uploadSamplesByKeys(page: Page, keys: Keyboard): Promise<void> {
  await keys.choose('packages', /Packages and transfers/);
  await heading(page, 'Packages and transfers').waitFor();
  await keys.choose('sample', /Sample packages/);
  const upload = page.getByRole('button', { name: /^Upload \d+ files$/ });
  const count = Number(/\d+/.exec(await upload.innerText())?.[0]);
  await keys.choose('upload', /^Upload \d+ files/);
  await untilUploaded(page, count);
}

/** Install/Upgrade Software from the start to Finished!, with what the steps propose; the heading of each step gets the focus. */
export async function operateByKeys(page: Page, keys: Keyboard): Promise<void> {
  await keys.choose('operations', /^Operations/);
  await heading(page, 'Operations').waitFor();
  await keys.choose('install', /Install\/Upgrade Software/);
  await heading(page, 'Configuration Mode').waitFor();
  for (;;) {
    let title = '';
    // Read together: a step that works by itself may pass between two looks.
    const titleInFocus = async (): Promise<boolean> => {
      title = await stepTitle(page);
      return (await focused(page)).startsWith(`H1 ${title}`);
    };
    await expect.poll(titleInFocus, { timeout: 10_000 }).toBe(true);
    const next = page.locator('.job-footer .btn.primary');
    if (title === 'Plan') {
      await page.getByRole('checkbox', { name: /I read the plan/ }).waitFor();
      await keys.press('F8');
    }
    await expect.poll(() => next.isEnabled(), { timeout: 60_000 }).toBe(true);
    await keys.press('Control+Enter');
    await expect.poll(() => stepTitle(page), { timeout: 60_000 }).not.toBe(title);
    if (title === 'Plan') break;
  }
  await heading(page, 'Finished!').waitFor({ timeout: 90_000 });
  expect(await focused(page)).toContain('H1 Finished!');
}
