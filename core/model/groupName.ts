import { byNumber } from './naturalOrder.ts';

/** A system or clique as the inventory names it: a number, or a name. Digits alone are always the number. */
export type GroupName = number | string;

/** The form in which two names of one group are equal: `'7'` and `7` are the same. */
export function groupNameOf(text: string): GroupName {
  return /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
}

/** Order for people: numbers first by size, then names with the numbers in them by size (`rack2` before `rack10`). */
export function compareGroupNames(a: GroupName, b: GroupName): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  return byNumber(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
