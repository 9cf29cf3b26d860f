import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partOfText, readTextParts } from './textParts.ts';

it('gives any text back whole, part by part, each a text of its own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer({ min: 2, max: 7 }),
      async (text, most) => {
        let asked = 0;
        const whole = await readTextParts((from) => {
          const part = partOfText(text, from, most);
          asked++;
          expect(part.text.length).toBeLessThanOrEqual(most);
          expect(Buffer.from(part.text).toString()).toBe(part.text);
          return Promise.resolve(part);
        });
        expect(whole).toBe(text);
        expect(asked).toBeLessThanOrEqual(Math.max(1, Math.ceil(text.length / (most - 1))));
      },
    ),
  );
});

it('ends with a peer that does not move on, and without an answer', async () => {
  expect(await readTextParts(() => Promise.resolve({ text: 'a', next: 0 }))).toBe('a');
  expect(await readTextParts(() => Promise.resolve(undefined))).toBeUndefined();
});
