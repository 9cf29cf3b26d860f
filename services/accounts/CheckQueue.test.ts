import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { CheckQueue } from './CheckQueue.ts';

const LIMITS = { atOnce: 2, waiting: 12, waitingPerAddress: 6, waitMs: 5_000 };

function setUp() {
  const clock = createFakeClock();
  const queue = new CheckQueue(clock, LIMITS);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const outcomes = new Map<string, string>();
  const ask = (user: string, address: string, stillWanted?: () => boolean, known = false): void => {
    const name = `${address}/${user}`;
    const asker = { user, address, known, ...(stillWanted ? { stillWanted } : {}) };
    queue
      .run(asker, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      })
      .then(
        () => outcomes.set(name, 'checked'),
        (error: { code: string }) => outcomes.set(name, error.code),
      );
  };
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await clock.advance(0);
  };
  return { clock, ask, endOne, begun, outcomes };
}

describe('CheckQueue', () => {
  it('lets addresses take turns: a flood from one keeps another waiting for one check at most', async () => {
    const { clock, ask, endOne, begun } = setUp();
    for (let i = 0; i < 6; i++) ask(`guess-${i}`, 'flood');
    ask('anna', 'office');
    await clock.advance(0);
    expect(begun).toEqual(['flood/guess-0', 'flood/guess-1']);
    await endOne();
    expect(begun).toHaveLength(3);
    await endOne();
    expect(begun.slice(2)).toContain('office/anna');
  });

  it('checks one user from one address one after the other, and others meanwhile', async () => {
    const { clock, ask, endOne, begun } = setUp();
    ask('anna', 'office');
    ask('anna', 'office');
    ask('ben', 'office');
    await clock.advance(0);
    expect(begun).toEqual(['office/anna', 'office/ben']);
    await endOne();
    expect(begun).toEqual(['office/anna', 'office/ben', 'office/anna']);
  });

  it('refuses who waited too long, and who would come behind too many', async () => {
    const { clock, ask, begun, outcomes } = setUp();
    for (let i = 0; i < 9; i++) ask(`user-${i}`, 'office');
    await clock.advance(0);
    expect([...outcomes.entries()]).toEqual([['office/user-8', 'sign-in-busy']]);
    ask('anna', 'elsewhere');
    await clock.advance(LIMITS.waitMs);
    expect(begun).toHaveLength(2);
    expect([...outcomes.values()].every((code) => code === 'sign-in-busy')).toBe(true);
    expect(outcomes.size).toBe(8);
    expect(clock.openTimers).toBe(0);
  });

  it('bounds those who wait in all', async () => {
    const { clock, ask, outcomes } = setUp();
    for (let i = 0; i < 20; i++) ask('anna', `address-${i}`);
    await clock.advance(0);
    expect(outcomes.size).toBe(20 - LIMITS.atOnce - LIMITS.waiting);
  });

  it('gives an address with fewer the place of one that takes most of them', async () => {
    const { clock, ask, endOne, begun, outcomes } = setUp();
    for (let i = 0; i < 8; i++) for (const flood of ['flood-1', 'flood-2']) ask(`guess-${i}`, flood);
    ask('anna', 'office');
    await clock.advance(0);
    expect(outcomes.has('office/anna')).toBe(false);
    for (let i = 0; i < 4; i++) await endOne();
    expect(begun).toContain('office/anna');
  });

  it('lets a user known at the address go first, also where all places are taken', async () => {
    const { clock, ask, endOne, begun } = setUp();
    for (let i = 0; i < 40; i++) ask('guess', `flood-${i}`);
    ask('anna', 'office', undefined, true);
    await clock.advance(0);
    await endOne();
    expect(begun[2]).toBe('office/anna');
  });

  it('leaves out who went away, and goes on with the next', async () => {
    const { clock, ask, endOne, begun, outcomes } = setUp();
    ask('a', 'x');
    ask('b', 'x');
    ask('gone', 'y', () => false);
    ask('c', 'z');
    await clock.advance(0);
    await endOne();
    expect(begun).toEqual(['x/a', 'x/b', 'z/c']);
    expect(outcomes.get('y/gone')).toBe('line-lost');
  });
});
