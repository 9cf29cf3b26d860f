import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionGuard, type Admission } from './ConnectionGuard.ts';
import { addressKey } from './PortListeners.ts';

const LIMITS = { settledInAll: 20, settledPerAddress: 8, freshInAll: 10, freshPerAddress: 6, freshKeptMs: 5_000 };

describe('ConnectionGuard', () => {
  it('bounds the fresh connections of one address, and counts those that left', () => {
    const guard = new ConnectionGuard(LIMITS, () => 0);
    const admitted = Array.from({ length: 8 }, () => guard.admit('a', () => {}));
    expect(admitted.filter(Boolean)).toHaveLength(6);
    admitted[0]?.settled();
    expect(guard.admit('a', () => {})).toBeDefined();
    for (const admission of admitted) admission?.left();
    for (const admission of admitted) admission?.left();
    expect(guard.openConnections).toBe(1);
  });

  it('lets a flood from several addresses keep nobody out: the oldest of the address with most gives way', () => {
    const guard = new ConnectionGuard(LIMITS, () => 0);
    const evicted: string[] = [];
    for (let i = 0; i < 5; i++)
      for (const from of ['flood-1', 'flood-2']) guard.admit(from, () => evicted.push(`${from} ${i}`));
    expect(guard.admit('engineer', () => {})).toBeDefined();
    expect(evicted).toEqual(['flood-1 0']);
    expect(guard.admit('flood-2', () => {})).toBeUndefined();
    expect(evicted).toHaveLength(1);
  });

  it('lets those that hold every place of their own address for long give way to the next', () => {
    let nowMs = 0;
    const guard = new ConnectionGuard(LIMITS, () => nowMs);
    const evicted: number[] = [];
    for (let i = 0; i < 6; i++) guard.admit('a', () => evicted.push(i));
    nowMs = 4_999;
    expect(guard.admit('a', () => {})).toBeUndefined();
    nowMs = 5_000;
    expect(guard.admit('a', () => {})).toBeDefined();
    expect(evicted).toEqual([0]);
  });

  it('has no room for new sessions beyond its limits, while whoever comes back is admitted and settles', () => {
    const guard = new ConnectionGuard(LIMITS, () => 0);
    for (let i = 0; i < LIMITS.settledInAll; i++) guard.admit(`host-${i}`, () => {})?.settled();
    const back = guard.admit('host-1', () => {});
    expect(back?.hasRoom()).toBe(false);
    back?.settled();
    expect(guard.openConnections).toBe(LIMITS.settledInAll + 1);
    const few = new ConnectionGuard(LIMITS, () => 0);
    for (let i = 0; i < LIMITS.settledPerAddress; i++) few.admit('a', () => {})?.settled();
    expect(few.admit('a', () => {})?.hasRoom()).toBe(false);
    expect(few.admit('b', () => {})?.hasRoom()).toBe(true);
  });

  it('counts right whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(9), fc.nat(4)), { maxLength: 200 }), (deeds) => {
        let nowMs = 0;
        const guard = new ConnectionGuard(LIMITS, () => nowMs);
        const open: { admission: Admission; settled: boolean }[] = [];
        for (const [deed, which, from] of deeds) {
          nowMs += 500;
          if (deed < 2) {
            const one = { admission: undefined as Admission | undefined, settled: false };
            one.admission = guard.admit(`${from}`, () => {
              expect(one.settled).toBe(false);
              open.splice(open.indexOf(one as never), 1);
              one.admission?.left();
            });
            if (one.admission) open.push(one as never);
          } else if (open.length > 0) {
            const at = which % open.length;
            const one = open[at] as (typeof open)[number];
            if (deed === 2) {
              one.settled = true;
              one.admission.settled();
            } else {
              open.splice(at, 1);
              one.admission.left();
            }
          }
          const fresh = open.filter(({ settled }) => !settled);
          expect(guard.openConnections).toBe(open.length);
          expect(fresh.length).toBeLessThanOrEqual(LIMITS.freshInAll);
        }
      }),
    );
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
