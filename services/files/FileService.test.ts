import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileCaller } from '../service.ts';
import { FileService, type FileServiceOptions } from './FileService.ts';
import { writeAt } from './IncomingFile.ts';
import { checkLibraryFileName } from '../../core/model/libraryFileName.ts';
import { PackageLibrary } from './PackageLibrary.ts';
import { TestCaller } from './testing/TestCaller.ts';

const SAMPLES = fileURLToPath(new URL('../../assets/packages/', import.meta.url));
const RPM = 'ptdbms-17.20.03.01-1.x86_64.rpm';
const log = { info: () => {}, warn: () => {}, error: () => {} };
const MIB = 1024 * 1024;

let folder: string;
let library: PackageLibrary;
let service: FileService;
let nowMs: number;
let bytes: Buffer;
let sha256: string;

async function open(options: Partial<FileServiceOptions> = {}): Promise<FileService> {
  library = await PackageLibrary.open({ folder: join(folder, 'library'), log, now: () => nowMs });
  service = await FileService.open({ library, log, maxFileBytes: 64 * MIB, now: () => nowMs, ...options });
  return service;
}

beforeEach(async () => {
  nowMs = Date.now();
  folder = await mkdtemp(join(tmpdir(), 'put-files-'));
  bytes = await readFile(join(SAMPLES, 'release-2', RPM));
  sha256 = digestOf(bytes);
  await open();
});
afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

const digestOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

const begin = (caller: FileCaller, name = RPM, data: Uint8Array = bytes, digest = digestOf(data)) =>
  Promise.resolve(service.handlers['file.begin']?.({ name, sizeBytes: data.length, sha256: digest }, caller)).then(
    (answer) => answer!,
  );
const finish = (caller: FileCaller, transfer: number) =>
  Promise.resolve().then(() => service.handlers['file.finish']?.({ transfer }, caller));

/** Sends from the offset as far as wanted, never beyond the credit. */
async function send(
  caller: TestCaller,
  transfer: number,
  from: number,
  to: number,
  data: Uint8Array = bytes,
  chunk = 10_000,
): Promise<void> {
  for (let at = from; at < to;) {
    const until = Math.min(at + chunk, to, await caller.allowedFor(transfer));
    expect(until).toBeGreaterThan(at);
    await service.fileData(caller, transfer, at, data.subarray(at, until));
    at = until;
  }
}

async function upload(caller: TestCaller, name = RPM, data: Uint8Array = bytes): Promise<void> {
  const { transfer, offset, complete } = await begin(caller, name, data);
  if (complete) return;
  await send(caller, transfer, offset, data.length, data);
  await finish(caller, transfer);
}

const problems = (): [string, string][] =>
  Object.values(library.view().problems ?? {}).map(({ fileName, code }) => [fileName, code]);

const libraryFiles = async (): Promise<string[]> =>
  (await readdir(join(folder, 'library'))).filter((name) => name !== 'index.json').sort();

