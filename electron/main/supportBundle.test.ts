import { strFromU8, unzipSync } from 'fflate';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeSupportBundle } from './supportBundle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-support-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('holds logs with secrets masked, and crash dumps only where a person agreed', async () => {
  const log = join(folder, 'desktop.log');
  writeFileSync(log, 'dial https://anna:hunter2@proxy.site/ failed\npassword=hunter2\n');
  const dumpsFolder = join(folder, 'crashes');
  mkdirSync(join(dumpsFolder, 'completed'), { recursive: true });
  for (let number = 1; number <= 7; number++) {
    const file = join(dumpsFolder, 'completed', `${number}.dmp`);
    writeFileSync(file, `dump ${number}`);
    utimesSync(file, number, number);
  }
  const parts = { about: { version: '0.1.0', token: 'hunter2' }, texts: [log, join(folder, 'none')], dumpsFolder };

  const plain = unzipSync(await makeSupportBundle({ ...parts, withDumps: false }));
  expect(Object.keys(plain)).toEqual(['about.json', 'desktop.log']);
  expect(strFromU8(plain['desktop.log'] ?? new Uint8Array())).toContain('dial https://***@proxy.site/ failed');
  for (const bytes of Object.values(plain)) expect(strFromU8(bytes)).not.toContain('hunter2');

  const full = unzipSync(await makeSupportBundle({ ...parts, withDumps: true }));
  const dumps = Object.keys(full).filter((name) => name.startsWith('crashes/'));
  expect(dumps).toEqual([7, 6, 5, 4, 3].map((number) => `crashes/${number}.dmp`));
});
