import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { craftPackage } from '../model/testing/craftPackage.ts';
import { openFileSource } from './fileSource.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (name: string, data: Uint8Array | string): Promise<string> => {
  await writeFile(join(folder, name), data);
  return join(folder, name);
};
const GOOD = craftPackage();
const signal = new AbortController().signal;

describe('a file for upload', () => {
  it('is opened under its name in the library, and its digest made', async () => {
    const source = await openFileSource(await put('good-1-1.noarch.RPM', GOOD));
    expect(source).toMatchObject({ name: 'good-1-1.noarch.rpm', sizeBytes: GOOD.length });
    expect(await source.sha256(signal)).toBe(createHash('sha256').update(GOOD).digest('hex'));
    expect(await source.read(5, 10)).toEqual(GOOD.subarray(5, 15));
    await source.close();
  });

  it.each([
    ['shadow', 'root:x:', 'package-name-invalid'],
    ['shadow.rpm', 'root:x:', 'rpm-invalid'],
    ['empty.rpm', '', 'rpm-invalid'],
    ['cut.rpm', GOOD.subarray(0, -1), 'rpm-invalid'],
    ['s.src.rpm', craftPackage({ source: true }), 'package-not-installable'],
    ['delta.rpm', craftPackage({ payloadFormat: 'drpm' }), 'package-not-installable'],
    ['bare.rpm', 'drpmDLT3', 'package-not-installable'],
    ['x.certlist', 'root:x:', 'certlist-invalid'],
  ])('%s is refused when it is opened, with its path', async (name, data, code) => {
    const path = await put(name, data);
    await expect(openFileSource(path)).rejects.toMatchObject({ code, message: expect.stringContaining(name) });
  });

  it('one that is not there, or a folder, says so in words', async () => {
    const gone = join(folder, 'gone.rpm');
    await expect(openFileSource(gone)).rejects.toThrow(`${gone}: there is no such file`);
    await expect(openFileSource(folder)).rejects.toThrow(`${folder}: it is a folder`);
    await expect(openFileSource(join(folder, 'gr\uFFFDn.rpm'))).rejects.toThrow('the name is not UTF-8');
  });

  it('a flipped bit of the payload is found before a byte is sent', async () => {
    const bad = Uint8Array.from(GOOD);
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    const source = await openFileSource(await put('bad.rpm', bad));
    await expect(source.sha256(signal)).rejects.toMatchObject({
      code: 'rpm-invalid',
      message: expect.stringMatching(/bad\.rpm: offset \d+: not as it was built: sha256 of the payload/),
    });
    await source.close();
  });

  it('one that changes meanwhile is told', async () => {
    const path = await put('good.rpm', GOOD);
    const source = await openFileSource(path);
    await appendFile(path, 'more');
    await expect(source.sha256(signal)).rejects.toMatchObject({ code: 'file-changed' });
    await source.close();
  });
});
