import { describe, expect, it } from 'vitest';
import { decodeBodyAs, encodeBody } from './body.ts';
import { envelopeSchema } from './envelope.ts';
import { decodeFileCredit, decodeFileData, encodeFileCredit, encodeFileData } from './filePayload.ts';
import {
  closeSchema,
  errorReportSchema,
  helloSchema,
  negotiateCapabilities,
  negotiateVersion,
  PROTOCOL_VERSIONS,
} from './handshake.ts';
import { isMethodName, METHODS } from './methods.ts';

const unsupported = expect.objectContaining({ code: 'version-unsupported' });
const invalid = expect.objectContaining({ code: 'message-invalid' });

describe('versions and capabilities', () => {
  it('takes the best version of ours that the peer has', () => {
    expect(negotiateVersion([...PROTOCOL_VERSIONS])).toBe(PROTOCOL_VERSIONS[0]);
    expect(negotiateVersion([9, 3, 2, 1], [3, 2, 1])).toBe(3);
    expect(negotiateVersion([2, 1], [4, 3, 2])).toBe(2);
    expect(() => negotiateVersion([9], [2, 1])).toThrowError(unsupported);
    expect(() => negotiateVersion([], [1])).toThrowError(unsupported);
  });

  it('names both lists when there is none in common', () => {
    expect(() => negotiateVersion([7, 8], [2, 1])).toThrowError(
      expect.objectContaining({ details: { theirs: '7,8', ours: '2,1' } }),
    );
  });

  it('keeps capabilities that both have, in our order', () => {
    expect(negotiateCapabilities(['c', 'a', 'x'], ['a', 'b', 'c'])).toEqual(['a', 'c']);
    expect(negotiateCapabilities([], ['a'])).toEqual([]);
    expect(negotiateCapabilities(['a'], [])).toEqual([]);
  });
});

describe('hello', () => {
  const hello = { versions: [2], software: '', capabilities: [], purpose: 'watch', path: 'hand-off', clientSystem: '' };
  it.each<[string, Record<string, unknown>]>([
    ['17 versions', { versions: Array.from({ length: 17 }, () => 1) }],
    ['a version 0', { versions: [0] }],
    ['33 capabilities', { capabilities: Array.from({ length: 33 }, () => 'c') }],
    ['a capability of 41 signs', { capabilities: ['c'.repeat(41)] }],
    ['software of 201 signs', { software: 's'.repeat(201) }],
    ['a user of 65 signs', { password: { user: 'u'.repeat(65), password: '' } }],
    ['a password of 1,025 signs', { password: { user: 'u', password: 'p'.repeat(1_025) } }],
    ['a token of 21 signs', { leaseToken: 't'.repeat(21) }],
    ['a received number beyond 32 bits', { received: 2 ** 32 }],
    ['a received number below 0', { received: -1 }],
  ])('refuses %s', (_what, more) => {
    expect(() => decodeBodyAs(helloSchema, encodeBody({ ...hello, ...more }), 'hello')).toThrowError(invalid);
    expect(helloSchema.safeParse(hello).success).toBe(true);
  });
});

describe('envelopes', () => {
  it.each([
    { k: 'q', i: 1, m: 'job.start', p: { jobId: 'j' } },
    { k: 'q', i: 0xffff_ffff, m: 'x' },
    { k: 'r', i: 1, v: null },
    { k: 'r', i: 1 },
    { k: 'e', i: 1, e: { code: 'c', message: 'm', details: { a: 1, b: 't', c: true } } },
    { k: 't', w: 1, n: 0, v: { a: 1 } },
    { k: 't', w: 1, n: 2, b: 1, v: [1] },
  ])('carry %j there and back', (envelope) => {
    expect(decodeBodyAs(envelopeSchema, encodeBody(envelope), 'message')).toEqual(envelope);
  });

  it.each([
    [{}],
    [{ k: 'z', i: 1 }],
    [{ k: 'q', i: 0, m: 'x' }],
    [{ k: 'q', i: 1 }],
    [{ k: 'q', i: 1, m: 'x'.repeat(61) }],
    [{ k: 'r', i: 1.5 }],
    [{ k: 'r', i: 1, x: 1 }],
    [{ k: 'e', i: 1 }],
    [{ k: 't', w: 1, n: -1 }],
    [1],
    [null],
    [[]],
  ])('refuse %j', (value) => {
    expect(() => decodeBodyAs(envelopeSchema, encodeBody(value), 'message')).toThrowError(invalid);
  });

  it('carry the answer of a method that has nothing to say', () => {
    expect(decodeBodyAs(envelopeSchema, encodeBody({ k: 'r', i: 1, v: undefined }), 'message')).toEqual({
      k: 'r',
      i: 1,
    });
  });
});

describe('error reports', () => {
  it('may leave details out, and keep their limits', () => {
    expect(errorReportSchema.parse({ code: 'c', message: 'm' })).toEqual({ code: 'c', message: 'm', details: {} });
    expect(closeSchema.safeParse({ code: 'c'.repeat(81), message: '' }).success).toBe(false);
    expect(closeSchema.safeParse({ code: 'c', message: 'm'.repeat(4_001) }).success).toBe(false);
    expect(closeSchema.safeParse({ code: 'c', message: 'm', details: { deep: {} } }).success).toBe(false);
  });
});

describe('method names', () => {
  it('are those of the table and no names that every object has', () => {
    for (const name of Object.keys(METHODS)) expect(isMethodName(name)).toBe(true);
    for (const name of ['constructor', '__proto__', 'toString', 'job', '']) expect(isMethodName(name)).toBe(false);
  });
});

describe('file payloads', () => {
  it('carry numbers and bytes, and refuse what is too short or beyond counting', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(decodeFileData(encodeFileData(0xffff_ffff, Number.MAX_SAFE_INTEGER, bytes))).toEqual({
      transfer: 0xffff_ffff,
      offset: Number.MAX_SAFE_INTEGER,
      bytes,
    });
    const credit = { transfer: 1, stored: 2, allowed: 3, arrivedAtMs: 0xffff_fffe };
    expect(decodeFileCredit(encodeFileCredit(credit))).toEqual(credit);
    expect(decodeFileCredit(encodeFileCredit({ ...credit, arrivedAtMs: 2 ** 40 + 7 })).arrivedAtMs).toBe(7);
    const bodyInvalid = expect.objectContaining({ code: 'body-invalid' });
    for (let length = 0; length < 12; length++)
      expect(() => decodeFileData(new Uint8Array(length))).toThrowError(bodyInvalid);
    for (let length = 0; length < 24; length++)
      expect(() => decodeFileCredit(new Uint8Array(length))).toThrowError(bodyInvalid);
    const far = new Uint8Array(24).fill(0xff);
    expect(() => decodeFileData(far)).toThrowError(bodyInvalid);
    expect(() => decodeFileCredit(far)).toThrowError(bodyInvalid);
  });
});
