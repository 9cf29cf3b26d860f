import { expect, it } from 'vitest';
import { newShortId } from './secrets.ts';

it('short names can be typed as an argument', () => {
  const ids = Array.from({ length: 2000 }, newShortId);
  expect(ids.filter((id) => !/^[A-Za-z0-9][A-Za-z0-9_-]{7}$/.test(id))).toEqual([]);
});
