import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { RPM_LIMITS, type RpmHeader } from './rpmHeader.ts';
import { readRpm, RpmHeaderReader } from './RpmHeaderReader.ts';
import { SIGNATURE_TAG, TAG, TYPE } from './rpmTags.ts';
import { binary, craftHeader, craftLead, type CraftedEntry, int32, joinRpm, text, texts } from './testing/craftRpm.ts';
import { samplePackages } from './testing/rpmTool.ts';

const SEED = 20_261_122;
const samples = samplePackages();
const small = samples.reduce((a, b) => (b.bytes.length < a.bytes.length ? b : a)).bytes;
const many = samples.find((one) => one.fileName.startsWith('ptdbms-17.20'))?.bytes ?? small;

/** The fault of a package; undefined when it can be read. Anything but a PutError rpm-invalid with an offset fails the test. */
function faultOf(bytes: Uint8Array): PutError | undefined {
  try {
    readRpm(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof PutError) || error.code !== 'rpm-invalid') throw error;
    const { offset } = error.details;
    // Plain comparisons: this runs many thousand times.
    if (typeof offset !== 'number' || !error.message.startsWith(`offset ${offset}: `)) {
      throw new Error(`no offset in: ${error.message}`, { cause: error });
    }
    return error;
  }
}

describe('RpmHeaderReader', () => {
  it('gives the same header however the bytes are cut', () => {
    const whole = readRpm(many);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const reader = new RpmHeaderReader();
        let at = 0;
        for (let i = 0; at < many.length && !reader.isDone; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          reader.push(many.subarray(at, at + size));
          at += size;
        }
        expect(reader.header).toEqual(whole);
        expect(reader.bytesNeeded).toBe(whole.payloadOffset);
        // No more of the file was asked for than the head and the rest of one chunk.
        expect(at - whole.payloadOffset).toBeLessThan(900);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('is right when the bytes come one at a time', () => {
    const reader = new RpmHeaderReader();
    let at = 0;
    while (!reader.push(small.subarray(at, at + 1))) at += 1;
    expect(at + 1).toBe(reader.header.payloadOffset);
    expect(reader.header).toEqual(readRpm(small));
  });

  it('never asks for more than what it needs for the next step', () => {
    const reader = new RpmHeaderReader();
    const asked: number[] = [];
    while (!reader.isDone) {
      asked.push(reader.bytesNeeded);
      const from = asked.at(-2) ?? 0;
      reader.push(small.subarray(from, reader.bytesNeeded));
    }
    expect(asked).toHaveLength(5);
    expect(asked[0]).toBe(96);
    expect(asked.at(-1)).toBe(reader.header.payloadOffset);
  });

  it.each([
    ['small', small],
    ['with many parts', many],
  ])('a %s package cut at every byte: an error before the end of the head, none after', (_, bytes) => {
    const { payloadOffset } = readRpm(bytes);
    for (let length = 0; length < bytes.length; length += 1) {
      const fault = faultOf(bytes.subarray(0, length));
      const expected = length >= payloadOffset ? undefined : length;
      if (fault?.details['offset'] !== expected) expect.fail(`cut at ${length}: ${fault?.message ?? 'no fault'}`);
    }
  });

  it('names what was being read when the file ended', () => {
    const { headerOffset } = readRpm(small);
    expect(faultOf(new Uint8Array(0))?.message).toBe('offset 0: the file is empty');
    expect(faultOf(small.subarray(0, 50))?.message).toBe(
      'offset 50: the file ends in the lead; 96 bytes expected at least',
    );
    expect(faultOf(new TextEncoder().encode('notes\n'))?.message).toMatch(/this is another kind of file/);
    expect(faultOf(small.subarray(0, 120))?.message).toMatch(
      /^offset 120: the file ends in the signature header; \d+ bytes/,
    );
    expect(faultOf(small.subarray(0, headerOffset + 30))?.message).toMatch(
      / the file ends in the main header; \d+ bytes/,
    );
  });

  it('stays with its first fault', () => {
    const reader = new RpmHeaderReader();
    expect(() => reader.push(new Uint8Array(96))).toThrow(PutError);
    expect(() => reader.push(small)).toThrow(expect.objectContaining({ code: 'rpm-invalid', details: { offset: 0 } }));
    expect(() => reader.header).toThrow(expect.objectContaining({ details: { offset: 0 } }));
    expect(reader.isDone).toBe(false);
  });

  it('stores what arrived, not what a header announces', () => {
    const main = craftHeader([text(TAG.name, 'a')], { entries: 1, dataBytes: RPM_LIMITS.mainHeader.dataBytes });
    const bytes = joinRpm(craftLead(), craftHeader([int32(SIGNATURE_TAG.size, 1)]), main);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 50 }, () => {
      const reader = new RpmHeaderReader();
      reader.push(bytes);
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(readers[0]?.bytesNeeded).toBeGreaterThan(RPM_LIMITS.mainHeader.dataBytes);
    expect(() => readers[0]?.end()).toThrow(/the file ends in the main header; 268435\d{3} bytes expected at least/);
  });
});

describe('mutations of real packages', () => {
  const mutation = fc.record({
    place: fc.nat(),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    /** Four bytes at once reach counts, offsets and types. */
    wide: fc.boolean(),
  });

  it('are read or refused with an offset, never anything else', () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (sample, mutations) => {
          const bytes = Uint8Array.from(sample.bytes);
          const { payloadOffset } = readRpm(sample.bytes);
          for (const { place, value, wide } of mutations) {
            const at = place % payloadOffset;
            bytes.fill(value, at, at + (wide ? 4 : 1));
          }
          outcomes[faultOf(bytes) ? 'refused' : 'read'] += 1;
        },
      ),
      { seed: SEED, numRuns: 1500 },
    );
    // Both happen often, or the mutations would not be worth much.
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
  });

  it('of every index entry, with wild numbers, are read or refused', () => {
    const { headerOffset } = readRpm(many);
    const view = new DataView(many.buffer, many.byteOffset, many.byteLength);
    const wild = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 65_536, 7];
    let refused = 0;
    for (const start of [96, headerOffset]) {
      const entries = view.getUint32(start + 8);
      for (let place = start + 8; place < start + 16 + entries * 16; place += 4) {
        for (const value of wild) {
          const bytes = Uint8Array.from(many);
          new DataView(bytes.buffer).setUint32(place, value);
          if (faultOf(bytes)) refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('arbitrary bytes after a true lead are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), (rest) => {
        expect(faultOf(Uint8Array.from([...small.subarray(0, 96), ...rest]))).toBeDefined();
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

const NEEDED: readonly CraftedEntry[] = [
  text(TAG.name, 'a'),
  text(TAG.version, '1'),
  text(TAG.release, '1'),
  text(TAG.os, 'linux'),
  text(TAG.arch, 'noarch'),
];
const SIGNATURE = craftHeader([int32(SIGNATURE_TAG.size, 1_000_000)]);

/** A package whose main header has these entries besides the needed ones. */
const withMain = (...entries: CraftedEntry[]): Uint8Array =>
  joinRpm(craftLead(), SIGNATURE, craftHeader([...NEEDED, ...entries]));
const without = (tag: number): Uint8Array =>
  joinRpm(craftLead(), SIGNATURE, craftHeader(NEEDED.filter((entry) => entry.tag !== tag)));

describe('faults are named', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      'another kind of file',
      new TextEncoder().encode('#!/bin/sh\n'.padEnd(200)),
      /^offset 0: lead of an RPM package expected/,
    ],
    [
      'a lead of rpm 2',
      joinRpm(craftLead({ major: 2 }), SIGNATURE, craftHeader(NEEDED)),
      /^offset 4: .*format 2; 3 or 4 expected/,
    ],
    ['a foreign package type', joinRpm(craftLead({ type: 7 }), SIGNATURE, craftHeader(NEEDED)), /^offset 6: .*type 7/],
    [
      'an old signature type',
      joinRpm(craftLead({ signatureType: 1 }), SIGNATURE, craftHeader(NEEDED)),
      /^offset 78: .*signature type 1/,
    ],
    [
      'a foreign signature header',
      joinRpm(craftLead(), Buffer.alloc(32), craftHeader(NEEDED)),
      /^offset 96: signature header expected/,
    ],
    ['a foreign main header', joinRpm(craftLead(), SIGNATURE, Buffer.alloc(32)), /^offset 136: main header expected/],
    ['no entries', joinRpm(craftLead(), SIGNATURE, craftHeader([])), /announces 0 entries/],
    [
      'too many entries',
      joinRpm(craftLead(), SIGNATURE, craftHeader(NEEDED, { entries: 0xffffffff })),
      /announces 4294967295 entries/,
    ],
    [
      'too much data',
      joinRpm(craftLead(), SIGNATURE, craftHeader(NEEDED, { dataBytes: 0xffffffff })),
      /announces 4294967295 bytes of data/,
    ],
    [
      'an unknown data type',
      withMain({ ...int32(TAG.size, 1), raw: { type: 10 } }),
      /tag 1009: data type 10; 1 to 9 expected/,
    ],
    ['a negative place', withMain({ ...int32(TAG.size, 1), raw: { offset: -4 } }), /tag 1009: data at -4/],
    ['a place behind the data', withMain({ ...int32(TAG.size, 1), raw: { offset: 4000 } }), /tag 1009: data at 4000/],
    [
      'a crooked place',
      withMain({ ...int32(TAG.size, 1), raw: { offset: 21 } }),
      /tag 1009: data at 21; a multiple of 4 expected/,
    ],
    [
      'a wild count',
      withMain({ ...int32(TAG.size, 1), raw: { count: 0x7fffffff } }),
      /tag 1009: 2147483647 items do not fit/,
    ],
    [
      'a wild count of texts',
      withMain({ ...texts(TAG.baseNames, 'a'), raw: { count: 0xffffffff } }),
      /tag 1117: 4294967295 items do not fit/,
    ],
    [
      'two texts where one belongs',
      withMain({ ...text(TAG.summary, 'ab\0cd'), raw: { count: 2 } }),
      /tag 1004: 2 items; one text expected/,
    ],
    [
      'a text without end',
      withMain(binary(TAG.payloadFormat, Uint8Array.of(65, 66)), {
        ...text(TAG.summary, ''),
        type: TYPE.string,
        data: Uint8Array.of(67),
        raw: { count: 1 },
      }),
      /tag 1004: text 1 of 1 runs on/,
    ],
    [
      'entries that overlap',
      withMain(
        int32(TAG.size, 1),
        { ...int32(TAG.archiveSize, 1), raw: { offset: 16 } },
        { ...int32(TAG.buildTime, 1), raw: { offset: 16 } },
      ),
      /before the end of the data of the entry before it/,
    ],
    ['a tag that comes twice', withMain(text(TAG.summary, 'a'), text(TAG.summary, 'b')), /tag 1004 comes twice/],
    ['a number where text belongs', withMain(int32(TAG.summary, 5)), /tag 1004: data type 4; text expected/],
    ['text where a number belongs', withMain(text(TAG.size, 'x')), /tag 1009: data type 6; number expected/],
    [
      'a size beyond 2^53',
      withMain({ tag: TAG.longSize, type: TYPE.int64, data: new Uint8Array(8).fill(255), raw: { count: 1 } }),
      /18446744073709551615 is beyond 2\^53-1|multiple of 8/,
    ],
    ['no name', without(TAG.name), /main header has no name \(tag 1000\)/],
    ['no architecture', without(TAG.arch), /main header has no architecture/],
    [
      'a name with a path in it',
      joinRpm(craftLead(), SIGNATURE, craftHeader([text(TAG.name, '../etc'), ...NEEDED.slice(1)])),
      /name "\.\.\/etc" has signs/,
    ],
    [
      'a name like an option',
      joinRpm(craftLead(), SIGNATURE, craftHeader([text(TAG.name, '--root'), ...NEEDED.slice(1)])),
      /name "--root" has signs/,
    ],
    [
      'requires without versions',
      withMain(texts(TAG.requireName, 'a', 'b'), int32(TAG.requireFlags, 0, 0)),
      /requires: 2 names, 2 flags and 0 versions/,
    ],
    [
      'more flags than names',
      withMain(texts(TAG.provideName, 'a'), int32(TAG.provideFlags, 0, 0), texts(TAG.provideVersion, '')),
      /provides: 1 names, 2 flags and 1 versions/,
    ],
    [
      'a file in no folder',
      withMain(texts(TAG.baseNames, 'a'), texts(TAG.dirNames, '/'), int32(TAG.dirIndexes, 9)),
      /folder number 9 of file 1; below 1 expected/,
    ],
    [
      'fewer folders than files',
      withMain(texts(TAG.baseNames, 'a', 'b'), texts(TAG.dirNames, '/'), int32(TAG.dirIndexes, 0)),
      /2 names and 1 folder numbers/,
    ],
    [
      'fewer sizes than files',
      withMain(texts(TAG.oldFileNames, '/a', '/b'), int32(TAG.fileSizes, 0)),
      /2 names and 1 sizes/,
    ],
    ['a path without end', withMain(texts(TAG.oldFileNames, `/${'a'.repeat(5000)}`)), /path of file 1 has 5001 signs/],
    [
      'a header larger than the announced whole',
      joinRpm(craftLead(), craftHeader([int32(SIGNATURE_TAG.size, 3)]), craftHeader(NEEDED)),
      /announces 3 bytes of header and payload/,
    ],
    [
      'too large a digest',
      joinRpm(craftLead(), craftHeader([binary(SIGNATURE_TAG.md5, new Uint8Array(17))]), craftHeader(NEEDED)),
      /tag 1004: 17 items; at most 16 expected/,
    ],
  ];

  it.each(cases)('%s', (_, bytes, message) => {
    expect(faultOf(bytes)?.message).toMatch(message);
  });

  it('a sound header beside them is read', () => {
    const header: RpmHeader = readRpm(withMain(text(TAG.summary, 'fine')));
    expect(header.summary).toBe('fine');
  });

  it('an index of 20,000 entries over one text costs one pass', () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => ({
      ...text(5000 + i, ''),
      raw: { offset: 18, count: 1 },
    }));
    expect(faultOf(withMain(...entries))?.message).toMatch(/before the end of the data of the entry before it/);
  });
});
