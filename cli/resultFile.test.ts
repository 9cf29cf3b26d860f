import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeResultFile } from './resultFile.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'putctl-result-'))));
afterEach(() => rm(folder, { recursive: true }));

it('replaces a file whole, and keeps its rights', async () => {
  const path = join(folder, 'plan.yaml');
  await writeFile(path, 'old');
  for (const rights of [0o640, 0o666]) {
    await chmod(path, rights);
    await writeResultFile(path, 'new');
    expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['new', rights]);
  }
  expect(await readdir(folder)).toEqual(['plan.yaml']);
});

it('leaves a file as it was, and nothing beside it, where it cannot be written', async () => {
  const path = join(folder, 'report.html');
  await writeFile(path, 'of yesterday');
  // A text that cannot be encoded stands for a disk that is full in the middle.
  await expect(writeResultFile(path, Symbol('none') as unknown as string)).rejects.toMatchObject({
    code: 'output-unwritable',
  });
  expect(await readFile(path, 'utf8')).toBe('of yesterday');
  expect(await readdir(folder)).toEqual(['report.html']);
  await expect(writeResultFile(join(folder, 'none', 'x'), 'x')).rejects.toMatchObject({
    message: expect.stringContaining('ENOENT') as unknown,
  });
});

it('writes into what a link leads to, and into a device', async () => {
  await writeFile(join(folder, 'real'), 'old');
  await symlink('real', join(folder, 'link'));
  await writeResultFile(join(folder, 'link'), 'new');
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
  if (existsSync('/dev/full'))
    await expect(writeResultFile('/dev/full', 'x')).rejects.toMatchObject({ details: { systemCode: 'ENOSPC' } });
});
