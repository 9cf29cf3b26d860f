import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/* Makes assets/icons/NxN.png of assets/icons/icon.svg, drawn by the installed Chromium: node build/icons.ts */

const SIZES_PX = [16, 24, 32, 48, 64, 128, 256, 512];
const folder = new URL('../assets/icons/', import.meta.url);
const svg = await readFile(new URL('icon.svg', folder), 'utf8');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await mkdir(folder, { recursive: true });
  for (const size of SIZES_PX) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    await page.setContent(
      `<style>*{margin:0}img{display:block}</style><img src="${source}" width="${size}" height="${size}">`,
    );
    const picture = await page.screenshot({ omitBackground: true });
    await writeFile(fileURLToPath(new URL(`${size}x${size}.png`, folder)), picture);
    await page.close();
  }
} finally {
  await browser.close();
}
