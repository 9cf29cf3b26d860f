import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page is served from its own origin in every carrier; the attribute only breaks schemes without CORS. */
const withoutCrossorigin: Plugin = {
  name: 'without-crossorigin',
  enforce: 'post',
  transformIndexHtml: (html) => html.replaceAll(' crossorigin', ''),
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
    plugins: [react(), withoutCrossorigin],
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
