import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createServicesLog } from './log.ts';

it('keeps lines until it has a file, masks secrets, and moves full files aside', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'put-log-'));
  try {
    const log = createServicesLog();
    log.info('before there was a file', { user: 'anna', password: 'hidden-1', hello: { sessionToken: 'hidden-2' } });
    log.openFile(folder);
    const long = 'x'.repeat(100_000);
    for (let i = 0; i < 130; i++) {
      log.warn(long);
      // Lines that the disk cannot take in time are dropped; here all shall be written.
      if (i % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const files = readdirSync(folder).sort();
    expect(files).toEqual(['putservices.log', 'putservices.log.1']);
    for (const file of files) expect(statSync(path.join(folder, file)).size).toBeLessThan(11 * 1024 * 1024);
    const first = readFileSync(path.join(folder, 'putservices.log.1'), 'utf8').split('\n')[0] ?? '';
    expect(first).toContain('before there was a file');
    expect(first).toContain('anna');
    expect(first).not.toContain('hidden');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
