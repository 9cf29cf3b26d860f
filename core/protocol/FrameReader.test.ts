import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfHex, joinBytes } from '../testing/bytes.ts';
import { PutError } from './errors.ts';
import { Channel, encodeFrame, FrameType, maxBodyBytes, PREFACE, type Frame } from './frame.ts';
import { FrameReader } from './FrameReader.ts';

const SEED = 20_261_122;

/** Any frame that the rules allow, with a small body. */
const anyFrame = fc
  .record({
    type: fc.constantFrom(...Object.values(FrameType)),
    channel: fc.constantFrom(...Object.values(Channel)),
    sequence: fc.integer({ min: 1, max: 0xffff_ffff }),
    acknowledgement: fc.integer({ min: 0, max: 0xffff_ffff }),
    flags: fc.integer({ min: 0, max: 1 }),
    body: fc.uint8Array({ maxLength: 80 }),
  })
  .map(({ type, channel, sequence, acknowledgement, flags, body }): Frame => {
    const message = type === FrameType.message;
    const file = type === FrameType.fileData || type === FrameType.fileCredit;
    const exact: Partial<Record<FrameType, number>> = {
      [FrameType.ping]: 8,
      [FrameType.pong]: 8,
      [FrameType.fileCredit]: 24,
    };
    const length =
      exact[type] ?? (maxBodyBytes(type) === 0 ? 0 : Math.max(body.length, type === FrameType.fileData ? 12 : 0));
    const padded = new Uint8Array(length);
    padded.set(body.subarray(0, length));
    return {
      type,
      flags: message ? flags : 0,
      channel: message ? channel : file ? Channel.file : Channel.control,
      sequence: message ? sequence : 0,
      acknowledgement,
      body: padded,
    };
  });

const plain = (frame: Frame) => ({ ...frame, body: [...frame.body] });

function readAll(
  pieces: readonly Uint8Array[],
  expectPreface = true,
): { frames: ReturnType<typeof plain>[]; error?: PutError; held: number } {
  const frames: ReturnType<typeof plain>[] = [];
  const reader = new FrameReader((frame) => frames.push(plain(frame)), { expectPreface });
  try {
    for (const piece of pieces) reader.push(piece);
  } catch (error) {
    if (error instanceof PutError) return { frames, error, held: reader.heldBytes };
    throw error;
  }
  return { frames, held: reader.heldBytes };
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((end, i) => bytes.slice(edges[i], end));
}

