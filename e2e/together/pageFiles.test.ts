import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import type { FileHandle } from '../../renderer/fileHandles.ts';
import type { KeptFile, KeptFiles } from '../../renderer/keptFiles.ts';
import { createPageFiles, makePageHash } from '../../renderer/pageFiles.ts';

const bytesOf = (name: string): Buffer => readFileSync(join(SAMPLES_FOLDER, 'release-2', name));
const RPM = 'ptbase-17.20.03.01-1.noarch.rpm';

const fileOf = (name: string, content: Uint8Array): File => new File([Uint8Array.from(content)], name);

function setUp(kept?: KeptFiles) {
  const offers: { file: string; name: string; sha256: string }[][] = [];
  let handles = 0;
  const withdrawn: string[] = [];
  const files = createPageFiles(
    {
      offer: (offered) => {
        offers.push(offered);
        return Promise.resolve({ ok: true, value: { handles: offered.map(() => `h${++handles}`) } });
      },
      known: (names) => Promise.resolve({ ok: true, value: { files: names.filter((name) => name !== 'forgotten') } }),
      withdraw: (names) => {
        withdrawn.push(...names);
        return Promise.resolve({ ok: true, value: {} });
      },
    },
    kept,
  );
  return { files, offers, withdrawn };
}

/** A file that a page which is gone had, as the browser remembers it: with or without leave to read it. */
function keptFile(
  file: string,
  may: PermissionState | undefined,
  now: File,
  lastModifiedMs = now.lastModified,
): KeptFile {
  const leave = { may };
  const handle: FileHandle = {
    kind: 'file',
    getFile: () => (leave.may === 'granted' ? Promise.resolve(now) : Promise.reject(new Error('NotAllowedError'))),
    queryPermission: () => Promise.resolve(leave.may ?? 'denied'),
    requestPermission: () => Promise.resolve((leave.may = 'granted')),
  };
  const offered = { file, name: now.name, sizeBytes: now.size, sha256: 'a'.repeat(64) };
  return { offered, page: 'before', lastModifiedMs, ...(may && { handle }) };
}

function browserWith(files: readonly KeptFile[]) {
  const kept = new Map(files.map((one) => [one.offered.file, one]));
  const browser: KeptFiles = {
    page: 'now',
    keep: (more) => Promise.resolve(more.forEach((one) => kept.set(one.offered.file, one))),
    ofGonePages: () => Promise.resolve([...kept.values()].filter(({ page }) => page !== 'now')),
    forget: (names) => Promise.resolve(names.forEach((name) => kept.delete(name))),
  };
  return { browser, kept };
}

describe('files of a page that is gone', () => {
  it('are offered again under their names where the browser still gives them unchanged; the others are out of reach at once', async () => {
    const same = fileOf('same.rpm', Buffer.from('same'));
    const { browser, kept } = browserWith([
      keptFile('same', 'granted', same),
      keptFile('changed', 'granted', same, same.lastModified - 1),
      keptFile('asked', 'prompt', same),
      keptFile('chosen', undefined, same),
      keptFile('forgotten', 'granted', same),
    ]);
    const { files, offers, withdrawn } = setUp(browser);
    expect(await files.takeOver()).toEqual(['same.rpm']);
    expect(offers.flat().map(({ file }) => file)).toEqual(['same']);
    expect(withdrawn.sort()).toEqual(['asked', 'changed', 'chosen']);
    expect([...kept].map(([name, { page }]) => [name, page])).toEqual([
      ['same', 'now'],
      ['asked', 'before'],
    ]);
    expect(await files.read('same', 1, 3)).toEqual(Uint8Array.from(Buffer.from('ame')));
    // With the leave of the person the rest goes on as well.
    expect(await files.askForKept()).toEqual(['same.rpm']);
    expect(offers.flat().map(({ file }) => file)).toEqual(['same', 'asked']);
    expect(await files.askForKept()).toEqual([]);
  });

  it('stay as they were where the browser remembers nothing, or cannot', async () => {
    const failing: KeptFiles = {
      page: 'now',
      keep: () => Promise.reject(new Error('no room')),
      ofGonePages: () => Promise.reject(new Error('no store')),
      forget: () => Promise.reject(new Error('no store')),
    };
    for (const kept of [failing, undefined]) {
      const { files, offers } = setUp(kept);
      expect(await files.takeOver()).toEqual([]);
      const taken = await files.take([fileOf(RPM, bytesOf(RPM))]);
      expect([taken.ok, offers.length]).toEqual([true, 1]);
    }
  });
});

describe('files that are chosen in a page', () => {
  it('are read whole, named for what they are, and offered by their digest; the others are told why not', async () => {
    const { files, offers } = setUp();
    const rpm = bytesOf(RPM);
    const damaged = Buffer.from(rpm);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    const certlist = bytesOf('put-17.20.certlist');
    const answer = await files.take([
      fileOf(RPM, rpm),
      fileOf('damaged-1-1.noarch.rpm', damaged),
      fileOf('put-17.20.CERTLIST', certlist),
      fileOf('notes.txt', Buffer.from('x')),
    ]);
    const rows = answer.ok ? answer.value.files : [];
    expect(rows.map(({ name, identity, error }) => [name, identity, error?.code])).toEqual([
      [RPM, 'ptbase-17.20.03.01-1.noarch', undefined],
      ['damaged-1-1.noarch.rpm', undefined, 'rpm-invalid'],
      ['put-17.20.certlist', expect.stringContaining('cert list 17.20'), undefined],
      ['notes.txt', undefined, 'package-name-invalid'],
    ]);
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(offers.flat().map(({ sha256 }) => sha256)).toEqual([digest(rpm), digest(certlist)]);
  });

  it('are given in parts, by the name that they were offered under, as long as they are what was chosen', async () => {
    const { files, offers } = setUp();
    const rpm = bytesOf(RPM);
    await files.take([fileOf(RPM, rpm)]);
    const name = offers[0]?.[0]?.file ?? '';
    expect(await files.read(name, 10, 20)).toEqual(Uint8Array.from(rpm.subarray(10, 30)));
    expect(await files.read(name, rpm.length - 5, 20)).toMatchObject({ code: 'file-changed' });
    expect(await files.read('another', 0, 1)).toMatchObject({ code: 'file-unreadable' });
    expect(files.nameOf('h1')).toBe(RPM);
    expect([...(await files.offerAgain())]).toEqual([['h1', 'h2']]);
    expect(offers[1]?.[0]?.file).toBe(name);
  });
});

it('digests of a page are those of Node', () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 256);
  for (const algorithm of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']) {
    const hash = makePageHash(algorithm);
    hash?.update(bytes.subarray(0, 5_000));
    hash?.update(bytes.subarray(5_000));
    expect([algorithm, hash?.hex()]).toEqual([algorithm, createHash(algorithm).update(bytes).digest('hex')]);
  }
  expect(makePageHash('constructor')).toBeUndefined();
});
