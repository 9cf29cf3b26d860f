import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { type CheckedRpm, type MakeHash, RpmFileCheck } from './RpmFileCheck.ts';
import { demandInstallable, notInstallable } from './rpmHeader.ts';
import { readRpm } from './RpmHeaderReader.ts';
import { TAG, TYPE } from './rpmTags.ts';
import { inOneGo } from './sliced.ts';
import { craftPackage, makeTestHash as makeHash } from './testing/craftPackage.ts';
import { hasRpmTool, samplePackages } from './testing/rpmTool.ts';

const SEED = 20_261_126;

function check(bytes: Uint8Array, chunk = bytes.length, hashes: MakeHash = makeHash): CheckedRpm {
  const file = new RpmFileCheck(hashes);
  for (let at = 0; at < bytes.length; at += chunk) inOneGo(file.push(bytes.subarray(at, at + chunk)));
  return file.end();
}

function faultOf(bytes: Uint8Array): string | undefined {
  try {
    check(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof PutError) || error.code !== 'rpm-invalid') throw error;
    return error.message;
  }
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const FORMATS = [3, 4, 6] as const;
const COMPARED = {
  3: ['md5 of the main header and payload'],
  4: [
    'sha1 of the main header',
    'sha256 of the main header',
    'sha256 of the payload',
    'md5 of the main header and payload',
  ],
  6: ['sha256 of the main header', 'sha256 of the payload', 'sha512 of the payload'],
};

describe('every byte of a package', () => {
  it.each(samplePackages())('$fileName: its digests agree', ({ bytes }) => {
    expect(check(bytes).compared).toEqual(COMPARED[4]);
  });

  it.each(FORMATS)('format %s: what the package says of itself is compared, however it is cut', (format) => {
    const bytes = craftPackage({ format });
    expect(readRpm(bytes)).toMatchObject({ format, expectedFileBytes: bytes.length });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (chunk) => {
        expect(check(bytes, chunk)).toMatchObject({ compared: COMPARED[format], fileBytes: bytes.length });
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it.each(FORMATS)('format %s: a flipped bit anywhere in header or payload is found', (format) => {
    const bytes = craftPackage({ format });
    const { headerOffset, payloadOffset } = readRpm(bytes);
    fc.assert(
      fc.property(fc.integer({ min: headerOffset, max: bytes.length - 1 }), (at) => {
        expect(faultOf(flipped(bytes, at))).toBeDefined();
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(faultOf(flipped(bytes, payloadOffset + 9))).toMatch(
      /not as it was built: \w+ of the (main header and )?payload is [0-9a-f]+/,
    );
  });

  it.each(FORMATS)('format %s: one that is cut or goes on is found', (format) => {
    const bytes = craftPackage({ format });
    expect(faultOf(bytes.subarray(0, bytes.length - 500))).toMatch(
      `offset ${bytes.length - 500}: the file ends here; its header announces ${bytes.length} bytes`,
    );
    expect(faultOf(Uint8Array.from([...bytes, 0]))).toMatch(`the file goes on to ${bytes.length + 1} bytes`);
  });

  it('a digest that this machine cannot make is left out, not taken as compared', () => {
    const noMd5: MakeHash = (algorithm) => (algorithm === 'md5' ? undefined : makeHash(algorithm));
    expect(check(craftPackage({ format: 3 }), 1_000, noMd5).compared).toEqual([]);
  });
});

describe.skipIf(!hasRpmTool)('as rpm judges', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-check-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function rpmAgrees(bytes: Uint8Array): boolean {
    const path = join(folder, 'x.rpm');
    writeFileSync(path, bytes);
    try {
      execFileSync('rpm', ['-K', '--nosignature', path], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  it.each([3, 4] as const)('format %s: sound, flipped and cut', (format) => {
    const bytes = craftPackage({ format });
    const { payloadOffset, headerOffset } = readRpm(bytes);
    const cases = [
      bytes,
      flipped(bytes, payloadOffset + 100),
      flipped(bytes, headerOffset + 200),
      bytes.subarray(0, -9),
    ];
    for (const one of cases) expect(faultOf(one) === undefined).toBe(rpmAgrees(one));
  });
});

describe('what nodes cannot install', () => {
  it('is named for what it is', () => {
    expect(notInstallable(readRpm(craftPackage()))).toBeUndefined();
    const source = readRpm(craftPackage({ source: true }));
    expect(() => demandInstallable(source, 'x.src.rpm')).toThrow('x.src.rpm is a source package');
    const delta = readRpm(craftPackage({ payloadFormat: 'drpm' }));
    expect(() => demandInstallable(delta, 'x.rpm')).toThrow('x.rpm is a delta package');
    expect(() => check(new TextEncoder().encode('drpmDLT3 and more'))).toThrow(
      expect.objectContaining({ code: 'package-not-installable' }),
    );
  });
});

describe('slices', () => {
  it('a large head is read in many short pieces of work', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `provides-${i}`);
    const bytes = craftPackage({ entries: [{ tag: TAG.provideName, type: TYPE.stringArray, data: names }] });
    const work = new RpmFileCheck(makeHash).push(bytes);
    let slices = 0;
    while (work.next().done !== true) slices++;
    // Looking for the ends of 200,000 texts, reading them and putting them together, at most 5,000 at a time.
    expect(slices).toBeGreaterThan(3 * 40);
  });
});
