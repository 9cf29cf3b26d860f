import { AxeBuilder } from '@axe-core/playwright';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { SCENES } from '../renderer/testing/scenes.ts';
import { rendererConfig } from './vite.renderer.ts';

/*
 * Opens every view over the mock workbench in the installed Chromium, light and dark, in two sizes, writes a picture of
 * each, and checks it: no serious accessibility fault, no error on the console, nothing that breaks the content policy.
 *   node build/gallery.ts [--out DIR] [--scene NAME ...] [--quick | --size WxH ...]
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
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

async function serve(folder: string): Promise<{ origin: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = createReadStream(join(folder, path));
    file.on('open', () =>
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        // The desktop sends it too: no text of the page may become script.
        'content-security-policy': "require-trusted-types-for 'script'",
      }),
    );
    file.on('error', () => response.writeHead(404).end());
    file.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Elements whose text is cut off and under no tooltip whole, heads of columns that are cut at all, small targets, and the page's own overflow. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('page is wider than the window');
    const told = (element) => element.tagName.toLowerCase() + '.' + element.className + ': ' + element.textContent.slice(0, 60);
    for (const element of document.querySelectorAll('#root *')) {
      if (element.closest('.visually-hidden, svg, canvas, [aria-hidden=true]')) continue;
      const style = getComputedStyle(element);
      if (style.display === 'inline' || element.clientWidth === 0) continue;
      if (element.scrollWidth <= element.clientWidth + 1) continue;
      if (/auto|scroll/.test(style.overflowX)) {
        if (element.matches('.table-scroll')) found.push('table is wider than its room: ' + element.getAttribute('aria-label') + ' ' + element.scrollWidth + ' in ' + element.clientWidth);
        continue;
      }
      const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
      const cell = element.matches('button, .pill, .chip, h1, h2, .state-word, .table-cell');
      if (!text && !cell) continue;
      if (element.matches('.sorter-title')) found.push('head: ' + told(element));
      else if (style.textOverflow !== 'ellipsis' && style.overflowX === 'hidden') found.push('no ellipsis ' + told(element));
      else if (style.textOverflow === 'ellipsis' ? !element.closest('[title]') && !element.querySelector('[title]') : true) found.push('no tooltip ' + told(element));
    }
    for (const element of document.querySelectorAll('button, select, input, summary')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || element.closest('.visually-hidden, [style*="clip"]')) continue;
      const label = element.closest('label');
      const area = label ? label.getBoundingClientRect() : box;
      if (area.height < 23.5 || area.width < 23.5) found.push('small target ' + element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 40) + ' ' + area.width + 'x' + area.height);
    }
    return found;
  })()`);
}

const bundle = join(values.out, 'bundle');
await mkdir(values.out, { recursive: true });
await build(rendererConfig(fileURLToPath(new URL('../renderer/testing/gallery.html', import.meta.url)), bundle));
const { origin, close } = await serve(bundle);
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
  for (const theme of ['light', 'dark'] as const) {
    for (const [width = 1280, height = 800] of SIZES) {
      const context = await browser.newContext({
        viewport: { width, height },
        ...(values['forced-colors'] ? { forcedColors: 'active', reducedMotion: 'reduce' } : {}),
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
        await page.goto(`${origin}/testing/gallery.html?scene=${name}&theme=${theme}`);
        await page.waitForSelector('#main');
        await page.evaluate('document.fonts.ready');
        await page.waitForTimeout(150);
        await page.screenshot({ path: join(values.out, `${name}-${theme}-${width}.png`) });
        for (const line of await cutOff(page)) tell(`${where}: cut off: ${line}`);
        if (width !== 1280) continue;
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
          .analyze();
        for (const violation of violations) {
          if (violation.impact !== 'serious' && violation.impact !== 'critical') continue;
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
  close();
  await rm(bundle, { recursive: true, force: true });
}
process.stdout.write(`${faults} faults, pictures in ${values.out}\n`);
process.exitCode = faults === 0 ? 0 : 1;
