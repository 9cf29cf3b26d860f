import { expect, it } from 'vitest';
import { countedOf } from './processorSeconds.ts';

it('reads times and parent behind a name with brackets and spaces', () => {
  const stat = '42 (a) b (c) S 7 42 42 0 -1 4194560 100 200 0 0 10 20 30 40 20 0 1 0 5000 1000 10';
  expect(countedOf(stat)).toEqual({ parent: 7, ticks: 100 });
});
