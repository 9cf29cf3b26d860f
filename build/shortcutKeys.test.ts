import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHORTCUTS } from '../renderer/app/shortcuts.ts';

it('no part of the windows handles a key that is not in the list of shortcuts', () => {
  const renderer = join(import.meta.dirname, '..', 'renderer');
  const shown: Readonly<Record<string, string>> = {
    ...{ ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', ContextMenu: 'Menu', ' ': 'Space' },
  };
  const handled = globSync('**/*.{ts,tsx}', { cwd: renderer })
    .filter((file) => !file.includes('test') && !file.startsWith('app/shortcuts'))
    .flatMap((file) => {
      const text = readFileSync(join(renderer, file), 'utf8');
      if (!/onKeyDown|'keydown'|key: string/.test(text)) return [];
      return [
        ...[...text.matchAll(/\bkey === '([^']+)'/g)].map(([, key = '']) => ({ file, key })),
        ...[...text.matchAll(/\b((?:Arrow|Page)[A-Z]\w+|Home|End|F\d+): /g)].map(([, key = '']) => ({ file, key })),
        ...[...text.matchAll(/case '((?:Arrow|Page)[A-Z]\w+|Home|End|F\d+)'/g)].map(([, key = '']) => ({
          file,
          key,
        })),
      ];
    });
  expect(handled.length).toBeGreaterThan(20);
  const listed = SHORTCUTS.flatMap(({ keys }) => keys.split(' ')).map((keys) => keys.split('+').at(-1)?.toLowerCase());
  const missing = handled.filter(({ key }) => !listed.includes((shown[key] ?? key).toLowerCase()));
  expect(missing).toEqual([]);
});
