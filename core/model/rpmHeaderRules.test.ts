import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { RPM_LIMITS } from './rpmHeader.ts';
import { readRpm } from './RpmHeaderReader.ts';
import { SIGNATURE_TAG, TAG, TYPE } from './rpmTags.ts';
import {
  binary,
  craftHeader,
  craftLead,
  craftSealed,
  int16,
  int32,
  joinRpm,
  text,
  texts,
  type CraftedEntry,
  type CraftedRegion,
} from './testing/craftRpm.ts';
import { hasRpmTool } from './testing/rpmTool.ts';

const i18n = (tag: number, value: string): CraftedEntry => ({ tag, type: TYPE.i18nString, data: [value] });
const NEEDED: readonly CraftedEntry[] = [
  texts(100, 'C'),
  text(TAG.name, 'a'),
  text(TAG.version, '1'),
  text(TAG.release, '1'),
  i18n(TAG.summary, 'fine'),
  i18n(1005, 'fine'),
  int32(TAG.size, 1),
  text(TAG.os, 'linux'),
  text(TAG.arch, 'noarch'),
  text(TAG.sourceRpm, 'a-1-1.src.rpm'),
];
const signed = (size: number): CraftedEntry[] => [int32(SIGNATURE_TAG.size, size)];

/** A sealed package with these entries besides, and what is wrong with its region. */
function withMain(entries: readonly CraftedEntry[], region?: CraftedRegion): Uint8Array {
  const main = craftSealed([...NEEDED, ...entries], TAG.headerImmutable, region);
  return joinRpm(craftLead(), craftSealed(signed(main.length), TAG.headerSignatures), main);
}

function withSignature(region: CraftedRegion): Uint8Array {
  const main = craftSealed(NEEDED);
  return joinRpm(craftLead(), craftSealed(signed(main.length), TAG.headerSignatures, region), main);
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}

const plain = craftHeader(NEEDED);
const SOUND: readonly (readonly [string, Uint8Array])[] = [
  ['a sealed package', withMain([])],
  ['one that is not sealed', joinRpm(craftLead(), craftHeader(signed(plain.length)), plain)],
  ['a signature region that ends with the tag of old packages', withSignature({ trailerTag: 61 })],
  ['a signature entry behind its region', withSignature({ spans: 1 })],
  ['one kind of text for another', withMain([text(1118, '/')])],
  ['an unknown tag of any type', withMain([binary(8123, Uint8Array.of(1, 2))])],
  ['a tag that is not in order', withMain([text(1020, 'x'), text(1010, 'y')])],
];

const BROKEN: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['bytes 4 to 7 of the signature header', changed(withMain([]), 96 + 5, 1), /^offset 101: signature header expected/],
  ['bytes 4 to 7 of the main header', changed(withMain([]), 168 + 7, 1), /^offset 175: main header expected/],
  ['an entry without items', withMain([{ ...int32(TAG.buildTime, 1), raw: { count: 0 } }]), /tag 1006: no items/],
  ['a list without texts', withMain([{ ...texts(1018, 'x'), raw: { count: 0 } }]), /tag 1018: no items/],
  [
    'data that lie before those of the entry before',
    withMain([
      { ...int32(1008, 1), raw: { offset: 64 } },
      { ...int32(1006, 1), raw: { offset: 56 } },
    ]),
    /tag 1006: data at 56, before the end/,
  ],
  ['a region that is not first', withMain([], { place: 3 }), /tag 63: 100 or more expected here/],
  ['a second region', withMain([binary(61, new Uint8Array(16))]), /tag 61: 100 or more expected here/],
  ['a tag below 100', withMain([text(99, 'x')]), /tag 99: 100 or more expected here/],
  ['a negative tag', withMain([text(0xffff_fff0, 'x')]), /tag -16: 100 or more/],
  ['a region of another type', withMain([], { type: TYPE.int32 }), /region tag 63: data type 4/],
  ['a region of another length', withMain([], { count: 15 }), /region tag 63: data type 7, 15 items/],
  ['a trailer of another tag', withMain([], { trailerTag: 62 }), /its trailer says tag 62/],
  ['a trailer of another type', withMain([], { trailerType: 4 }), /its trailer says tag 63, data type 4/],
  ['a region that leaves entries out', withMain([text(1010, 'x')], { spans: 11 }), /it spans 176 bytes of index; 192/],
  ['a region with more entries than there are', withMain([], { spans: 500 }), /it spans 8000 bytes/],
  ['data behind the region', withMain([], { behind: 16 }), /trailer at \d+; the last 16 of/],
  ['a signature region with a foreign trailer', withSignature({ trailerTag: 63 }), /its trailer says tag 63/],
  ['a signature region of more entries than there are', withSignature({ spans: 3 }), /it spans 48 bytes of index; 32/],
  ['a number where rpm has a text', withMain([int32(1010, 5)]), /tag 1010: data type 4, which this tag never has/],
  ['a text where rpm has a number', withMain([text(1106, '1')]), /tag 1106: data type 6, which this tag never has/],
  ['a number of another width', withMain([int16(1006, 1)]), /tag 1006: data type 3, which this tag never has/],
];

describe('header rules', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Whether the installed rpm reads the head of the package. */
  function rpmReads(bytes: Uint8Array): boolean {
    const path = join(folder, 'x.rpm');
    writeFileSync(path, bytes);
    try {
      const options = ['-qp', '--nosignature', '--nodigest', '--qf', '%{NAME}', path];
      return execFileSync('rpm', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) === 'a';
    } catch {
      return false;
    }
  }

  it.each(SOUND)('%s is read', (_, bytes) => {
    expect(readRpm(bytes)).toMatchObject({ name: 'a', summary: 'fine' });
    if (hasRpmTool) expect(rpmReads(bytes)).toBe(true);
  });

  it.each(BROKEN)('%s: refused as rpm refuses it', (_, bytes, message) => {
    expect(() => readRpm(bytes)).toThrow(expect.objectContaining({ code: 'rpm-invalid' }));
    expect(() => readRpm(bytes)).toThrow(message);
    if (hasRpmTool) expect(rpmReads(bytes)).toBe(false);
  });
});

describe('limits', () => {
  it('100,001 provides are read', () => {
    const names = Array.from({ length: 100_001 }, (_, i) => `p${i}`);
    expect(readRpm(withMain([texts(TAG.provideName, ...names)])).provides).toHaveLength(100_001);
  });

  it.each([
    ['a summary', i18n(1020, '')],
    ['a name among the provides', texts(TAG.provideName, 'ok')],
  ])('%s of many KiB is refused', (what, { tag }) => {
    const long = 'x'.repeat(70_000);
    const entries =
      what === 'a summary'
        ? NEEDED.map((entry) => (entry.tag === TAG.summary ? i18n(TAG.summary, long) : entry))
        : [...NEEDED, texts(tag, 'ok', long)];
    const main = craftSealed(entries);
    expect(() => readRpm(joinRpm(craftLead(), craftHeader(signed(main.length)), main))).toThrow(
      /a text of 70000 bytes; at most 65536 expected/,
    );
  });

  it('a scriptlet may be long, within a bound', () => {
    const script = 'true\n'.repeat(40_000);
    expect(readRpm(withMain([text(TAG.preIn, script)])).scriptlets[0]?.body).toBe(script);
    const beyond = 'x'.repeat(RPM_LIMITS.scriptBytes + 1);
    expect(() => readRpm(withMain([text(TAG.preIn, beyond)]))).toThrow(PutError);
  });
});
