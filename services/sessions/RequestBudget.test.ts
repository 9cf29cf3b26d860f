import { expect, it } from 'vitest';
import { LIMITS } from '../../core/protocol/limits.ts';
import { RequestBudget } from './RequestBudget.ts';

it('bounds what one client holds, and what all hold together, and gives back what it took', () => {
  const all = new RequestBudget(LIMITS.openRequestBytes * 2);
  const clients = Array.from({ length: 4 }, () => all.ofClient());
  const half = LIMITS.openRequestBytes / 2;
  const took = clients.map((client) => [client.take(half), client.take(half), client.take(1)]);
  expect(took).toEqual([
    [true, true, false],
    [true, true, false],
    [false, false, false],
    [false, false, false],
  ]);
  clients[0]?.give(half);
  expect(clients[2]?.take(half)).toBe(true);
  expect(clients[0]?.take(1)).toBe(false);
  clients[2]?.give(half);
  expect(clients[0]?.take(half)).toBe(true);
});
