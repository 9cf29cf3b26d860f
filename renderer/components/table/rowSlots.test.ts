import { expect, it } from 'vitest';
import { createRowSlots, type RowSlots } from './rowSlots.ts';

const rows = (text: string) => [...text].map((key) => ({ key, isRow: key === key.toLowerCase() }));

/** The elements by what they show, in the order in which they stand in the page. */
function shown(slots: RowSlots, text: string, moving: boolean): readonly (readonly [string, string])[] {
  const { names, inOrder } = slots.place(rows(text), moving);
  return inOrder.map((at) => [text[at] ?? '', names[at] ?? '']);
}
const elements = (placed: readonly (readonly [string, string])[]): string[] => placed.map(([, name]) => name).sort();

it('gives a row that comes the element of one that went, and leaves all elements where they stand while the table is scrolled', () => {
  const slots = createRowSlots();
  const before = shown(slots, 'abcd', false);
  const after = shown(slots, 'cdef', true);
  expect(elements(after)).toEqual(elements(before));
  // Those of c and d are still the last two, and the first two show what came.
  expect(after.map(([, name]) => name)).toEqual(before.map(([, name]) => name));
  expect(after.map(([key]) => key).slice(2)).toEqual(['c', 'd']);
});

it('puts the elements in the order of the lines once the table rests, each with the row that it had', () => {
  const slots = createRowSlots();
  shown(slots, 'abcd', false);
  const moved = new Map(shown(slots, 'cdef', true));
  const rested = shown(slots, 'cdef', false);
  expect(rested.map(([key]) => key).join('')).toBe('cdef');
  expect(new Map(rested)).toEqual(moved);
});

it('lets a title and a row never have the same element, and never gives away that of the row with the focus', () => {
  const slots = createRowSlots();
  const before = new Map(shown(slots, 'Aab', false));
  slots.hold('a');
  const after = new Map(shown(slots, 'Bcd', true));
  expect(after.get('c') === before.get('b') || after.get('d') === before.get('b')).toBe(true);
  expect([...after.values()]).not.toContain(before.get('A'));
  expect([...after.values()]).not.toContain(before.get('a'));
  slots.hold(undefined);
  const free = new Map(shown(slots, 'ef', true));
  expect([...free.values()].sort()).toEqual([after.get('c'), after.get('d')].sort());
});

it('gives a row that takes the place of another by itself an element of its own, so that a click meant for the other is known', () => {
  const slots = createRowSlots();
  const before = new Map(shown(slots, 'abc', false));
  const after = new Map(shown(slots, 'axc', false));
  expect([...before.values()]).not.toContain(after.get('x'));
  expect([after.get('a'), after.get('c')]).toEqual([before.get('a'), before.get('c')]);
});
