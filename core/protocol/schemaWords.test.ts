import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultOf, faultText, placeText } from './schemaWords.ts';

const schema = z.strictObject({
  text: z.string().min(1).max(5),
  name: z.string().regex(/^[a-z]+$/),
  count: z.number().int().min(2).max(9),
  share: z.number().positive().lt(1),
  step: z.number().multipleOf(5).optional(),
  when: z.iso.datetime().optional(),
  flag: z.boolean(),
  word: z.enum(['one', 'two']),
  only: z.literal(1),
  list: z.array(z.string()).min(1).max(2),
  parts: z.record(z.string().regex(/^[a-z]$/), z.number()),
  either: z.union([z.string(), z.strictObject({ a: z.number() })]),
  kind: z.discriminatedUnion('type', [z.object({ type: z.literal('x') }), z.object({ type: z.literal('y') })]),
});
const fits = {
  ...{ text: 'abc', name: 'abc', count: 3, share: 0.5, flag: true, word: 'one', only: 1, list: ['a'] },
  ...{ parts: { a: 1 }, either: 'a', kind: { type: 'x' } },
};
const refusal = (change: object): string => {
  const read = schema.safeParse({ ...fits, ...change });
  return read.success ? 'taken' : faultText(read.error);
};

describe('what a schema refuses', () => {
  it.each([
    [{}, 'taken'],
    [{ text: 5 }, 'text: a text is needed: write it in quotes'],
    [{ text: undefined }, 'text: is missing; a text is needed'],
    [{ text: '' }, 'text: not empty'],
    [{ text: 'abcdef' }, 'text: at most 5 characters'],
    [{ name: 'A' }, 'name: is not written as it must be'],
    [{ count: 1 }, 'count: at least 2'],
    [{ count: 2.5 }, 'count: a whole number is needed'],
    [{ share: 0 }, 'share: above 0'],
    [{ share: 1 }, 'share: below 1'],
    [{ step: 7 }, 'step: a multiple of 5 is needed'],
    [{ when: 'soon' }, 'when: a time is needed, such as 2026-11-27T01:00:00Z'],
    [{ word: 'three' }, 'word: one of one, two is needed'],
    [{ only: undefined }, 'only: is missing; 1 is needed'],
    [{ list: ['a', 'b', 'c'] }, 'list: at most 2 of them'],
    [{ list: [5] }, 'list[0]: a text is needed: write it in quotes'],
    [{ parts: { AB: 1 } }, 'parts.AB: a name in it is not written as it must be'],
    [{ kind: { type: 'z' } }, 'kind.type: one of x, y is needed'],
    [{ either: { a: 'b' } }, 'either: is not written in any form that is known here'],
  ])('%j is told in words with its place', (change, words) => expect(refusal(change)).toBe(words));

  it('a name that is not known is a place of its own, with what there is', () => {
    const read = z.strictObject({ a: z.strictObject({ b: z.number() }) }).safeParse({ a: { b: 1, c: 2 } });
    expect(faultOf(read.error as z.ZodError)).toEqual({
      ...{ path: ['a', 'c'], place: 'a.c', message: 'is not known here; there are b' },
    });
  });

  it('never shows the text of the library, whatever is given', () => {
    const anything = fc.record(
      Object.fromEntries(Object.keys(fits).map((name) => [name, fc.anything()])) as Record<
        keyof typeof fits,
        fc.Arbitrary<unknown>
      >,
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (value) => {
        const read = schema.safeParse(value);
        for (const { message } of read.error?.issues ?? [])
          expect(message).not.toMatch(/expected|invalid|pattern|too (small|big)|unrecognized|received/i);
      }),
      { numRuns: 300 },
    );
  });

  it('a place is written as people write it', () =>
    expect(placeText(['nodes', 1, 'tags', 0])).toBe('nodes[1].tags[0]'));
});
