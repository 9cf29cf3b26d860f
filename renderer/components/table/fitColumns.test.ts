import { expect, it } from 'vitest';
import { fitColumns, type FittingColumn } from './fitColumns.ts';

const column = (id: string, wishPx: number, leastPx: number, more: Partial<FittingColumn> = {}): FittingColumn => ({
  ...{ id, wishPx, leastPx, yieldsLast: false, folds: undefined },
  ...more,
});
const COLUMNS = [
  column('file', 290, 200, { yieldsLast: true }),
  column('state', 190, 130),
  column('progress', 90, 90, { folds: 1 }),
  column('size', 140, 140),
  column('rate', 84, 84, { folds: 2 }),
];
const fitted = (roomPx: number | undefined): string =>
  fitColumns(COLUMNS, roomPx)
    .map(({ id, leastPx }) => `${id} ${leastPx}`)
    .join(', ');

it('keeps every column while texts alone can yield', () => {
  expect(fitted(1000)).toBe('file 290, state 130, progress 90, size 140, rate 84');
  expect(fitted(734)).toBe('file 290, state 130, progress 90, size 140, rate 84');
  // Not measured yet.
  expect(fitted(undefined)).toBe('file 290, state 130, progress 90, size 140, rate 84');
});

it('then folds secondary columns, in their order and no more than it must', () => {
  expect(fitted(733)).toBe('file 290, state 130, size 140, rate 84');
  expect(fitted(643)).toBe('file 290, state 130, size 140');
  // One that went before comes back where a wider one made room for it.
  const [one, two] = [column('nodes', 58, 58, { folds: 1 }), column('version', 140, 140, { folds: 2 })];
  expect(fitColumns([column('fail', 100, 100), one, two], 200).map(({ id }) => id)).toEqual(['fail', 'nodes']);
});

it('lets names yield last', () => {
  expect(fitted(559)).toBe('file 200, state 130, size 140');
  expect(fitted(100)).toBe('file 200, state 130, size 140');
});
