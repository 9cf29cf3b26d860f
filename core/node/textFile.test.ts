import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textFile } from './textFile.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-text-'));
  path = join(folder, 'data', 'numbers.json');
});
afterEach(() => rm(folder, { recursive: true }));

const module = fileURLToPath(new URL('./textFile.ts', import.meta.url));
/** Adds its own marks to the list in the file, one change each. */
const ADDER = `
  const { textFile } = await import(${JSON.stringify(module)});
  const [path, who] = process.argv.slice(1);
  const file = textFile(path);
  for (let i = 0; i < 5; i++)
    await file.update((text) => JSON.stringify([...JSON.parse(text ?? '[]'), who + i]));
`;

describe('a text file that several programs change', () => {
  it('keeps the changes of eight processes at once', async () => {
    await Promise.all(
      'abcdefgh'.split('').map(async (who) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', ADDER, path, who], { stdio: 'inherit' });
        const [code] = (await once(child, 'exit')) as [number];
        expect(code).toBe(0);
      }),
    );
    expect((JSON.parse(await readFile(path, 'utf8')) as string[]).length).toBe(40);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'data'))).toEqual(['numbers.json']);
  }, 60_000);

  it('keeps those of one process at once, and writes nothing where nothing changes', async () => {
    const file = textFile(path);
    await Promise.all(Array.from({ length: 5 }, () => file.update((text) => `${text ?? ''}x`)));
    expect(await file.read()).toBe('xxxxx');
    const before = (await stat(path)).ino;
    await file.update(() => undefined);
    expect((await stat(path)).ino).toBe(before);
    await expect(
      file.update(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await file.update((text) => `${text ?? ''}y`);
    expect(await file.read()).toBe('xxxxxy');
  });

  it('takes over the lock of a process that was killed', async () => {
    await mkdir(`${path}.lock`, { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path}.lock`, longAgo, longAgo);
    const file = textFile(path);
    await file.update(() => 'on it goes');
    expect(await file.read()).toBe('on it goes');
  });

  it('reads what PowerShell writes, and refuses what is no text', async () => {
    await mkdir(join(folder, 'data'));
    const file = textFile(path);
    await writeFile(path, Buffer.from('\ufeff{"a": 1}', 'utf16le'));
    expect(await file.read()).toBe('{"a": 1}');
    await writeFile(path, Buffer.from([0x7b, 0xf6]));
    await expect(file.read()).rejects.toMatchObject({
      code: 'config-unreadable',
      message: `${path}: it is not UTF-8 text; save it as UTF-8`,
    });
  });
});

describe('a text file that is damaged', () => {
  it.each([
    ['what its reader does not take', Buffer.from('{"version":1,'), true],
    ['no text at all', Buffer.alloc(40), true],
    ['what its reader takes', Buffer.from('{}'), false],
  ])('is kept beside itself where it holds %s', async (_what, bytes, isAside) => {
    await mkdir(dirname(path));
    await writeFile(path, bytes);
    const aside = await textFile(path).setAside((text) => text !== '{}');
    if (!isAside) expect([aside, await readFile(path)]).toEqual([undefined, bytes]);
    else {
      expect(aside).toMatch(/numbers\.json\.damaged-\d{14}$/);
      expect([await readFile(aside ?? ''), await textFile(path).read()]).toEqual([bytes, undefined]);
    }
  });

  it('is nothing where there is none', async () => {
    expect(await textFile(path).setAside(() => true)).toBeUndefined();
  });
});

it('says why a file cannot be written, and leaves nothing of the attempt', async () => {
  await mkdir(dirname(path));
  // A folder in its place: whoever runs the test, it is not replaced.
  await mkdir(path);
  const file = textFile(path);
  await expect(file.write('{}')).rejects.toMatchObject({ code: 'file-unwritable', details: { path } });
  expect(await readdir(dirname(path))).toEqual(['numbers.json']);
  // No lock can be made beside it either, and nobody is waited for.
  const full = textFile('/dev/full/numbers.json');
  await expect(full.update(() => '{}')).rejects.toMatchObject({ code: 'file-unwritable' });
  await expect(full.setAside(() => true)).rejects.toMatchObject({ code: 'file-unwritable' });
});
