import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Channel, HEAD_BYTES } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';
import { LAST_SEQUENCE, NumberedLane } from './NumberedLane.ts';

const SEED = 20_261_122;
const body = (length: number): Uint8Array => new Uint8Array(length);
const outOfOrder = expect.objectContaining({ code: 'frame-out-of-order' });

describe('NumberedLane', () => {
  it('numbers from 1 and keeps until acknowledged, heads counted', () => {
    const lane = new NumberedLane();
    expect(lane.enqueue(Channel.job, 0, body(10)).sequence).toBe(1);
    expect(lane.enqueue(Channel.chat, 1, body(0)).sequence).toBe(2);
    expect(lane.pendingBytes).toBe(10 + 2 * HEAD_BYTES);
    lane.acknowledge(1);
    expect(lane.pendingBytes).toBe(HEAD_BYTES);
    expect(lane.hasPending).toBe(true);
    lane.acknowledge(2);
    lane.acknowledge(1);
    expect(lane.pendingBytes).toBe(0);
    expect(lane.acknowledged).toBe(2);
    expect(lane.hasPending).toBe(false);
  });

  it('refuses an acknowledgement of what was never sent, and a number that cannot be true', () => {
    const lane = new NumberedLane();
    expect(() => lane.acknowledge(1)).toThrowError(outOfOrder);
    lane.enqueue(Channel.job, 0, body(1));
    lane.acknowledge(1);
    expect(() => lane.replayAfter(0)).toThrowError(outOfOrder);
    expect(() => lane.replayAfter(2)).toThrowError(outOfOrder);
    expect(lane.replayAfter(1)).toEqual([]);
  });

  it('accepts the next, drops what came before, refuses a gap and a message without a number', () => {
    const lane = new NumberedLane();
    expect(lane.accept(1)).toBe(true);
    expect(lane.accept(1)).toBe(false);
    expect(lane.accept(2)).toBe(true);
    expect(lane.accept(1)).toBe(false);
    expect(() => lane.accept(4)).toThrowError(outOfOrder);
    expect(() => lane.accept(0)).toThrowError(outOfOrder);
    expect(lane.received).toBe(2);
  });

  it('gives a copy to replay, which acknowledgements meanwhile do not shorten', () => {
    const lane = new NumberedLane();
    for (let i = 0; i < 3; i++) lane.enqueue(Channel.job, 0, body(i));
    const replay = lane.replayAfter(0);
    lane.acknowledge(3);
    expect(replay.map((message) => message.sequence)).toEqual([1, 2, 3]);
  });

  it('keeps nothing of a message beyond the limit, and takes it when there is room', () => {
    const lane = new NumberedLane();
    lane.enqueue(Channel.job, 0, body(LIMITS.unacknowledgedBytes - HEAD_BYTES));
    expect(() => lane.enqueue(Channel.job, 0, body(0))).toThrowError(expect.objectContaining({ code: 'queue-full' }));
    expect(lane.lastSent).toBe(1);
    lane.acknowledge(1);
    expect(lane.enqueue(Channel.job, 0, body(0)).sequence).toBe(2);
  });

  it('ends at the last number of 32 bits and does not wrap', () => {
    const lane = new NumberedLane({ firstSequence: LAST_SEQUENCE });
    expect(lane.enqueue(Channel.job, 0, body(1)).sequence).toBe(0xffff_ffff);
    expect(() => lane.enqueue(Channel.job, 0, body(1))).toThrowError(
      expect.objectContaining({ code: 'session-closed' }),
    );
    lane.acknowledge(LAST_SEQUENCE);
    expect(() => lane.enqueue(Channel.job, 0, body(1))).toThrowError(
      expect.objectContaining({ code: 'session-closed' }),
    );
  });

  it('brings every message over once and in order, whatever is lost, doubled or cut', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('send' as const), bytes: fc.nat(50) }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.nat(4) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), acknowledgementLost: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const sender = new NumberedLane();
        const receiver = new NumberedLane();
        const delivered: number[] = [];
        let line: number[] = [];
        let sent = 0;
        const deliver = (count: number): void => {
          for (const sequence of line.splice(0, count)) if (receiver.accept(sequence)) delivered.push(sequence);
        };
        for (const one of steps) {
          if (one.do === 'send') {
            line.push(sender.enqueue(Channel.job, 0, body(one.bytes)).sequence);
            sent++;
          } else if (one.do === 'deliver') deliver(one.count);
          else if (one.do === 'acknowledge') sender.acknowledge(receiver.received);
          else line = sender.replayAfter(receiver.received).map((message) => message.sequence);
          expect(sender.acknowledged).toBeLessThanOrEqual(receiver.received);
          expect(sender.lastSent - sender.acknowledged === 0).toBe(!sender.hasPending);
        }
        deliver(Infinity);
        expect(delivered).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
        sender.acknowledge(receiver.received);
        expect(sender.pendingBytes).toBe(0);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
