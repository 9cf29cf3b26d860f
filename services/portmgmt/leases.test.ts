import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_LEASES, leaseEndsAtMs, nextDeadlineMs, stepLeases } from './leases.ts';
import type { LeaseEvent, LeaseHolder, LeaseRules, LeaseStep, LeaseTable } from './leases.ts';

const RULES: LeaseRules = {
  firstPort: 9002,
  lastPort: 9009,
  overflowTo: 9009,
  takenPorts: new Set(),
  watched: true,
  offerMs: 10_000,
  watchLostMs: 2_000,
};
const CLASSIC: LeaseRules = { ...RULES, overflowTo: 9100, watched: false };

/** A step where both clocks say the same. */
function stepAt(table: LeaseTable, event: LeaseEvent, rules: LeaseRules, atMs: number): LeaseStep {
  return stepLeases(table, event, rules, { steadyMs: atMs, wallMs: atMs });
}

const holder = (sessionId: string): LeaseHolder => ({ sessionId, user: 'anna', clientSystem: `laptop-${sessionId}` });

function run(events: readonly (readonly [number, LeaseEvent])[], rules = RULES): { table: LeaseTable; last: string[] } {
  let table = EMPTY_LEASES;
  let last: string[] = [];
  for (const [atMs, event] of events) {
    const step = stepAt(table, event, rules, atMs);
    table = step.table;
    last = step.effects.map((effect) => effect.effect);
  }
  return { table, last };
}

