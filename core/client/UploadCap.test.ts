import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LEAST_UPLOAD_CAP, UploadCap } from './UploadCap.ts';

it('lets at most the cap and one burst leave, whatever is asked for, and all of it in the end', () => {
  const asks = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 40_000 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.integer({ min: LEAST_UPLOAD_CAP, max: 10_000_000 }), asks, (bytesPerSecond, all) => {
      const cap = new UploadCap();
      let nowMs = 5_000;
      cap.set(bytesPerSecond, nowMs);
      let left = 0;
      for (const [pauseMs, wanted] of all) {
        nowMs += pauseMs;
        const bytes = Math.min(wanted, cap.burstBytes);
        nowMs += cap.waitMs(bytes, nowMs);
        expect(cap.waitMs(bytes, nowMs)).toBe(0);
        cap.take(bytes);
        left += bytes;
        expect(left).toBeLessThanOrEqual(((nowMs - 5_000) / 1_000) * bytesPerSecond + cap.burstBytes + 1);
      }
    }),
  );
});

it('holds nothing back without a cap, and a new one counts at once', () => {
  const cap = new UploadCap();
  expect(cap.waitMs(1e9, 10)).toBe(0);
  cap.take(1e9);
  cap.set(100_000, 20);
  expect(cap.burstBytes).toBe(25_000);
  expect(cap.waitMs(25_000, 20)).toBe(250);
  expect(cap.waitMs(25_000, 270)).toBe(0);
  cap.set(undefined, 280);
  expect(cap.waitMs(1e9, 280)).toBe(0);
});
