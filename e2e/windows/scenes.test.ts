import { AxeBuilder } from '@axe-core/playwright';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AXE_OFF,
  badNames,
  drawnOut,
  lostInForcedColours,
  openGallery,
  outOfReach,
  WCAG_TAGS,
  type Gallery,
} from '../../build/galleryPages.ts';
import { SCENES } from '../../renderer/testing/scenes.ts';
import { canShowWindows } from '../support/desktop.ts';

const USUAL = { width: 1280, height: 800 } as const;
/** What is left of 1280x800 and of 1024x700 at 200 % zoom. */
const SIZES = [
  { width: 640, height: 400 },
  { width: 512, height: 350 },
] as const;

const LARGEST = { width: 3840, height: 2160 } as const;

/** The smallest window, and 1280x800 and 1024x700 at 200 % zoom: columns fold there, and no table is scrolled sideways. */
const FOLDED = [
  { width: 900, height: 600 },
  { width: 640, height: 400 },
  { width: 512, height: 350 },
] as const;

/** A small window that is not zoomed: its parts scroll, and the page as a whole does not. */
const LEAST = { width: 1024, height: 700 } as const;

/** Many views in one test: on a machine with other work they take their time. */
const LOADED_MS = 600_000;
const PAGE_MS = 120_000;

/** Pages beside each other: one draws while another is judged. */
const PAGES = 2;

/** What of axe's answer is told. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[];
}

const DIALOG = '[role=dialog], [role=alertdialog]';

const CONTRAST = `axe.run(document, { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations'] }).then(({ violations }) => violations)`;

const focusIsIn = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate((wanted) => Boolean(document.activeElement?.closest(wanted)), selector);

/**
 * Opens by the keyboard each dialog that a button of the view leads to, unless one of its name was opened before: the focus goes into it, Escape closes
 * it and nothing else, and then the focus is somewhere.
 */
async function walkDialogs(page: Page, opened: Set<string>): Promise<void> {
  const dialog = page.locator(DIALOG);
  if (await dialog.count()) return;
  // What leads on to a dialog says so by its three dots; files are chosen, and updates spoken about, in one of the system.
  const buttons = page.locator('button:not(:disabled)').filter({ hasText: /…$/, hasNotText: /^(Updates|Save|Choose)/ });
  for (const button of await buttons.all()) {
    const name = (await button.innerText()).replaceAll(/\d+/g, '#');
    if (opened.has(name)) continue;
    opened.add(name);
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => dialog.count(), { message: `the dialog of ${name}`, timeout: 30_000 }).toBe(1);
    const inside = async (): Promise<boolean> => focusIsIn(page, DIALOG);
    await expect.poll(inside, { message: `the focus is in the dialog of ${name}`, timeout: 10_000 }).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect
      .poll(() => focusIsIn(page, 'body *'), { message: `the focus after ${name}`, timeout: 10_000 })
      .toBe(true);
  }
}

/**
 * Every fault of a scene: axe in light, colours again in dark, names, what is out of reach where there is little room or drawn out where there is much, and
 * what is lost by a person's own colours.
 */
async function faultsOf(page: Page, address: string, opened: Set<string>): Promise<string[]> {
  const found: string[] = [];
  await page.setViewportSize(USUAL);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'no-preference' });
  await page.goto(address);
  await page.waitForSelector('#main');
  await page.evaluate('document.fonts.ready');
  const judged = (theme: string, violations: readonly Violation[]): string[] =>
    violations.map(
      ({ id, nodes }) =>
        `${theme}: ${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 120)} ${any[0]?.message ?? ''}`).join(' | ')}`,
    );
  // There is one frame only: no page of its own is opened to put frames together.
  const axe = new AxeBuilder({ page }).withTags(WCAG_TAGS).disableRules(AXE_OFF).setLegacyMode(true);
  found.push(...judged('light', (await axe.analyze()).violations), ...(await badNames(page)));
  await walkDialogs(page, opened);
  // Shapes and names are the same in the dark; axe is in the page now.
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...judged('dark', await page.evaluate<Violation[]>(CONTRAST)));
  for (const size of SIZES) {
    await page.setViewportSize(size);
    found.push(...(await outOfReach(page)).map((line) => `${size.width}x${size.height}: ${line}`));
  }
  for (const size of FOLDED) {
    await page.setViewportSize(size);
    const wide = (): Promise<string[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll('.table-scroll')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map((table) => `${table.getAttribute('aria-label')}: ${table.scrollWidth} of ${table.clientWidth} px`),
      );
    // The columns follow the width a frame later.
    await expect
      .poll(wide, { timeout: 10_000 })
      .toEqual([])
      .catch(() => undefined);
    for (const line of await wide())
      found.push(`${size.width}x${size.height}: a table is wider than its room: ${line}`);
  }
  await page.setViewportSize(LEAST);
  const beyond = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return scrollWidth > innerWidth || scrollHeight > innerHeight ? `${scrollWidth}x${scrollHeight}` : undefined;
  });
  if (beyond !== undefined) found.push(`${LEAST.width}x${LEAST.height}: the page itself scrolls, it is ${beyond}`);
  await page.setViewportSize(LARGEST);
  found.push(...(await drawnOut(page)).map((line) => `${LARGEST.width}x${LARGEST.height}: ${line}`));
  await page.setViewportSize(USUAL);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
  found.push(...(await lostInForcedColours(page)).map((line) => `forced colours: ${line}`));
  return found;
}

describe.skipIf(!canShowWindows)('every view', () => {
  let gallery: Gallery;
  let browser: Browser;
  beforeAll(async () => {
    gallery = await openGallery(await mkdtemp(join(tmpdir(), 'put-scenes-')));
    const executablePath = process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    await gallery?.close();
  });

  it(
    'meets WCAG 2.2 AA as far as axe sees it, light and dark, has one voice and names for all, all in reach at 200 % zoom and none drawn out on the largest screen, all told in forced colours without a motion, and dialogs that keep the focus',
    async () => {
      const waiting = Object.keys(SCENES);
      const faults: string[] = [];
      const opened = new Set<string>();
      const work = async (): Promise<void> => {
        const page = await browser.newPage();
        page.setDefaultTimeout(PAGE_MS);
        page.on('pageerror', (error) => faults.push(error.message));
        for (let scene = waiting.shift(); scene !== undefined; scene = waiting.shift())
          for (const fault of await faultsOf(page, gallery.address(scene, 'system'), opened))
            faults.push(`${scene}: ${fault}`);
        await page.close();
      };
      await Promise.all(Array.from({ length: PAGES }, work));
      expect(faults).toEqual([]);
      expect(opened.size, [...opened].join(' | ')).toBeGreaterThan(15);
    },
    LOADED_MS,
  );
});