describe('an upload', () => {
  it('brings a package into the library and its topic', async () => {
    const topic = service.topic('library');
    if (topic?.kind !== 'state') throw new Error('no topic');
    const before = topic.number();
    const caller = new TestCaller();
    await upload(caller);
    expect(library.view().packages[RPM]).toMatchObject({
      ...{ name: 'ptdbms', epoch: 1, version: '17.20.03.01', arch: 'x86_64', sha256, fileBytes: bytes.length },
      uploadedBy: 'anna',
    });
    expect(topic.number()).toBeGreaterThan(before);
    expect(await libraryFiles()).toEqual([RPM]);
    expect(digestOf(await readFile(library.filePath(RPM)))).toBe(sha256);
    expect((await begin(caller)).complete).toBe(true);
    expect(service.openTransfers).toBe(0);
  });

  it('takes a cert list and tells what is missing', async () => {
    await upload(new TestCaller());
    const name = 'put-17.20.certlist';
    await upload(new TestCaller(), name, await readFile(join(SAMPLES, 'release-2', name)));
    const certList = library.certList(name);
    expect(certList).toMatchObject({ release: '17.20.03', fileName: name });
    expect(certList.missing).toContain('ptbase-17.20.03.01-1.noarch');
    expect(certList.missing.join()).not.toContain('ptdbms');
  });

  it('gives credit in windows and refills them at half', async () => {
    await open({ windowBytesOf: () => 64 * 1024 });
    const data = Buffer.alloc(300_000, 7);
    const caller = new TestCaller();
    const { transfer } = await begin(caller, 'big.rpm', data);
    expect(await caller.allowedFor(transfer)).toBe(65_536);
    await send(caller, transfer, 0, 30_000, data);
    expect(caller.credits.at(-1)).toEqual([transfer, 30_000, 65_536]);
    await send(caller, transfer, 30_000, 40_000, data);
    expect(caller.credits.at(-1)).toEqual([transfer, 40_000, 105_536]);
    await expect(service.fileData(caller, transfer, 40_000, data.subarray(0, 65_537))).rejects.toMatchObject({
      code: 'message-invalid',
    });
    expect(caller.credits.at(-1)).toEqual([transfer, 0, 0]);
  });

  it('takes an empty file as far as its kind allows', async () => {
    const caller = new TestCaller();
    const { transfer } = await begin(caller, 'empty.rpm', new Uint8Array(0));
    await expect(finish(caller, transfer)).rejects.toMatchObject({ code: 'rpm-invalid' });
    expect(await libraryFiles()).toEqual([]);
  });

  it('replaces an older file of the same name', async () => {
    await upload(new TestCaller());
    const other = await readFile(join(SAMPLES, 'release-2', 'ptbase-17.20.03.01-1.noarch.rpm'));
    await upload(new TestCaller(), RPM, other);
    expect(library.view().packages[RPM]?.name).toBe('ptbase');
    expect(await libraryFiles()).toEqual([RPM]);
  });

  it('several at once from several sessions all arrive', async () => {
    const names = (await readdir(join(SAMPLES, 'release-2'))).filter((name) => name.endsWith('.rpm'));
    await Promise.all(
      names.map(async (name, i) =>
        upload(new TestCaller(`s${i % 3}`), name, await readFile(join(SAMPLES, 'release-2', name))),
      ),
    );
    expect(Object.keys(library.view().packages).sort()).toEqual([...names].sort());
    await Promise.all(names.map((name) => library.remove(name, library.view().packages[name]?.sha256)));
    expect(library.view().packages).toEqual({});
  });
});

