import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogText } from './LogText.ts';

function textsOf(pieces: readonly Buffer[], offset = 0): { at: number; text: string }[] {
  const chunks: { at: number; text: string }[] = [];
  const text = new LogText(offset, { onChunk: (at, part) => chunks.push({ at, text: part }) });
  for (const piece of pieces) text.take(piece);
  text.end();
  return chunks;
}

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
};

it('makes as many bytes of text as came, with offsets without a gap, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 8 }), (content, cuts) => {
      let at = 7;
      for (const chunk of textsOf(cutAt(Buffer.from(content), cuts), 7)) {
        expect(chunk.at).toBe(at);
        at += Buffer.byteLength(chunk.text);
      }
      expect(at).toBe(7 + content.length);
    }),
  );
});

it('goes no further than to its end, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.nat(), { maxLength: 8 }), fc.nat(100), (content, cuts, end) => {
      let passed = '';
      const text = new LogText(7, { onChunk: (_at, part) => (passed += part) }, 7 + end);
      for (const piece of cutAt(Buffer.from(content), cuts)) text.take(piece);
      expect(text.isFull).toBe(content.length >= end);
      text.end();
      expect(Buffer.byteLength(passed)).toBe(Math.min(end, content.length));
    }),
  );
});

it('keeps what is UTF-8 as it is, and puts a question mark for each byte that is not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(), { maxLength: 8 }), (content, cuts) => {
      const whole = Buffer.from(content);
      const text = textsOf(cutAt(whole, cuts)).map((chunk) => chunk.text);
      expect(text.join('')).toBe(whole.toString('utf8'));
    }),
  );
  expect(textsOf([Buffer.from([0x61, 0xff, 0xe2, 0x82])])).toEqual([
    { at: 0, text: 'a?' },
    { at: 2, text: '??' },
  ]);
});
