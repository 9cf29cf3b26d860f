import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FenceReader } from './FenceReader.ts';

it('passes on every byte before the mark, however the stream comes in pieces, and tells the rest of its line', () => {
  const text = fc.array(fc.constantFrom('a', '\n', 'M', 'MA', 'MAR', '\u00ff'), { maxLength: 30 });
  fc.assert(
    fc.property(text, fc.nat(255), fc.array(fc.integer({ min: 1, max: 7 })), (pieces, status, cuts) => {
      const before = Buffer.from(pieces.join(''), 'latin1');
      const all = Buffer.concat([before, Buffer.from(`MARK ${status}\n`)]);
      const reader = new FenceReader('MARK ');
      const read: Buffer[] = [];
      let fenced: string | undefined;
      for (let at = 0, i = 0; at < all.length; i++) {
        const to = Math.min(all.length, at + (cuts[i] ?? 3));
        const part = reader.take(all.subarray(at, to));
        read.push(part.output);
        fenced ??= part.fenced;
        if (to < all.length) expect(part.fenced).toBeUndefined();
        at = to;
      }
      expect(Buffer.concat(read).equals(before)).toBe(true);
      expect(fenced).toBe(String(status));
    }),
  );
});

it('keeps nothing of a node that never ends the line of the mark', () => {
  expect(new FenceReader('MARK ').take(Buffer.from(`aMARK ${'1'.repeat(100)}`))).toEqual({
    output: Buffer.from('a'),
    fenced: '',
  });
});