describe('resume', () => {
  it('goes on from what is on disk after a lost line, in a new session, and after a restart', async () => {
    const first = new TestCaller('s1');
    const begun = await begin(first);
    await send(first, begun.transfer, 0, 1_000);
    service.callerGone('s1');
    const second = new TestCaller('s2');
    const again = await begin(second);
    expect(again.offset).toBe(1_000);
    await expect(service.fileData(first, begun.transfer, 1_000, bytes.subarray(1_000, 1_010))).rejects.toMatchObject({
      code: 'transfer-unknown',
    });
    await send(second, again.transfer, 1_000, 2_500);
    await service.close();
    await open();
    const third = new TestCaller('s3');
    const last = await begin(third);
    expect(last.offset).toBe(2_500);
    await send(third, last.transfer, 2_500, bytes.length);
    expect(await finish(third, last.transfer)).toEqual({ name: RPM, sha256 });
  });

  it('the same session may begin again at any time', async () => {
    const caller = new TestCaller();
    const one = await begin(caller);
    await send(caller, one.transfer, 0, 500);
    const two = await begin(caller);
    expect(two.offset).toBe(500);
    expect(two.transfer).not.toBe(one.transfer);
    await send(caller, two.transfer, 500, bytes.length);
    await finish(caller, two.transfer);
    expect(service.openTransfers).toBe(0);
  });

  it('tells a second living session to wait, and takes over a silent one', async () => {
    const anna = new TestCaller('s1', 'anna');
    const { transfer } = await begin(anna);
    await send(anna, transfer, 0, 100);
    const ben = new TestCaller('s2', 'ben');
    await expect(begin(ben)).rejects.toMatchObject({
      code: 'transfer-busy',
      message: `${RPM} is being sent by anna from laptop`,
    });
    nowMs += 20_001;
    expect((await begin(ben)).offset).toBe(100);
    expect(anna.credits.at(-1)).toEqual([transfer, 0, 0]);
  });

  it('begins anew when the part is longer than the file', async () => {
    await writeFile(join(folder, 'library', `${RPM}.${sha256.slice(0, 16)}.part`), Buffer.alloc(bytes.length + 1));
    expect((await begin(new TestCaller())).offset).toBe(0);
  });

  it('finds a part that was spoiled, removes it, and the next try succeeds', async () => {
    const caller = new TestCaller();
    await writeFile(join(folder, 'library', `${RPM}.${sha256.slice(0, 16)}.part`), Buffer.alloc(1_000));
    const spoiled = await begin(caller);
    expect(spoiled.offset).toBe(1_000);
    await send(caller, spoiled.transfer, 1_000, bytes.length);
    await expect(finish(caller, spoiled.transfer)).rejects.toMatchObject({ code: 'file-digest-mismatch' });
    expect(await libraryFiles()).toEqual([]);
    await upload(caller);
    expect(await libraryFiles()).toEqual([RPM]);
  });

  it('any way of cutting gives the whole file', async () => {
    const cut = fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.constantFrom('line', 'restart', 'again')), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(cut, async (cuts) => {
        await service.close();
        await rm(join(folder, 'library'), { recursive: true, force: true });
        await open();
        for (const [i, [length, kind]] of cuts.entries()) {
          const caller = new TestCaller(`s${i}`);
          const { transfer, offset } = await begin(caller);
          await send(caller, transfer, offset, Math.min(bytes.length, offset + length), bytes, 700);
          if (kind === 'line') service.callerGone(caller.sessionId);
          else if (kind === 'restart') {
            await service.close();
            await open();
          } else nowMs += 30_000;
        }
        await upload(new TestCaller('last'));
        expect(library.view().packages[RPM]?.sha256).toBe(sha256);
      }),
      { seed: 42, numRuns: 15 },
    );
  });

  it('removes parts that nobody went on with for a month', async () => {
    const part = join(folder, 'library', `${RPM}.${sha256.slice(0, 16)}.part`);
    await writeFile(part, 'old');
    await utimes(part, nowMs / 1000 - 40 * 86_400, nowMs / 1000 - 40 * 86_400);
    await open();
    expect(await libraryFiles()).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each([
    '../etc/passwd.rpm',
    'a/b.rpm',
    'a\\b.rpm',
    '..rpm',
    'a..rpm',
    '.hidden.rpm',
    '-option.rpm',
    'a b.rpm',
    'a\u0000.rpm',
    'a\n.rpm',
    'ä.rpm',
    'a.rpm.part',
    'index.json',
    'a.exe',
    `${'a'.repeat(200)}.rpm`,
  ])('the name %j', async (name) => {
    await expect(begin(new TestCaller(), name)).rejects.toMatchObject({ code: 'package-name-invalid' });
    expect(() => library.filePath(name)).toThrow(expect.objectContaining({ code: 'package-name-invalid' }));
  });

  it('no name leads out of the folder', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.constantFrom('.rpm', '.certlist', ''), (start, end) => {
        try {
          checkLibraryFileName(start + end);
        } catch {
          return;
        }
        expect(start + end).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._+~^-]*$/);
        expect(start + end).not.toContain('..');
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('a file beyond MAXFILEMIB', async () => {
    await open({ maxFileBytes: 1_000 });
    await expect(begin(new TestCaller())).rejects.toMatchObject({ code: 'file-too-large' });
  });

  it('more transfers than a session may have', async () => {
    const caller = new TestCaller();
    for (let i = 0; i < 16; i++) await begin(caller, `p${i}.rpm`);
    await expect(begin(caller, 'p16.rpm')).rejects.toMatchObject({ code: 'too-many-requests' });
    expect((await begin(new TestCaller('s2'), 'p16.rpm')).offset).toBe(0);
  });

  it('a file that is no package, with its name and the offset', async () => {
    const caller = new TestCaller();
    const { transfer, offset } = await begin(caller, 'text.rpm', Buffer.from('this is only some text'));
    await send(caller, transfer, offset, 22, Buffer.from('this is only some text'));
    await expect(finish(caller, transfer)).rejects.toMatchObject({
      code: 'rpm-invalid',
      details: { name: 'text.rpm', offset: 0 },
    });
    expect(await libraryFiles()).toEqual([]);
  });

  it('a package that ends too early', async () => {
    const cutOff = bytes.subarray(0, bytes.length - 7);
    await expect(upload(new TestCaller(), RPM, cutOff)).rejects.toMatchObject({ code: 'rpm-invalid' });
  });

  it('a cert list with a wrong line', async () => {
    await expect(
      upload(new TestCaller(), 'x.certlist', Buffer.from('release 1\ntitle x\nfoo bar\n')),
    ).rejects.toMatchObject({
      code: 'certlist-invalid',
      message: expect.stringContaining('x.certlist, line 3'),
    });
  });

  it('finish before the end, bytes out of order, and transfers of others', async () => {
    const caller = new TestCaller();
    const { transfer } = await begin(caller);
    await expect(finish(caller, transfer)).rejects.toMatchObject({ code: 'message-invalid' });
    await expect(finish(new TestCaller('s2'), transfer)).rejects.toMatchObject({ code: 'transfer-unknown' });
    await expect(service.fileData(caller, transfer, 5, bytes.subarray(0, 5))).rejects.toMatchObject({
      code: 'message-invalid',
    });
    await expect(finish(caller, transfer)).rejects.toMatchObject({ code: 'transfer-unknown' });
  });
});

