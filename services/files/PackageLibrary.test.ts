import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRpm } from '../../core/model/RpmHeaderReader.ts';

import { craftPackage } from '../../core/model/testing/craftPackage.ts';
import { text } from '../../core/model/testing/craftRpm.ts';
import { FileService, type FileServiceOptions } from './FileService.ts';
import { PackageLibrary } from './PackageLibrary.ts';
import { TestCaller } from './testing/TestCaller.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const digestOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
/** Tag of a text that changes nothing else. */
const DISTRIBUTION = 1010;
const SOURCE = craftPackage({ name: 'tool', source: true });
const GOOD = craftPackage({ name: 'good' });

let folder: string;
let library: PackageLibrary;
let service: FileService;

async function open(options: Partial<FileServiceOptions> = {}): Promise<void> {
  library = await PackageLibrary.open({ folder, log });
  service = await FileService.open({ library, log, maxFileBytes: 1 << 26, ...options });
}
const begin = (caller: TestCaller, name: string, data: Uint8Array) =>
  Promise.resolve(service.handlers['file.begin']!({ name, sizeBytes: data.length, sha256: digestOf(data) }, caller));
async function send(caller: TestCaller, name: string, data: Uint8Array): Promise<number> {
  const { transfer, offset, complete } = await begin(caller, name, data);
  if (!complete) await service.fileData(caller, transfer, offset, data.subarray(offset));
  return transfer;
}
async function upload(caller: TestCaller, name: string, data: Uint8Array): Promise<void> {
  const transfer = await send(caller, name, data);
  if (transfer !== 0) await service.handlers['file.finish']!({ transfer }, caller);
}
const shown = (): Record<string, string> =>
  Object.fromEntries(Object.values(library.view().problems ?? {}).map(({ fileName, code }) => [fileName, code]));
const onDisk = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name !== 'index.json').sort();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-library-'));
  await open();
});
afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a file that is refused', () => {
  it.each([
    ['a source package', 'tool-1-1.src.rpm', SOURCE, 'package-not-installable', 'tool-1-1.src.rpm is a source package'],
    [
      'a delta package',
      'd.rpm',
      craftPackage({ payloadFormat: 'drpm' }),
      'package-not-installable',
      'd.rpm is a delta',
    ],
    ['a flipped payload', 'f.rpm', flipped(GOOD, 20), 'rpm-invalid', 'f.rpm, offset'],
    ['format 3, flipped', 'f3.rpm', flipped(craftPackage({ format: 3 }), 20), 'rpm-invalid', 'md5'],
    ['format 6, cut', 'f6.rpm', craftPackage({ format: 6 }).subarray(0, -500), 'rpm-invalid', 'the file ends here'],
    ['format 6, flipped', 'g6.rpm', flipped(craftPackage({ format: 6 }), 20), 'rpm-invalid', 'payload'],
    ['a bad cert list', 'c.certlist', Buffer.from('release 1\n'), 'certlist-invalid', 'title'],
  ])('%s leaves nothing behind and takes nothing from the others', async (_, name, data, code, message) => {
    await expect(upload(new TestCaller(), name, data)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await onDisk()).toEqual([]);
    expect(shown()).toEqual({});
    await upload(new TestCaller(), 'good.rpm', GOOD);
    await open();
    expect(Object.keys(library.view().packages)).toEqual(['good.rpm']);
  });

  it('leaves the older file of its name as it was', async () => {
    await upload(new TestCaller(), 'x.rpm', GOOD);
    await expect(upload(new TestCaller(), 'x.rpm', SOURCE)).rejects.toMatchObject({ code: 'package-not-installable' });
    expect(library.view().packages['x.rpm']).toMatchObject({ name: 'good', sha256: digestOf(GOOD) });
  });
});

