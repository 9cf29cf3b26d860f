import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder as makeFolderLater, makeFolderSync } from './makeFolder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const atOnce = async (path: string, mode?: number): Promise<void> => makeFolderSync(path, mode);

describe.each([
  ['makeFolder', makeFolderLater],
  ['makeFolderSync', atOnce],
])('%s', (_, makeFolder) => {
  it('makes those above too, each with its rights, and takes one that is there', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await makeFolder(deep, 0o700);
    await makeFolder(deep, 0o700);
    expect((await stat(deep)).isDirectory()).toBe(true);
    if (process.platform !== 'win32') expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
  });

  it('tells that a file stands in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')(
    'ends where a file system makes no folder below one that is there',
    async () => {
      await expect(makeFolder('/proc/put-folder')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(makeFolder('/proc/put-folder/below')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