describe('abort and remove', () => {
  it('keeps or discards what arrived', async () => {
    const caller = new TestCaller();
    for (const discard of [false, true]) {
      const { transfer, offset } = await begin(caller);
      await send(caller, transfer, offset, offset + 500);
      await service.handlers['file.abort']?.({ transfer, discard }, caller);
      expect(await libraryFiles()).toHaveLength(discard ? 0 : 1);
    }
  });

  it('removes a package', async () => {
    await upload(new TestCaller());
    const remove = (sha256?: string) => service.handlers['file.remove']?.({ name: RPM, sha256 }, new TestCaller());
    const sha256 = library.view().packages[RPM]?.sha256;
    await expect(remove()).rejects.toMatchObject({ code: 'package-unknown' });
    await expect(remove('0'.repeat(64))).rejects.toMatchObject({ code: 'already-done' });
    expect(Object.keys(library.view().packages)).toEqual([RPM]);
    await remove(sha256);
    expect(library.view().packages).toEqual({});
    await expect(remove(sha256)).rejects.toMatchObject({ code: 'already-done' });
    await expect(remove()).rejects.toMatchObject({ code: 'package-unknown' });
  });
});

describe('a full disk', () => {
  it('is told before the first byte', async () => {
    await open({ readFreeBytes: () => Promise.resolve(MIB), reserveBytes: MIB });
    await expect(begin(new TestCaller())).rejects.toMatchObject({ code: 'library-full', details: { freeBytes: MIB } });
    expect(await libraryFiles()).toEqual([]);
  });

  it('counts what other transfers were promised', async () => {
    await open({ readFreeBytes: () => Promise.resolve(bytes.length * 2 - 1), reserveBytes: 0 });
    await begin(new TestCaller(), 'a.rpm');
    await expect(begin(new TestCaller(), 'b.rpm')).rejects.toMatchObject({ code: 'library-full' });
  });

  it('in the middle parks the transfer; it goes on when there is room', async () => {
    let full = false;
    await open({
      writeAt: async (handle, data, offset) => {
        if (!full) return writeAt(handle, data, offset);
        await handle.write(data, 0, 10, offset);
        throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      },
    });
    const caller = new TestCaller();
    const { transfer } = await begin(caller);
    await send(caller, transfer, 0, 2_000);
    full = true;
    await expect(service.fileData(caller, transfer, 2_000, bytes.subarray(2_000, 3_000))).rejects.toMatchObject({
      code: 'library-full',
    });
    expect(caller.credits.at(-1)).toEqual([transfer, 0, 0]);
    full = false;
    const again = await begin(caller);
    expect(again.offset).toBe(2_000);
    await send(caller, again.transfer, 2_000, bytes.length);
    await finish(caller, again.transfer);
    expect(library.view().packages[RPM]?.sha256).toBe(sha256);
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'of a real file system: nothing is lost, and the service goes on',
    async (context) => {
      await service.close();
      const mounted = join(folder, 'library');
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mounted], { stdio: 'ignore' });
      } catch {
        return context.skip();
      }
      try {
        await open({ reserveBytes: 0, readFreeBytes: () => Promise.resolve(10 * MIB) });
        const data = Buffer.alloc(400_000, 1);
        const caller = new TestCaller();
        const { transfer } = await begin(caller, 'big.rpm', data);
        await expect(send(caller, transfer, 0, data.length, data)).rejects.toMatchObject({ code: 'library-full' });
        const stored = (await begin(caller, 'big.rpm', data)).offset;
        expect(stored).toBeGreaterThan(100_000);
        service.callerGone(caller.sessionId);
        await service.close();
        await open({ reserveBytes: 0 });
        await expect(begin(caller, 'big.rpm', data)).rejects.toMatchObject({ code: 'library-full' });
        const [part] = await libraryFiles();
        expect((await stat(join(mounted, part!))).size).toBe(stored);
        await truncate(join(mounted, part!), 0);
        await upload(new TestCaller('s2'));
        expect(library.view().packages[RPM]?.sha256).toBe(sha256);
        await service.close();
      } finally {
        execFileSync('umount', ['-l', mounted]);
      }
    },
  );
});

