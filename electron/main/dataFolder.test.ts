import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyUnusable } from './dataFolder.ts';

let place: string;
beforeAll(() => void (place = mkdtempSync(join(tmpdir(), 'put-data-'))));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the folder of the program’s data', () => {
  it('is made, for its user alone, and used as it is the next time', () => {
    const folder = join(place, 'deep', 'put-desktop');
    expect([whyUnusable(folder), whyUnusable(folder)]).toEqual([undefined, undefined]);
    expect(statSync(folder).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o700);
  });

  it('is named with the reason and the way on where it cannot be written', () => {
    writeFileSync(join(place, 'file'), '');
    const why = whyUnusable(join(place, 'file', 'put-desktop'));
    expect(why).toContain(join(place, 'file', 'put-desktop'));
    expect(why).toMatch(/\((ENOTDIR|EEXIST|ENOENT)\).*PUT_DATA_DIR/);
  });
  it.skipIf(process.platform !== 'linux')(
    'is named where no file system makes it, and nothing is tried without end',
    () => {
      expect(whyUnusable('/proc/put-desktop/data')).toMatch(
        /^\/proc\/put-desktop\/data cannot be written \((ENOENT|EACCES)\)/,
      );
    },
  );
});