describe('a folder with files that cannot be used', () => {
  it('lists each with its reason, uses the rest, and removes them by name', async () => {
    await upload(new TestCaller(), 'good.rpm', GOOD);
    await writeFile(join(folder, 'tool.src.rpm'), SOURCE);
    await writeFile(join(folder, 'notes.txt'), 'hello');
    await writeFile(join(folder, 'cut.rpm'), GOOD.subarray(0, -9));
    await mkdir(join(folder, 'lost+found'));
    await symlink('/nowhere/at/all.rpm', join(folder, 'link.rpm'));
    await open();
    expect(Object.keys(library.view().packages)).toEqual(['good.rpm']);
    expect(shown()).toMatchObject({
      'tool.src.rpm': 'package-not-installable',
      'notes.txt': 'package-name-invalid',
      'cut.rpm': 'rpm-invalid',
      'link.rpm': expect.any(String),
    });
    await upload(new TestCaller(), 'other.rpm', craftPackage({ name: 'other' }));
    for (const name of Object.keys(shown())) await library.remove(name);
    expect(shown()).toEqual({});
    expect(await onDisk()).toEqual(['good.rpm', 'lost+found', 'other.rpm']);
  });

  it.skipIf(process.platform !== 'linux')('one whose name is not UTF-8 too', async () => {
    const path = Buffer.concat([Buffer.from(`${folder}/gr`), Buffer.from([0xfc]), Buffer.from('n.rpm')]);
    await writeFile(path, GOOD);
    await open();
    expect(shown()).toEqual({ 'gr\\xfcn.rpm': 'package-name-invalid' });
    await library.remove('gr\\xfcn.rpm');
    expect(await onDisk()).toEqual([]);
  });

  it('an index with one spoiled record tells of the others still', async () => {
    await upload(new TestCaller('s1', 'anna'), 'a.rpm', GOOD);
    await upload(new TestCaller('s1', 'anna'), 'b.rpm', craftPackage({ name: 'b' }));
    const path = join(folder, 'index.json');
    const index = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...index, 'a.rpm': { sha256: 5 } }));
    await open();
    const { packages } = library.view();
    expect(packages['a.rpm']).toMatchObject({ uploadedBy: 'master', sha256: digestOf(GOOD) });
    expect(packages['b.rpm']).toMatchObject({ uploadedBy: 'anna' });
  });
});

describe('index and disk', () => {
  it('say the same when two sessions finish one name at once', async () => {
    for (let round = 0; round < 25; round++) {
      const builds = ['x', 'y', 'z'].map((word) =>
        craftPackage({ name: 'same', entries: [text(DISTRIBUTION, `${word}${round}`)] }),
      );
      const callers = builds.map((_, i) => new TestCaller(`s${i}`));
      const transfers = await Promise.all(builds.map((data, i) => send(callers[i]!, 'same.rpm', data)));
      await Promise.all(
        transfers.map((transfer, i) => Promise.resolve(service.handlers['file.finish']!({ transfer }, callers[i]!))),
      );
      const there = digestOf(await readFile(join(folder, 'same.rpm')));
      expect(library.view().packages['same.rpm']?.sha256).toBe(there);
      expect((await library.digestOf('same.rpm')).sha256).toBe(there);
    }
  });

  it('a record that does not say enough is not believed: the file is read', async () => {
    await upload(new TestCaller('s1', 'anna'), 'a.rpm', GOOD);
    const path = join(folder, 'index.json');
    const index = JSON.parse(await readFile(path, 'utf8')) as Record<string, Record<string, unknown>>;
    const { sha256, fileBytes, modifiedMs, uploadedBy, uploadedAtMs } = index['a.rpm'] ?? {};
    const old = { fileBytes, modifiedMs, uploadedBy, uploadedAtMs };
    await writeFile(path, JSON.stringify({ 'a.rpm': { ...old, sha256: 'f'.repeat(64) } }));
    await open();
    expect(library.view().packages['a.rpm']).toMatchObject({ sha256, uploadedBy: 'master' });
    await writeFile(path, JSON.stringify({ 'a.rpm': { ...old, sha256 } }));
    await open();
    expect(library.view().packages['a.rpm']).toMatchObject({ sha256, uploadedBy: 'anna' });
  });

  it('other bytes of one length and time are noticed at the next start', async () => {
    await upload(new TestCaller(), 'a.rpm', GOOD);
    const spoiled = flipped(GOOD, 20);
    const when = new Date(1_700_000_000_000);
    await utimes(join(folder, 'a.rpm'), when, when);
    await open();
    await writeFile(join(folder, 'a.rpm'), spoiled);
    await utimes(join(folder, 'a.rpm'), when, when);
    await open();
    expect(shown()).toEqual({ 'a.rpm': 'rpm-invalid' });
  });
});

