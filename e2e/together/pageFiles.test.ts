import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import { createPageFiles, makePageHash } from '../../renderer/pageFiles.ts';

const bytesOf = (name: string): Buffer => readFileSync(join(SAMPLES_FOLDER, 'release-2', name));
const RPM = 'ptbase-17.20.03.01-1.noarch.rpm';

const fileOf = (name: string, content: Uint8Array): File => new File([Uint8Array.from(content)], name);

function setUp() {
  const offers: { file: string; name: string; sha256: string }[][] = [];
  let handles = 0;
  const files = createPageFiles((offered) => {
    offers.push(offered);
    return Promise.resolve({ ok: true, value: { handles: offered.map(() => `h${++handles}`) } });
  });
  return { files, offers };
}

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
