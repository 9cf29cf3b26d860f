import { expect, it } from 'vitest';
import { TurnPace } from './TurnPace.ts';

it('begins a few a turn, in order, and goes on while some wait', () => {
  const turns: (() => void)[] = [];
  const pace = new TurnPace(4, (run) => turns.push(run));
  const done: number[] = [];
  for (let i = 0; i < 10; i++) pace.begin(() => done.push(i));
  expect(done).toEqual([]);
  const counts: number[] = [];
  while (turns.length > 0) {
    expect(turns).toHaveLength(1);
    turns.shift()?.();
    counts.push(done.length);
  }
  expect(counts).toEqual([4, 8, 10]);
  expect(done).toEqual([...Array(10).keys()]);
  pace.begin(() => done.push(10));
  turns.shift()?.();
  expect(done).toHaveLength(11);
});
