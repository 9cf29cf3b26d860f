import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { retriedTests } from './build/retriedTests.ts';

/** Where `npm test` wants what it counts from. */
const reportFolder = process.env.PUT_TEST_REPORT;

/*
 * Flavours of tests. `unit` and `renderer` stand beside the code and are what `npm run check` runs; `together` runs both ends
 * in one process, `process` starts real processes, `windows` drives the real windows through the Electron stand-in.
 */
export default defineConfig({
  test: {
    reporters:
      reportFolder === undefined
        ? ['default']
        : [
            'default',
            ['json', { outputFile: join(reportFolder, 'vitest.json') }],
            retriedTests(join(reportFolder, 'retried.json')),
          ],
    // One file for each core: by itself one core would be left idle, and most tests of real processes wait for a line more than they compute.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{core,services,cli,electron,build,lab,bench,e2e/standin}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'renderer',
          include: ['renderer/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'together',
          include: ['e2e/together/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'process',
          include: ['e2e/process/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'windows',
          include: ['e2e/windows/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // One window at a time: two browsers on two cores only make each other slow.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
