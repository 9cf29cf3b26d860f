import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SERVICES_NODE_ARGUMENTS } from './servicesNodeArguments.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const flags = SERVICES_NODE_ARGUMENTS.join(' ');

describe('what putservices is started with', () => {
  it.each([
    [
      'build/putservices/putservices.service',
      `ExecStart=/usr/lib/putservices/node ${flags} /usr/lib/putservices/putservices.js`,
    ],
    ['build/putservices/putservices.sh', `exec /usr/lib/putservices/node ${flags} /usr/lib/putservices/putservices.js`],
    ['package.json', `"putservices": "node ${flags} services/main.ts"`],
  ])('stands in %s', (file, line) => {
    expect(read(file)).toContain(line);
  });

  it.each(['electron/main/main.ts', 'cli/console/runConsole.ts', 'build/start.mjs', 'e2e/support/practiceSystem.ts'])(
    'is given by %s',
    (file) => {
      expect(read(file)).toMatch(/\.\.\.SERVICES_NODE_ARGUMENTS/);
    },
  );
});
