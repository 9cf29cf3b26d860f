import react from '@vitejs/plugin-react';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { InlineConfig, Plugin } from 'vite';
import { BROTLI_ENDING } from '../core/node/windowFiles.ts';
import { untilLoaded } from '../renderer/texts/enUntilLoaded.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page is served from its own origin in every carrier; the attribute only breaks schemes without CORS. */
const withoutCrossorigin: Plugin = {
  name: 'without-crossorigin',
  enforce: 'post',
  transformIndexHtml: (html) => html.replaceAll(' crossorigin', ''),
};

/** What a page shows until its script is there, a minute over a slow line. */
const shownUntilLoaded: Plugin = {
  name: 'until-loaded',
  transformIndexHtml: (html) =>
    html.replace(
      '<div id="root"></div>',
      `<div id="root"><p class="until-loaded">${untilLoaded.coming}</p></div>\n    <noscript><p class="until-loaded">${untilLoaded.withoutScript}</p></noscript>`,
    ),
};

/** Scripts and styles are packed here as tightly as it goes, which takes seconds: the master's console serves them over slow lines. */
const packedBeside: Plugin = {
  name: 'packed-beside',
  async writeBundle({ dir = '' }, files) {
    const packed = Object.keys(files).filter((name) => /^assets\/.*\.(js|css)$/.test(name));
    await Promise.all(
      packed.map(async (name) => {
        const body = await readFile(join(dir, name));
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
        };
        await writeFile(join(dir, `${name}${BROTLI_ENDING}`), await promisify(brotliCompress)(body, { params }));
      }),
    );
  },
};

/**
 * Vite's configuration for the windows. `input` is the page to build, `outDir` where to; fonts and pictures stay files,
 * since the content policy of the page allows no data: fonts.
 */
export function rendererConfig(
  input = here('../renderer/index.html'),
  outDir = here('../dist/renderer'),
): InlineConfig {
  return {
    configFile: false,
    root: here('../renderer'),
    base: './',
    publicDir: false,
    logLevel: 'warn',
    plugins: [react(), withoutCrossorigin, shownUntilLoaded, packedBeside],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'chrome120',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1200,
      rolldownOptions: {
        input,
        output: {
          // The icon keeps its name: browsers ask for it without reading the page (core/node/windowFiles.ts).
          assetFileNames: ({ names }) =>
            names.includes('icon.svg') ? '[name][extname]' : 'assets/[name]-[hash][extname]',
        },
      },
    },
  };
}

export default rendererConfig();
