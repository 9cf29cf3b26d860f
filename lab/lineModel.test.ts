import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDLE_DIRECTION, PERFECT_LINE, sendPacket, type LineDirection } from './lineModel.ts';

describe('line model', () => {
  it('takes rate and delay into account', () => {
    const line = { ...PERFECT_LINE, delayMs: 150, bitsPerSecond: 56_000 };
    const first = sendPacket(IDLE_DIRECTION, line, 700, 1_000, () => 0.5);
    expect(first.fate).toEqual({ fate: 'arrives', atMs: 1_000 + 100 + 150 });
    const second = sendPacket(first.direction, line, 700, 1_000, () => 0.5);
    expect(second.fate).toEqual({ fate: 'arrives', atMs: 1_000 + 200 + 150 });
  });

  it('loses everything while down, and drops at the tail of a full queue', () => {
    expect(sendPacket(IDLE_DIRECTION, { ...PERFECT_LINE, up: false }, 100, 0, () => 0.5).fate).toEqual({
      fate: 'lost',
    });
    let direction: LineDirection = IDLE_DIRECTION;
    const fates: string[] = [];
    for (let i = 0; i < 10; i++) {
      const sent = sendPacket(
        direction,
        { ...PERFECT_LINE, bitsPerSecond: 8_000, queueBytes: 3_000 },
        1_000,
        0,
        () => 0.5,
      );
      direction = sent.direction;
      fates.push(sent.fate.fate);
    }
    expect(fates).toEqual([...Array<string>(4).fill('arrives'), ...Array<string>(6).fill('dropped')]);
  });

  it('never reorders and never carries more than its rate', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            gapMs: fc.integer({ min: 0, max: 50 }),
            bytes: fc.integer({ min: 20, max: 1500 }),
            random: fc.double({ min: 0, max: 0.999, noNaN: true }),
          }),
          { maxLength: 200 },
        ),
        (packets) => {
          const line = { ...PERFECT_LINE, delayMs: 30, jitterMs: 40, bitsPerSecond: 256_000, lossPercent: 3 };
          let direction: LineDirection = IDLE_DIRECTION;
          let now = 0;
          let last = 0;
          let carriedBytes = 0;
          for (const { gapMs, bytes, random } of packets) {
            now += gapMs;
            const sent = sendPacket(direction, line, bytes, now, () => random);
            direction = sent.direction;
            if (sent.fate.fate !== 'arrives') continue;
            expect(sent.fate.atMs).toBeGreaterThanOrEqual(last);
            last = sent.fate.atMs;
            carriedBytes += bytes;
            expect(carriedBytes).toBeLessThanOrEqual((direction.freeAtMs * 256) / 8 + 1e-6);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