describe('FrameReader', () => {
  it('reads the same frames from any cut of any stream', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 12 }),
        fc.array(fc.nat(4000), { maxLength: 40 }),
        (frames, places) => {
          const stream = joinBytes(PREFACE, ...frames.map((frame) => encodeFrame(frame)));
          const outcome = readAll(cutAt(stream, places));
          expect(outcome.error).toBeUndefined();
          expect(outcome.frames).toEqual(frames.map(plain));
          expect(outcome.held).toBe(0);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('reads every type cut at every byte, and byte by byte', () => {
    const frames = fc.sample(
      fc.tuple(...Object.values(FrameType).map((type) => anyFrame.filter((frame) => frame.type === type))),
      { seed: SEED, numRuns: 1 },
    )[0];
    for (const frame of frames ?? []) {
      const stream = joinBytes(PREFACE, encodeFrame(frame), encodeFrame({ type: FrameType.keepAlive }));
      for (let at = 0; at <= stream.length; at++) {
        const outcome = readAll([stream.slice(0, at), stream.slice(at)]);
        expect(outcome.frames.map((one) => one.type)).toEqual([frame.type, FrameType.keepAlive]);
        expect(outcome.frames[0]).toEqual(plain(frame));
        const short = readAll([stream.slice(0, at)]);
        expect(short.error).toBeUndefined();
        expect(short.frames.length).toBeLessThanOrEqual(at === stream.length ? 2 : 1);
      }
      expect(readAll(Array.from(stream, (byte) => Uint8Array.of(byte))).frames).toHaveLength(2);
    }
  });

  it('answers any bytes with frames or one protocol error, never anything else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        fc.array(fc.nat(300), { maxLength: 10 }),
        (noise, withPreface, places) => {
          const stream = withPreface ? joinBytes(PREFACE, noise) : noise;
          const { error } = readAll(cutAt(stream, places));
          if (error) expect(error.kind).toBe('protocol');
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('meets a foreign greeting at its first wrong byte', () => {
    expect(readAll([bytesOfHex('5055')]).error).toBeUndefined();
    const { error } = readAll([bytesOfHex('5055'), new TextEncoder().encode('GET / HTTP/1.1')]);
    expect(error).toMatchObject({ code: 'preface-foreign', details: { offset: 2 } });
  });

  it('judges the head before a byte of the body is there', () => {
    const { error, held } = readAll([bytesOfHex('10000000 00000001 00000000 00400001')], false);
    expect(error?.code).toBe('frame-too-large');
    expect(held).toBe(0);
  });

  it('refuses a known type that may not come, at its head', () => {
    const reader = new FrameReader(() => {}, { expectPreface: true, allowed: new Set([FrameType.hello]) });
    const huge = encodeFrame({ type: FrameType.message, sequence: 1, body: new Uint8Array(100) });
    expect(() => reader.push(joinBytes(PREFACE, huge.subarray(0, 16)))).toThrowError(
      expect.objectContaining({ code: 'handshake-expected' }),
    );
  });

  it('throws the same error again after a fault', () => {
    const reader = new FrameReader(() => {}, { expectPreface: false });
    const bad = bytesOfHex('7f000000 00000000 00000000 00000000');
    expect(() => reader.push(bad)).toThrowError(expect.objectContaining({ code: 'frame-type-unknown' }));
    expect(() => reader.push(encodeFrame({ type: FrameType.keepAlive }))).toThrowError(
      expect.objectContaining({ code: 'frame-type-unknown' }),
    );
    expect(() => reader.resume()).toThrowError(expect.objectContaining({ code: 'frame-type-unknown' }));
  });

  it('hands the rest to the next reader, at every cut, a half-read head and body included', () => {
    const first = encodeFrame({ type: FrameType.hello, body: bytesOfHex('a0') });
    const after = joinBytes(
      encodeFrame({ type: FrameType.message, sequence: 1, body: bytesOfHex('010203') }),
      encodeFrame({ type: FrameType.keepAlive }),
    );
    const stream = joinBytes(PREFACE, first, after);
    for (let at = 0; at <= stream.length; at++) {
      const seen: FrameType[] = [];
      const reader: FrameReader = new FrameReader(
        (frame) => {
          seen.push(frame.type);
          reader.stop();
        },
        { expectPreface: true },
      );
      reader.push(stream.slice(0, at));
      reader.push(stream.slice(at));
      expect(seen).toEqual([FrameType.hello]);
      const rest = reader.takeRest();
      expect([...rest]).toEqual([...after]);
      expect(reader.heldBytes).toBe(0);
      // A reader stopped from outside in mid-frame gives the frame back whole.
      const half = new FrameReader(() => {}, { expectPreface: false });
      const cut = Math.min(at, after.length - 1);
      half.push(after.slice(0, cut));
      half.stop();
      half.push(after.slice(cut));
      expect(readAll([half.takeRest()], false).frames.at(-1)?.type).toBe(FrameType.keepAlive);
    }
  });

  it('goes on after stop and resume without losing or doubling', () => {
    const count = 20;
    const stream = joinBytes(
      ...Array.from({ length: count }, (_, i) => encodeFrame({ type: FrameType.message, sequence: i + 1 })),
    );
    const seen: number[] = [];
    const reader: FrameReader = new FrameReader(
      (frame) => {
        seen.push(frame.sequence);
        reader.stop();
      },
      { expectPreface: false },
    );
    reader.push(stream);
    for (let i = 1; i < count; i++) reader.resume();
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  it('is not entered twice when the handler pushes', () => {
    const order: string[] = [];
    const reader: FrameReader = new FrameReader(
      (frame) => {
        order.push(`in ${frame.sequence}`);
        if (frame.sequence === 1) reader.push(encodeFrame({ type: FrameType.message, sequence: 2 }));
        order.push(`out ${frame.sequence}`);
      },
      { expectPreface: false },
    );
    reader.push(encodeFrame({ type: FrameType.message, sequence: 1 }));
    expect(order).toEqual(['in 1', 'out 1', 'in 2', 'out 2']);
  });

  it('keeps few chunks of a large frame that comes byte by byte', () => {
    const body = Uint8Array.from({ length: 60_000 }, (_, i) => i & 255);
    const stream = encodeFrame({ type: FrameType.message, sequence: 1, body });
    const { frames } = readAll(
      Array.from(stream, (byte) => Uint8Array.of(byte)),
      false,
    );
    expect(frames[0]?.body).toEqual([...body]);
  });

  it('turns a fault of the handler into one PutError', () => {
    const reader = new FrameReader(
      () => {
        throw new TypeError('handler');
      },
      { expectPreface: false },
    );
    expect(() => reader.push(encodeFrame({ type: FrameType.keepAlive }))).toThrowError(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});
