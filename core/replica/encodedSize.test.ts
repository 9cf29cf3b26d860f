import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBody } from '../protocol/body.ts';
import { encodedSize } from './encodedSize.ts';

it('is near the real size, for any value, the second time too', () => {
  const values = fc.object({
    maxDepth: 4,
    values: [
      fc.string({ unit: 'grapheme-ascii', maxLength: 400 }),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
    ],
    withNullPrototype: false,
  });
  fc.assert(
    fc.property(values, (value) => {
      const real = encodeBody(value).length;
      const guess = encodedSize(value);
      expect(guess).toBeGreaterThanOrEqual(real * 0.95);
      expect(guess).toBeLessThan(real * 1.1 + 4 * JSON.stringify(value).split('{').length);
      expect(encodedSize(value)).toBe(guess);
    }),
    { numRuns: 500, seed: 9 },
  );
});

it('leaves out members that are not set, as the encoder does', () => {
  expect(encodedSize({ a: undefined, b: 1 })).toBe(encodedSize({ b: 1 }));
});