describe('many at once', () => {
  it('200 transfers begun in one breath: sixteen get a place', async () => {
    const caller = new TestCaller();
    const begun = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => begin(caller, `p${i}.rpm`, GOOD)));
    expect(begun.filter((one) => one.status === 'fulfilled')).toHaveLength(16);
    expect(service.openTransfers).toBe(16);
    expect(
      begun.every((one) => one.status === 'fulfilled' || (one.reason as { code: string }).code === 'too-many-requests'),
    ).toBe(true);
  });

  it('the disk is promised to each once', async () => {
    await open({ readFreeBytes: () => Promise.resolve(GOOD.length * 3), reserveBytes: 0 });
    const begun = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => begin(new TestCaller(`s${i}`), `p${i}.rpm`, GOOD)),
    );
    expect(begun.filter((one) => one.status === 'fulfilled')).toHaveLength(3);
  });

  it('none is opened once the service is closing', async () => {
    const opening = begin(new TestCaller(), 'a.rpm', GOOD);
    const [begun] = await Promise.allSettled([opening, service.close()]);
    expect(begun?.status === 'fulfilled' || (begun?.reason as { code: string }).code === 'server-stopping').toBe(true);
    expect(service.openTransfers).toBe(0);
  });
});

describe('what unfinished uploads leave', () => {
  it('is bounded in number: the longest waiting goes', async () => {
    await open({ partsKept: { files: 3, bytes: 1 << 30 } });
    for (let i = 0; i < 6; i++) {
      const caller = new TestCaller(`s${i}`);
      const { transfer } = await begin(caller, `p${i}.rpm`, GOOD);
      await service.fileData(caller, transfer, 0, GOOD.subarray(0, 10));
      await service.handlers['file.abort']!({ transfer, discard: false }, caller);
      const [part] = (await onDisk()).filter((name) => name.startsWith(`p${i}.`));
      await utimes(join(folder, part ?? ''), i + 1, i + Date.now() / 1000 - 100);
    }
    expect((await onDisk()).map((name) => name.slice(0, 2))).toEqual(['p3', 'p4', 'p5']);
  });

  it('is bounded in bytes, and what is under way is never taken', async () => {
    await open({ partsKept: { files: 100, bytes: 2 * GOOD.length } });
    const busy = new TestCaller('busy');
    const { transfer } = await begin(busy, 'busy.rpm', GOOD);
    await service.fileData(busy, transfer, 0, GOOD.subarray(0, 2_000));
    for (let i = 0; i < 5; i++) {
      const caller = new TestCaller(`s${i}`);
      const begun = await begin(caller, `p${i}.rpm`, GOOD);
      await service.fileData(caller, begun.transfer, 0, GOOD.subarray(0, 1_000));
      await service.handlers['file.abort']!({ transfer: begun.transfer, discard: false }, caller);
    }
    const left = await onDisk();
    expect(left).toContain(`busy.rpm.${digestOf(GOOD).slice(0, 16)}.part`);
    expect(left.length).toBeLessThan(4);
    await service.fileData(busy, transfer, 2_000, GOOD.subarray(2_000));
    await service.handlers['file.finish']!({ transfer }, busy);
    expect(library.view().packages['busy.rpm']?.name).toBe('good');
  });
});

function flipped(bytes: Uint8Array, behindHead: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = readRpm(bytes).payloadOffset + behindHead;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
