import { expect, it } from 'vitest';
import { LogLimiter } from './LogLimiter.ts';

function setUp() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const write = (message: string): void => void lines.push(message);
  const limiter = new LogLimiter({ info: write, error: write, warn: write }, () => clock.now);
  return { lines, clock, limiter };
}

it('writes a few warnings of one address a minute and sums up the rest', () => {
  const { lines, clock, limiter } = setUp();
  for (let i = 0; i < 100; i++) limiter.warn('a', 'foreign bytes', {});
  limiter.warn('b', 'foreign bytes', {});
  expect(lines).toHaveLength(21);
  clock.now = 61_000;
  limiter.warn('a', 'foreign bytes', {});
  expect(lines[21]).toContain('80 more');
  limiter.close();
  expect(lines).toHaveLength(23);
});

it('writes a few hundred lines about all peers a minute, whatever their number, and sums up the rest', () => {
  const { lines, clock, limiter } = setUp();
  for (let i = 0; i < 5_000; i++) limiter.warn(`address ${i % 2_500}`, 'foreign bytes', {});
  expect(lines).toHaveLength(300);
  clock.now = 61_000;
  limiter.info('b', 'file bytes were dropped', {});
  expect(lines[300]).toBe('4700 lines about many peers were left out');
  expect(lines[301]).toBe('file bytes were dropped');
});
