import { expect, it } from 'vitest';
import { NOTHING_SELECTED, selectByKey, selectRow, type RowSelection } from './rowSelection.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const plain = { shiftKey: false, ctrlKey: false, metaKey: false };
const ctrl = { ...plain, ctrlKey: true };
const shift = { ...plain, shiftKey: true };
const keys = ({ keys }: RowSelection): string => [...keys].join('');

it('takes one row, one more or less with Ctrl, and a range with Shift', () => {
  const one = selectRow(NOTHING_SELECTED, 'b', plain, order);
  expect(keys(one)).toBe('b');
  expect(keys(selectRow(one, 'd', plain, order))).toBe('d');
  const two = selectRow(one, 'd', ctrl, order);
  expect(keys(two)).toBe('bd');
  expect(keys(selectRow(two, 'b', ctrl, order))).toBe('d');
  const range = selectRow(one, 'd', shift, order);
  expect(keys(range)).toBe('bcd');
  // The range turns about its anchor.
  expect(keys(selectRow(range, 'a', shift, order))).toBe('ab');
  expect(keys(selectRow(two, 'e', { ...shift, ctrlKey: true }, order))).toBe('bde');
});

it('begins a range at the row itself where no anchor is in sight', () => {
  expect(keys(selectRow({ keys: new Set(['gone']), anchor: 'gone' }, 'c', shift, order))).toBe('c');
});

it('follows the keys: Space one more or less, Ctrl+A all, Escape none unless something above is closed first', () => {
  const by = (selection: RowSelection, key: string, held = plain, closable = false): string | undefined => {
    const after = selectByKey(selection, { ...held, key }, { active: 'b', order: () => order, closable });
    return after && keys(after);
  };
  const two: RowSelection = { keys: new Set(['b', 'd']), anchor: 'd' };
  expect([by(two, ' '), by(NOTHING_SELECTED, ' '), by(two, ' ', shift)]).toEqual(['d', 'b', 'bdc']);
  expect([by(two, 'a', ctrl), by(two, 'a', { ...plain, metaKey: true }), by(two, 'a')]).toEqual([
    'abcde',
    'abcde',
    undefined,
  ]);
  expect([by(two, 'Escape'), by(two, 'Escape', plain, true), by(NOTHING_SELECTED, 'Escape')]).toEqual([
    '',
    undefined,
    undefined,
  ]);
});