describe('leases', () => {
  it('offers the next higher free port and takes an unused offer back after its deadline', () => {
    const { table } = run([
      [0, { type: 'request', holder: holder('a'), leaseKey: 'ka' }],
      [0, { type: 'request', holder: holder('b'), leaseKey: 'kb' }],
    ]);
    expect([...table.keys()]).toEqual([9002, 9003]);
    expect(nextDeadlineMs(table)).toBe(10_000);
    const later = stepAt(table, { type: 'time-passed' }, RULES, 10_000);
    expect(later.table.size).toBe(0);
    expect(later.effects).toMatchObject([{ reason: 'offer-unused' }, { reason: 'offer-unused' }]);
  });

  it('gives a lease back within 2 s of a lost watch or a lost client, but keeps an attached one', () => {
    for (const event of [
      { type: 'watch-lost', leaseKey: 'ka' },
      { type: 'line-lost', sessionId: 'a', endsAtMs: 99_999 },
    ] as const) {
      const { table } = run([
        [0, { type: 'request', holder: holder('a'), leaseKey: 'ka' }],
        [10, { type: 'watch-opened', leaseKey: 'ka' }],
        [100, event],
      ]);
      expect(nextDeadlineMs(table)).toBeLessThanOrEqual(100 + RULES.watchLostMs);
    }
    const { table } = run([
      [0, { type: 'request', holder: holder('a'), leaseKey: 'ka' }],
      [10, { type: 'use-offer', port: 9002, leaseKey: 'ka' }],
      [20, { type: 'watch-lost', leaseKey: 'ka' }],
    ]);
    expect(table.get(9002)?.phase.kind).toBe('attached');
    expect(nextDeadlineMs(table)).toBeUndefined();
  });

  it('keeps the port of a session that lost its line and gives it back to the same session only', () => {
    const { table } = run([
      [0, { type: 'request', holder: holder('a'), leaseKey: 'ka' }],
      [1, { type: 'use-offer', port: 9002, leaseKey: 'ka' }],
      [2, { type: 'line-lost', sessionId: 'a', endsAtMs: 5000 }],
    ]);
    const stranger = stepAt(table, { type: 'come-back', port: 9002, holder: holder('b') }, RULES, 3);
    expect(stranger.effects).toMatchObject([{ effect: 'refused', error: { code: 'lease-unknown' } }]);
    const again = stepAt(table, { type: 'request', holder: holder('a'), leaseKey: 'ka2' }, RULES, 3);
    expect(again.effects).toMatchObject([{ effect: 'offered', lease: { port: 9002 } }]);
    const back = stepAt(table, { type: 'come-back', port: 9002, holder: holder('a') }, RULES, 3);
    expect(back.table.get(9002)?.phase.kind).toBe('attached');
    expect(stepAt(table, { type: 'time-passed' }, RULES, 5000).table.size).toBe(0);
  });

  it('answers a full range with who holds what and since when, and never leaves the range', () => {
    let table = EMPTY_LEASES;
    for (let i = 0; i < 8; i++) {
      table = stepAt(table, { type: 'request', holder: holder(`s${i}`), leaseKey: `k${i}` }, RULES, 0).table;
    }
    const full = stepAt(table, { type: 'request', holder: holder('late'), leaseKey: 'kl' }, RULES, 1);
    expect(full.table).toBe(table);
    expect(full.effects).toMatchObject([{ effect: 'refused', error: { code: 'lease-range-full' } }]);
    const [effect] = full.effects;
    expect(effect?.effect === 'refused' && effect.error.message).toContain(
      '9002 anna at laptop-s0 since 1970-01-01 00:00 UTC',
    );
  });

  it('reproduces the documented leak when unwatched: eight cancelled connects, then 9010 and 9011', () => {
    let table = EMPTY_LEASES;
    const offered: number[] = [];
    for (let i = 0; i < 10; i++) {
      const step = stepAt(table, { type: 'request', holder: holder(`s${i}`), leaseKey: `k${i}` }, CLASSIC, i * 100_000);
      for (const effect of step.effects) if (effect.effect === 'offered') offered.push(effect.lease.port);
      table = stepAt(step.table, { type: 'watch-lost', leaseKey: `k${i}` }, CLASSIC, i * 100_000 + 1).table;
      table = stepAt(table, { type: 'session-over', sessionId: `s${i}` }, CLASSIC, i * 100_000 + 2).table;
      table = stepAt(table, { type: 'time-passed' }, CLASSIC, i * 100_000 + 90_000).table;
    }
    expect(offered).toEqual([9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009, 9010, 9011]);
  });

  it('lets an admin release an idle lease, not one in use', () => {
    const { table } = run([
      [0, { type: 'request', holder: holder('a'), leaseKey: 'ka' }],
      [0, { type: 'use-offer', port: 9002, leaseKey: 'ka' }],
      [0, { type: 'request', holder: holder('b'), leaseKey: 'kb' }],
    ]);
    const codeOf = (port: number): unknown => {
      const [effect] = stepAt(table, { type: 'release', port }, RULES, 1).effects;
      return effect?.effect === 'refused' ? effect.error.code : effect?.effect;
    };
    expect(codeOf(9002)).toBe('lease-not-idle');
    expect(codeOf(9003)).toBe('released');
    expect(codeOf(9004)).toBe('already-done');
    expect(codeOf(80)).toBe('port-unknown');
  });

  it('keeps its promises under any sequence of events', () => {
    const session = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    const port = fc.integer({ min: 9000, max: 9012 });
    const event: fc.Arbitrary<LeaseEvent> = fc.oneof(
      session.map((id): LeaseEvent => ({ type: 'request', holder: holder(id), leaseKey: `k${id}` })),
      session.map((id): LeaseEvent => ({ type: 'watch-opened', leaseKey: `k${id}` })),
      session.map((id): LeaseEvent => ({ type: 'watch-lost', leaseKey: `k${id}` })),
      fc.tuple(session, port).map(([id, p]): LeaseEvent => ({ type: 'use-offer', port: p, leaseKey: `k${id}` })),
      fc.tuple(session, port).map(([id, p]): LeaseEvent => ({ type: 'come-back', port: p, holder: holder(id) })),
      session.map((id): LeaseEvent => ({ type: 'line-lost', sessionId: id, endsAtMs: Infinity })),
      session.map((id): LeaseEvent => ({ type: 'moved-away', sessionId: id })),
      session.map((id): LeaseEvent => ({ type: 'session-over', sessionId: id })),
      port.map((p): LeaseEvent => ({ type: 'release', port: p })),
      fc.constant<LeaseEvent>({ type: 'time-passed' }),
    );
    const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), event), { maxLength: 80 });
    fc.assert(
      fc.property(story, (steps) => {
        let table = EMPTY_LEASES;
        let nowMs = 0;
        for (const [waitMs, raw] of steps) {
          nowMs += waitMs;
          const next = raw.type === 'line-lost' ? { ...raw, endsAtMs: nowMs + 3000 } : raw;
          const step = stepAt(table, next, RULES, nowMs);
          for (const effect of step.effects) {
            if (effect.effect === 'released')
              expect(step.table.get(effect.lease.port)?.leaseKey).not.toBe(effect.lease.leaseKey);
            if (effect.effect === 'open-port') throw new Error('a port outside the range was opened');
          }
          table = step.table;
          const holders = new Set<string>();
          for (const [at, lease] of table) {
            expect(at).toBe(lease.port);
            expect(at).toBeGreaterThanOrEqual(RULES.firstPort);
            expect(at).toBeLessThanOrEqual(RULES.lastPort);
            expect(lease.phase.kind === 'attached' || leaseEndsAtMs(lease) !== undefined).toBe(true);
            expect(leaseEndsAtMs(lease) ?? 0).toBeLessThanOrEqual(nowMs + 10_000);
            expect(holders.has(lease.holder.sessionId)).toBe(false);
            holders.add(lease.holder.sessionId);
          }
        }
        for (const id of 'abcdefghij') {
          table = stepAt(table, { type: 'line-lost', sessionId: id, endsAtMs: nowMs + 3000 }, RULES, nowMs).table;
        }
        expect(stepAt(table, { type: 'time-passed' }, RULES, nowMs + 10_000).table.size).toBe(0);
      }),
      { numRuns: 300, seed: 9002 },
    );
  });
});
