import { describe, expect, it } from 'vitest';
import { ConnectionGuard } from './ConnectionGuard.ts';
import { LogLimiter } from './LogLimiter.ts';
import { addressKey } from './PortListeners.ts';

const LIMITS = { inAll: 20, perAddress: 8, freshInAll: 10, freshPerAddress: 6 };

describe('ConnectionGuard', () => {
  it('bounds the connections of one address, and counts those that left', () => {
    const guard = new ConnectionGuard(LIMITS);
    const admitted = Array.from({ length: 8 }, () => guard.admit('a', () => {}));
    expect(admitted.filter(Boolean)).toHaveLength(6);
    admitted[0]?.settled();
    expect(guard.admit('a', () => {})).toBeDefined();
    for (const admission of admitted) admission?.left();
    for (const admission of admitted) admission?.left();
    expect(guard.openConnections).toBe(1);
  });

  it('lets a flood from several addresses keep nobody out: the oldest of the address with most gives way', () => {
    const guard = new ConnectionGuard(LIMITS);
    const evicted: string[] = [];
    for (let i = 0; i < 5; i++)
      for (const from of ['flood-1', 'flood-2']) guard.admit(from, () => evicted.push(`${from} ${i}`));
    expect(guard.admit('engineer', () => {})).toBeDefined();
    expect(evicted).toEqual(['flood-1 0']);
    expect(guard.admit('flood-2', () => {})).toBeUndefined();
    expect(evicted).toHaveLength(1);
  });

  it('never takes more than it may in all', () => {
    const guard = new ConnectionGuard(LIMITS);
    let admitted = 0;
    for (let i = 0; i < 50; i++) {
      const admission = guard.admit(`host-${i}`, () => {});
      admission?.settled();
      if (admission) admitted++;
    }
    expect(admitted).toBe(LIMITS.inAll);
  });
});

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('counts %s as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it('writes a few warnings of one address a minute and sums up the rest', () => {
  const lines: string[] = [];
  let now = 0;
  const log = { info: () => {}, error: () => {}, warn: (message: string) => void lines.push(message) };
  const limiter = new LogLimiter(log, () => now);
  for (let i = 0; i < 100; i++) limiter.warn('a', 'foreign bytes', {});
  limiter.warn('b', 'foreign bytes', {});
  expect(lines).toHaveLength(21);
  now = 61_000;
  limiter.warn('a', 'foreign bytes', {});
  expect(lines[21]).toContain('80 more');
  limiter.close();
  expect(lines).toHaveLength(23);
});
