import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortRows } from './sortRows.ts';

const sorted = (values: (string | number | undefined)[], descending = false): (string | number | undefined)[] =>
  sortRows(values, (value) => value, descending).rows;

describe('rows by a value', () => {
  it('are in natural order, those without one last either way', () => {
    expect(sorted(['tpa-10', undefined, 'tpa-9', ''])).toEqual(['tpa-9', 'tpa-10', undefined, '']);
    expect(sorted(['tpa-9', undefined, 'tpa-10'], true)).toEqual(['tpa-10', 'tpa-9', undefined]);
    expect(sorted([10, 9, undefined, 100], true)).toEqual([100, 10, 9, undefined]);
  });

  it('of any numbers are as comparing each two makes them', () => {
    const value = fc.option(fc.oneof(fc.integer(), fc.double({ min: -9, max: 9, noNaN: true })), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value), fc.boolean(), (values, descending) => {
        const sign = descending ? -1 : 1;
        const rows = values.map((one, at) => ({ one, at }));
        const wanted = rows.toSorted(({ one: a }, { one: b }) => {
          if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
          return sign * (a - b);
        });
        expect(sortRows(rows, ({ one }) => one, descending).rows).toEqual(wanted);
      }),
    );
  });

  it('keep their order where they are equal', () => {
    const rows = [
      { at: 1, state: 'done' },
      { at: 2, state: 'failed' },
      { at: 3, state: 'done' },
      { at: 4, state: 'failed' },
    ];
    const places = (descending: boolean): number[] =>
      sortRows(rows, ({ state }) => state, descending).rows.map(({ at }) => at);
    expect([places(false), places(true)]).toEqual([
      [1, 3, 2, 4],
      [2, 4, 1, 3],
    ]);
  });

  it('are the same with the ranks of the time before, which are made anew for a new text only', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (before, now) => {
        const { ranks } = sortRows(before, (text) => text, false);
        const again = sortRows(now, (text) => text, false, ranks);
        expect(again.rows).toEqual(sorted(now));
        if (now.every((text) => before.includes(text))) expect(again.ranks).toBe(ranks);
      }),
    );
  });
});
