import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPieceQueue, PIECE_BYTES } from './pieceQueue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function queueThatWrites(takes = true) {
  const written: Uint8Array[] = [];
  let drained = 0;
  const dones: (() => void)[] = [];
  const queue = createPieceQueue(
    (piece, done) => {
      written.push(piece);
      if (takes) done();
      else dones.push(done);
    },
    () => drained++,
  );
  return { written, queue, dones, drained: () => drained };
}
const sizes = (written: readonly Uint8Array[]): number[] => written.map(({ length }) => length);
const advance = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('small pieces', () => {
  it('joins what one turn says, cuts what is longer, and keeps the order of the bytes', async () => {
    const { written, queue } = queueThatWrites();
    queue.push(Uint8Array.of(1, 2));
    queue.push(Uint8Array.of(3));
    await advance(0);
    queue.push(new Uint8Array(PIECE_BYTES + 1).fill(4));
    await advance(1_000);
    expect(sizes(written)).toEqual([3, PIECE_BYTES, 1]);
    expect([...(written[0] ?? [])]).toEqual([1, 2, 3]);
    expect(Buffer.concat(written).length).toBe(PIECE_BYTES + 4);
  });

  it('lets fewer pieces go in a round trip than a system sends without an acknowledgement', async () => {
    const { written, queue } = queueThatWrites();
    queue.measured(200);
    queue.measured(90_000);
    queue.push(new Uint8Array(20 * PIECE_BYTES));
    await advance(0);
    expect(written).toHaveLength(1);
    await advance(39);
    expect(written).toHaveLength(1);
    await advance(1);
    expect(written).toHaveLength(2);
    await advance(160);
    expect(written).toHaveLength(6);
    await advance(10_000);
    expect(written).toHaveLength(20);
  });

  it('writes one piece after the system has taken the one before', async () => {
    const { written, queue, dones } = queueThatWrites(false);
    queue.push(new Uint8Array(3 * PIECE_BYTES));
    await advance(5_000);
    expect(written).toHaveLength(1);
    dones.shift()?.();
    await advance(100);
    expect(written).toHaveLength(2);
  });

  it('tells when it is full and when there is room, when it is empty, and writes nothing after its stop', async () => {
    const { written, queue, drained } = queueThatWrites();
    expect(queue.push(new Uint8Array(70_000))).toBe(false);
    let empty = 0;
    queue.whenEmpty(() => empty++);
    await advance(60_000);
    expect([drained(), empty, Buffer.concat(written).length]).toEqual([1, 1, 70_000]);
    queue.push(new Uint8Array(70_000));
    await advance(0);
    const before = written.length;
    queue.stop();
    await advance(60_000);
    expect(written).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
