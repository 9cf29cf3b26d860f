import { expect, it } from 'vitest';
import { firstLine } from './firstLine.ts';

it('is what stands before the first line end, also where there is none', () => {
  expect(['a b\nc\n', 'a b\r\nc', 'a b', ' a\n', '\nb', ''].map(firstLine)).toEqual([
    ...['a b', 'a b', 'a b', ' a', '', ''],
  ]);
});
