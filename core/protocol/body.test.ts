import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bytesOfHex, hexOfBytes, joinBytes } from '../testing/bytes.ts';
import { checked, decodeBody, decodeBodyAs, encodeBody, REQUEST_LIMITS } from './body.ts';
import { PutError } from './errors.ts';
import { LIMITS } from './limits.ts';

const SEED = 20_261_122;
const invalid = expect.objectContaining({ code: 'body-invalid' });

/** Values that JSON and CBOR both carry. */
const plainValue = fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    decodeBody(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(PutError);
    expect((error as PutError).code).toBe('body-invalid');
  }
}

describe('encodeBody and decodeBody', () => {
  it('carry every plain value', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(JSON.stringify(sorted(decodeBody(encodeBody(value))))).toBe(JSON.stringify(sorted(value)));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('write the shortest form, keys by length first, undefined members left out', () => {
    expect(hexOfBytes(encodeBody({ bb: 1, c: undefined, a: [true, null, -1, 1.5] }))).toBe(
      'a2' + '6161' + '84f5f620' + 'f93e00' + '626262' + '01',
    );
  });

  it('refuse to write what no peer would take', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    for (const value of [undefined, [undefined], { a: [1, undefined] }, () => 1, Symbol('s'), loop]) {
      expect(() => encodeBody(value)).toThrowError(expect.objectContaining({ code: 'internal' }));
    }
  });

  it('answer arbitrary bytes with a value or body-invalid', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrRefuses), { seed: SEED, numRuns: 3_000 });
  });

  it('answer mutated CBOR with a value or body-invalid', () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255), drop: fc.boolean() });
    fc.assert(
      fc.property(plainValue, fc.array(mutation, { minLength: 1, maxLength: 4 }), (value, mutations) => {
        let bytes: Uint8Array = encodeBody(value).slice();
        for (const { at, to, drop } of mutations) {
          if (bytes.length === 0) return;
          const place = at % bytes.length;
          if (drop) bytes = joinBytes(bytes.subarray(0, place), bytes.subarray(place + 1));
          else bytes[place] = to;
        }
        decodesOrRefuses(bytes);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});

/** Objects by sorted keys, so that order does not matter; -0 is 0 on the wire. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

describe('hostile CBOR', () => {
  it.each([
    ['nothing', ''],
    ['an array that announces 2^64-1 items', '9bffffffffffffffff'],
    ['an array that announces 2^32-1 items and has one', '9affffffff00'],
    ['a map that announces 2^63 pairs', 'bb8000000000000000'],
    ['a text that announces 2^64-1 bytes', '7bffffffffffffffff'],
    ['bytes that announce 4 GiB', '5affffffff00'],
    ['a cut length', '9b00'],
    ['a cut text', '6461'],
    ['an array without end mark', '9f00'],
    ['an array of unknown length', '9f00ff'],
    ['a map of unknown length', 'bf616100ff'],
    ['a text of unknown length', '7f6161ff'],
    ['nested arrays of unknown length', '9f9f9f9fffffffff'],
    ['an end mark alone', 'ff'],
    ['an end mark in an array', '82ff00'],
    ['a tag', 'c000'],
    ['a date', 'c11a514b67b0'],
    ['a big number', 'c249010000000000000000'],
    ['a thousand tags', 'c0'.repeat(1_000) + '00'],
    ['undefined', 'f7'],
    ['undefined in an array', '81f7'],
    ['an integer above 2^53', '1b0020000000000001'],
    ['a negative integer below -2^53', '3bffffffffffffffff'],
    ['reserved lengths', '1c'],
    ['a reserved simple value', 'f800'],
    ['a key twice', 'a2616100616101'],
    ['a number as key', 'a10000'],
    ['a map as key', 'a1a000'],
    ['two items', '0000'],
    ['a trailing byte', 'a000'],
    ['a key without a value', 'a16161'],
  ])('%s is body-invalid', (_what, hex) => {
    expect(() => decodeBody(bytesOfHex(hex))).toThrowError(invalid);
  });

  it('reads floats, negative integers, simple values and empty things without miscounting the depth', () => {
    expect(decodeBody(bytesOfHex('88f93e00fa3fc00000fb3ff8000000000000383f80a0f4f6'))).toEqual([
      1.5,
      1.5,
      1.5,
      -64,
      [],
      {},
      false,
      null,
    ]);
  });

  const nested = (open: string, levels: number, core: string): Uint8Array => bytesOfHex(open.repeat(levels) + core);
  it.each([
    ['arrays', '81'],
    ['maps', 'a16161'],
    ['arrays after an empty one', '8280'],
    ['arrays with a long length', '9b0000000000000001'],
  ])('%s may be as deep as the limit and no deeper', (_what, open) => {
    expect(() => decodeBody(nested(open, LIMITS.bodyDepth, '00'))).not.toThrow();
    expect(() => decodeBody(nested(open, LIMITS.bodyDepth + 1, '00'))).toThrowError(invalid);
    expect(() => decodeBody(nested(open, 20_000, '00'))).toThrowError(invalid);
  });

  it('does not count neighbours as depth', () => {
    expect(decodeBody(encodeBody(Array.from({ length: 1_000 }, (_, i) => [[i]])))).toHaveLength(1_000);
  });

  it('refuses a body of very many small items before it unpacks one', () => {
    const full = (items: number): Uint8Array => {
      const bytes = new Uint8Array(5 + items).fill(0xa0);
      new DataView(bytes.buffer).setUint32(1, items);
      bytes[0] = 0x9a;
      return bytes;
    };
    expect(() => decodeBody(full(LIMITS.bodyItems))).toThrowError(invalid);
    expect(() => decodeBody(full(LIMITS.messageBodyBytes - 5))).toThrowError(invalid);
    expect(() => decodeBody(full(10_000))).not.toThrow();
  });

  it('takes fewer items from a client, and of those fewer that are maps or arrays', () => {
    const sample = (count: number, item: number): Uint8Array => {
      const bytes = new Uint8Array(5 + count).fill(item);
      bytes.set([0x9a, count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255]);
      return bytes;
    };
    const requestOf = (count: number, item: number) => (): unknown => decodeBody(sample(count, item), REQUEST_LIMITS);
    expect(requestOf(LIMITS.requestItems - 1, 0)).not.toThrow();
    expect(requestOf(LIMITS.requestItems, 0)).toThrowError(invalid);
    expect(requestOf(LIMITS.requestContainers - 1, 0xa0)).not.toThrow();
    expect(requestOf(LIMITS.requestContainers, 0xa0)).toThrowError(invalid);
    expect(requestOf(LIMITS.requestContainers, 0x80)).toThrowError(invalid);
    expect(() => decodeBody(sample(LIMITS.requestContainers, 0xa0))).not.toThrow();
  });

  it('gives a member __proto__ no power', () => {
    const value = decodeBody(bytesOfHex('a1695f5f70726f746f5f5fa1616101')) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { a?: unknown }).a).toBeUndefined();
  });
});

describe('checked', () => {
  const schema = z.strictObject({ a: z.array(z.number()) });
  it('names the first place that does not fit', () => {
    expect(() => checked(schema, { a: [1, 'x'] }, 'thing')).toThrowError(
      expect.objectContaining({
        code: 'message-invalid',
        message: expect.stringMatching(/^thing: a\[1\]: a number is needed/),
        details: { place: 'a[1]' },
      }),
    );
    expect(decodeBodyAs(schema, encodeBody({ a: [1] }), 'thing')).toEqual({ a: [1] });
  });

  it('keeps names that a peer chose short', () => {
    const long = 'n'.repeat(10_000);
    try {
      checked(schema, { a: [], [long]: 1 }, 'thing');
      expect.unreachable();
    } catch (error) {
      expect((error as PutError).message.length).toBeLessThan(300);
    }
  });
});
