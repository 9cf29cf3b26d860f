import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from './decodeText.ts';

const utf16 = (text: string, swapped: boolean): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return swapped ? bytes.swap16() : bytes;
};

describe('text of files that persons write', () => {
  it('is the same from every editor', () => {
    const text = '{"Straße": "héllo"}\r\n';
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), utf16(text, false), utf16(text, true)])
      expect(decodeText(bytes)).toEqual({ text });
    expect(decodeText(Buffer.alloc(0))).toEqual({ text: '' });
  });

  it.each([
    ['Latin-1', Buffer.from('Passw\xf6rt', 'latin1'), /not UTF-8/],
    ['UTF-16 without a mark', Buffer.from('secret', 'utf16le'), /zero bytes/],
    ['half a UTF-16 sign', Buffer.from([0xff, 0xfe, 0x41]), /UTF-16/],
  ])('is refused in words: %s', (_what, bytes, problem) => {
    expect(decodeText(bytes)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it('never throws, and gives back any text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => Object.keys(decodeText(bytes)).length === 1),
      { seed: 2 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && !text.startsWith('\ufeff')),
        (text) => {
          expect(decodeText(Buffer.from(text))).toEqual({ text });
        },
      ),
      { seed: 3 },
    );
  });
});
