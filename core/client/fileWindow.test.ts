import { describe, expect, it } from 'vitest';
import { createRandom } from '../testing/random.ts';
import { chunkBytesFor, FIRST_WINDOW, widenOrNarrow, type FileWindow } from './fileWindow.ts';

interface Line {
  readonly bitsPerSecond: number;
  readonly delayMs: number;
  /** What a credit waits for on its way back. */
  readonly creditWaitMs?: (nowMs: number) => number;
  /** Share of packets lost; what follows waits until the loss is mended. */
  readonly lossShare?: number;
  /** The receiver's clock, as error beside ours. */
  readonly clockErrorMs?: (nowMs: number) => number;
  readonly seconds?: number;
}

/** An upload over a line that keeps order: what share of it file bytes filled, and how long they queued, in the second half. */
function upload(line: Line): { share: number; queueMs: number; window: FileWindow } {
  const random = createRandom(1);
  const bytesPerMs = line.bitsPerSecond / 8_000;
  const endMs = (line.seconds ?? 120) * 1000;
  const nowAt = 1_700_000_000_000;
  let window = FIRST_WINDOW;
  let underWay = 0;
  let freeAtMs = 0;
  let lastArrivalMs = 0;
  let carried = 0;
  const queues: number[] = [];
  const credits: { atMs: number; sentAtMs: number; arrivedAtMs: number; bytes: number }[] = [];
  let nowMs = 0;
  while (nowMs < endMs) {
    for (let chunk = chunkBytesFor(window.windowBytes); underWay + chunk <= window.windowBytes;) {
      const startMs = Math.max(nowMs, freeAtMs);
      freeAtMs = startMs + (chunk + 90) / bytesPerMs;
      let arrivalMs = freeAtMs + line.delayMs;
      if (random() < (line.lossShare ?? 0)) arrivalMs += 2 * line.delayMs + 3 * (1500 / bytesPerMs);
      lastArrivalMs = Math.max(lastArrivalMs, arrivalMs);
      const backMs = lastArrivalMs + line.delayMs + (line.creditWaitMs?.(lastArrivalMs) ?? 0);
      const before = credits.at(-1)?.atMs ?? 0;
      credits.push({ atMs: Math.max(before, backMs), sentAtMs: nowMs, arrivedAtMs: lastArrivalMs, bytes: chunk });
      underWay += chunk;
      if (nowMs > endMs / 2) {
        queues.push(startMs - nowMs);
        carried += chunk;
      }
      chunk = chunkBytesFor(window.windowBytes);
    }
    const credit = credits.shift();
    if (!credit) throw new Error('nothing is under way');
    nowMs = credit.atMs;
    const clock = nowAt + credit.arrivedAtMs + (line.clockErrorMs?.(credit.arrivedAtMs) ?? 0);
    window = widenOrNarrow(window, {
      sentAtMs: nowAt + credit.sentAtMs,
      arrivedAtMs: clock % 2 ** 32,
      nowMs: nowAt + nowMs,
      bytes: credit.bytes,
      underWayBytes: underWay,
    });
    underWay -= credit.bytes;
  }
  const meanQueueMs = queues.reduce((a, b) => a + b, 0) / queues.length;
  return { share: carried / ((bytesPerMs * endMs) / 2), queueMs: meanQueueMs, window };
}

describe('file window', () => {
  it.each([
    ['9,600 bit/s, 300 ms', { bitsPerSecond: 9_600, delayMs: 300 }, 0.85, 1_000],
    ['56 kbit/s, 150 ms', { bitsPerSecond: 56_000, delayMs: 150 }, 0.9, 500],
    ['256 kbit/s, 100 ms', { bitsPerSecond: 256_000, delayMs: 100 }, 0.9, 500],
    ['10 Mbit/s, 25 ms', { bitsPerSecond: 10_000_000, delayMs: 25 }, 0.9, 500],
    ['100 Mbit/s, 1 ms', { bitsPerSecond: 100_000_000, delayMs: 1 }, 0.9, 500],
  ])('fills %s and queues little', (_name, line, leastShare, mostQueueMs) => {
    const { share, queueMs } = upload(line);
    expect(share).toBeGreaterThan(leastShare);
    expect(queueMs).toBeLessThan(mostQueueMs);
  });

  it('fills the line although credits wait a second on their way back', () => {
    const { share, queueMs } = upload({
      bitsPerSecond: 56_000,
      delayMs: 150,
      creditWaitMs: (nowMs) => (nowMs % 2_000 < 1_000 ? 1_000 - (nowMs % 2_000) : 0),
    });
    expect(share).toBeGreaterThan(0.88);
    expect(queueMs).toBeLessThan(1_000);
  });

  it('takes a lost packet for no queue', () => {
    const { share } = upload({ bitsPerSecond: 56_000, delayMs: 150, lossShare: 0.01 });
    expect(share).toBeGreaterThan(0.86);
  });

  it('needs no common clock, and follows one that drifts', () => {
    const line = { bitsPerSecond: 56_000, delayMs: 150, seconds: 600 };
    const { share, queueMs } = upload({ ...line, clockErrorMs: (nowMs) => 3_000_000_000 + nowMs * 0.0002 });
    expect(share).toBeGreaterThan(0.9);
    expect(queueMs).toBeLessThan(600);
    const back = upload({ ...line, clockErrorMs: (nowMs) => -7_000 - nowMs * 0.0002 });
    expect(back.share).toBeGreaterThan(0.85);
  });

  it('does not grow while the file, not the window, is the limit', () => {
    let window = FIRST_WINDOW;
    for (let i = 0; i < 100; i++) {
      const at = 1_000 + i * 100;
      const arrival = { sentAtMs: at, arrivedAtMs: at + 10, nowMs: at + 20, bytes: 100, underWayBytes: 100 };
      window = widenOrNarrow(window, arrival);
    }
    expect(window.windowBytes).toBe(FIRST_WINDOW.windowBytes);
  });
});
