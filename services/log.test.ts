import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
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
    // Lines that the disk cannot take in time are dropped, so until one file is full.
    while (!existsSync(path.join(folder, 'putservices.log.1'))) {
      log.warn(long);
      await new Promise((resolve) => setImmediate(resolve));
    }
    log.warn('in the new file');
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

it('writes again when its file can be written again, and says how many lines are missing and why', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'put-log-'));
  const file = path.join(folder, 'putservices.log');
  try {
    // A folder in its place fails as a full disk does: with the first write.
    mkdirSync(file);
    let told = (_message: string): void => {};
    const fault = new Promise<string>((resolve) => (told = resolve));
    const log = createServicesLog({ retryMs: 0, onFault: (message) => told(message) });
    log.openFile(folder);
    log.info('lost');
    expect(await fault).toContain(file);
    rmdirSync(file);
    while (!existsSync(file)) {
      log.info('again');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines[0]).toMatch(/\d+ lines could not be written \(E[A-Z]+\)/);
    expect(lines[1]).toContain('again');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
