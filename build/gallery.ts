import { AxeBuilder } from '@axe-core/playwright';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { SCENES } from '../renderer/testing/scenes.ts';
import {
  AXE_OFF,
  badNames,
  cutOff,
  drawnOut,
  lostInForcedColours,
  openGallery,
  outOfReach,
  WCAG_TAGS,
} from './galleryPages.ts';

/*
 * Opens every view over the mock workbench in the installed Chromium, light and dark, in two sizes, writes a picture of
 * each, and checks it: no fault of WCAG 2.2 AA that axe finds, no error on the console, nothing that breaks the content policy.
 *   node build/gallery.ts [--out DIR] [--scene NAME ...] [--theme light|dark] [--quick | --size WxH ...] [--forced-colors]
 */

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(tmpdir(), 'put-gallery') },
    scene: { type: 'string', multiple: true },
    /** WIDTHxHEIGHT in place of the two. */
    size: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    // As a person has set the system: its own colours, and nothing that moves.
    'forced-colors': { type: 'boolean', default: false },
    /** One of the two in place of both. */
    theme: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});
const SIZES =
  values.size?.map((size) => size.split('x').map(Number)) ??
  (values.quick
    ? [[1280, 800]]
    : [
        [1280, 800],
        [1920, 1080],
      ]);
await mkdir(values.out, { recursive: true });
const gallery = await openGallery(join(values.out, 'bundle'));
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let faults = 0;
const tell = (line: string): void => {
  faults += 1;
  process.stdout.write(`${line}\n`);
};
try {
  const names = values.scene ?? Object.keys(SCENES);
  for (const theme of (['light', 'dark'] as const).filter(
    (one) => values.theme === undefined || one === values.theme,
  )) {
    for (const [width = 1280, height = 800] of SIZES) {
      const context = await browser.newContext({
        viewport: { width, height },
        ...(values['forced-colors'] ? { forcedColors: 'active', reducedMotion: 'reduce', colorScheme: theme } : {}),
      });
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      let where = '';
      page.on('console', (message) => {
        if (message.type() === 'error') tell(`${where}: console: ${message.text()}`);
      });
      page.on('pageerror', (error) => tell(`${where}: ${error.message}`));
      for (const name of names) {
        where = `${name} ${theme} ${width}x${height}`;
        await page.goto(gallery.address(name, theme));
        await page.waitForSelector('#main');
        await page.evaluate('document.fonts.ready');
        await page.waitForTimeout(150);
        await page.screenshot({ path: join(values.out, `${name}-${theme}-${width}.png`) });
        for (const line of await cutOff(page)) tell(`${where}: cut off: ${line}`);
        for (const line of await outOfReach(page)) tell(`${where}: ${line}`);
        for (const line of await drawnOut(page)) tell(`${where}: drawn out: ${line}`);
        if (values['forced-colors'])
          for (const line of await lostInForcedColours(page)) tell(`${where}: forced colours: ${line}`);
        if (width !== 1280) continue;
        for (const line of await badNames(page)) tell(`${where}: ${line}`);
        const { violations } = await new AxeBuilder({ page }).withTags(WCAG_TAGS).disableRules(AXE_OFF).analyze();
        for (const violation of violations) {
          const nodes = violation.nodes
            .slice(0, 3)
            .map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`);
          tell(`${where}: ${violation.id} (${violation.nodes.length}): ${nodes.join(' | ')}`);
        }
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await gallery.close();
}
process.stdout.write(`${faults} faults, pictures in ${values.out}\n`);
process.exitCode = faults === 0 ? 0 : 1;