describe('the library at its start', () => {
  it('takes what was copied in by hand, leaves broken files and says so', async () => {
    await service.close();
    const place = join(folder, 'library');
    await cp(join(SAMPLES, 'release-1'), place, { recursive: true });
    await writeFile(join(place, 'broken.rpm'), 'no package');
    await writeFile(join(place, 'cut.rpm'), bytes.subarray(0, 500));
    await writeFile(join(place, 'bad.certlist'), 'hello');
    await mkdir(join(place, 'folder.rpm'));
    await open();
    expect(Object.keys(library.view().packages)).toHaveLength(11);
    expect(library.view().packages['ptbase-17.10.04.02-1.noarch.rpm']?.uploadedBy).toBe('master');
    expect(library.view().certLists['put-17.10.certlist']?.missing).toEqual([]);
    expect(problems()).toEqual([
      ['bad.certlist', 'certlist-invalid'],
      ['broken.rpm', 'rpm-invalid'],
      ['cut.rpm', 'rpm-invalid'],
      ['installed.json', 'package-name-invalid'],
    ]);
    expect(library.view().problems?.['cut.rpm']).toMatchObject({
      fileBytes: 500,
      message: expect.stringContaining('offset 500'),
    });
    for (const name of ['broken.rpm', 'installed.json'])
      await service.handlers['file.remove']?.({ name }, new TestCaller());
    expect(problems().map(([fileName]) => fileName)).toEqual(['bad.certlist', 'cut.rpm']);
    expect(await libraryFiles()).not.toContain('installed.json');
  });

  it('keeps who uploaded what, and notices a file that was changed by hand', async () => {
    await upload(new TestCaller());
    await open();
    expect(library.view().packages[RPM]).toMatchObject({ uploadedBy: 'anna', sha256 });
    const other = await readFile(join(SAMPLES, 'release-2', 'ptbase-17.20.03.01-1.noarch.rpm'));
    await writeFile(library.filePath(RPM), other);
    expect((await library.digestOf(RPM)).sha256).toBe(digestOf(other));
    await library.rescan();
    expect(library.view().packages[RPM]).toMatchObject({ name: 'ptbase', uploadedBy: 'master' });
  });

  it('shares what did not change with the view before', async () => {
    await upload(new TestCaller());
    const before = library.view().packages[RPM];
    await upload(
      new TestCaller(),
      'x.rpm',
      await readFile(join(SAMPLES, 'release-2', 'ptbase-17.20.03.01-1.noarch.rpm')),
    );
    expect(library.view().packages[RPM]).toBe(before);
  });
});
