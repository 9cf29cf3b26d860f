import { expect, it } from 'vitest';
import { createFaultKeeper, createPageKeeper } from './faults.ts';

function setUp() {
  const clock = { now: 0 };
  const told: string[] = [];
  const said: string[] = [];
  let exits = 0;
  const places = {
    tell: (message: string) => void told.push(message),
    say: (title: string) => void said.push(title),
    exit: () => void exits++,
    steadyMs: () => clock.now,
  };
  return { clock, told, said, places, exits: () => exits };
}

it('writes every fault down, says the first, and goes on', () => {
  const { clock, told, said, places, exits } = setUp();
  const keep = createFaultKeeper(places);
  for (let i = 0; i < 30; i++) {
    keep('uncaught', new Error(`fault ${i}`));
    clock.now += 10_000;
  }
  expect(told).toHaveLength(30);
  expect(told[3]).toContain('uncaught: Error: fault 3');
  expect(said).toEqual(['PUT Desktop met a fault']);
  expect(exits()).toBe(0);
});

it('ends once, and says so, when one fault follows the other', () => {
  const { said, told, places, exits } = setUp();
  const keep = createFaultKeeper(places);
  for (let i = 0; i < 30; i++) keep('uncaught', 'x');
  expect(said).toEqual(['PUT Desktop met a fault', 'PUT Desktop ends']);
  expect(told).toHaveLength(11);
  expect(exits()).toBe(1);
});

it('loads a page that died anew, but not for ever', () => {
  const { clock, told, said, places } = setUp();
  const mayLoad = createPageKeeper(places);
  expect(mayLoad('clean-exit')).toBe(false);
  expect([1, 2, 3, 4].map(() => mayLoad('crashed'))).toEqual([true, true, true, false]);
  expect(said).toEqual(['The window cannot be shown']);
  expect(told[0]).toContain('crashed');
  clock.now = 61_000;
  expect(mayLoad('oom')).toBe(true);
});
