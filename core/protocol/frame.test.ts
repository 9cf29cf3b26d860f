import { describe, expect, it } from 'vitest';
import { bytesOfHex, hexOfBytes, joinBytes } from '../testing/bytes.ts';
import { PutError } from './errors.ts';
import {
  Channel,
  decodeHead,
  encodeFrame,
  FLAG_COMPRESSED,
  FrameType,
  HEAD_BYTES,
  maxBodyBytes,
  PREFACE,
} from './frame.ts';
import { LIMITS } from './limits.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof PutError) return error.code;
    throw error;
  }
  return 'none';
}

const head = (hex: string) => decodeHead(bytesOfHex(hex));

describe('frame heads', () => {
  it('writes the preface PUTOP1', () => {
    expect(hexOfBytes(PREFACE)).toBe('5055544f50310d0a');
  });

  it('writes a message on the job channel byte for byte', () => {
    const bytes = encodeFrame({
      type: FrameType.message,
      flags: FLAG_COMPRESSED,
      channel: Channel.job,
      sequence: 0x01020304,
      acknowledgement: 0xfffefdfc,
      body: bytesOfHex('a0'),
    });
    expect(hexOfBytes(bytes)).toBe('10010002' + '01020304' + 'fffefdfc' + '00000001' + 'a0');
  });

  it.each([
    ['hello', '01000000 00000000 00000000 00000005', FrameType.hello, Channel.control, 5],
    ['welcome', '02000000 00000000 00000000 00000005', FrameType.welcome, Channel.control, 5],
    ['refused', '03000000 00000000 00000000 00000005', FrameType.refused, Channel.control, 5],
    ['message', '10000004 00000001 00000000 00400000', FrameType.message, Channel.chat, 4 * 1024 * 1024],
    ['acknowledge', '11000000 00000000 00000009 00000000', FrameType.acknowledge, Channel.control, 0],
    ['keepAlive', '12000000 00000000 00000000 00000000', FrameType.keepAlive, Channel.control, 0],
    ['close', '13000000 00000000 00000000 00000400', FrameType.close, Channel.control, 1024],
    ['ping', '14000000 00000000 00000000 00000008', FrameType.ping, Channel.control, 8],
    ['pong', '15000000 00000000 00000000 00000008', FrameType.pong, Channel.control, 8],
    ['fileData', '20000003 00000000 00000000 00010000', FrameType.fileData, Channel.file, 65_536],
    ['fileCredit', '21000003 00000000 00000000 00000018', FrameType.fileCredit, Channel.file, 24],
  ])('reads the head of a %s frame', (_name, hex, type, channel, bodyBytes) => {
    expect(head(hex)).toMatchObject({ type, channel, bodyBytes, flags: 0 });
  });

  it('reads a head out of the middle of a larger array', () => {
    const bytes = joinBytes(bytesOfHex('ffffff'), bytesOfHex('11000000 00000000 00000007 00000000'));
    expect(decodeHead(bytes.subarray(3, 3 + HEAD_BYTES)).acknowledgement).toBe(7);
  });

  it('knows every type and channel of the tables and nothing else', () => {
    const types = new Set<number>(Object.values(FrameType));
    for (let type = 0; type < 256; type++) {
      const bytes = new Uint8Array(HEAD_BYTES);
      bytes[0] = type;
      const code = codeOf(() => decodeHead(bytes));
      expect(code === 'frame-type-unknown').toBe(!types.has(type));
    }
    const channels = new Set<number>(Object.values(Channel));
    for (let channel = 0; channel < 300; channel++) {
      const bytes = encodeFrame({ type: FrameType.message, sequence: 1, channel: channel as Channel });
      expect(codeOf(() => decodeHead(bytes))).toBe(channels.has(channel) ? 'none' : 'channel-unknown');
    }
  });

  it.each([
    ['frame-type-unknown', 'an unknown type', '7f000000 00000000 00000000 00000000'],
    ['frame-type-unknown', 'a flag nobody defined', '10020000 00000001 00000000 00000000'],
    ['frame-type-unknown', 'a compressed ping', '14010000 00000000 00000000 00000008'],
    ['channel-unknown', 'channel 5', '10000005 00000001 00000000 00000000'],
    ['channel-unknown', 'a hello on the job channel', '01000002 00000000 00000000 00000001'],
    ['channel-unknown', 'file bytes on the control channel', '20000000 00000000 00000000 0000000c'],
    ['frame-out-of-order', 'a message without a number', '10000000 00000000 00000000 00000000'],
    ['frame-out-of-order', 'a numbered ping', '14000000 00000001 00000000 00000008'],
    ['body-invalid', 'a ping of 7 bytes', '14000000 00000000 00000000 00000007'],
    ['body-invalid', 'a pong of 0 bytes', '15000000 00000000 00000000 00000000'],
    ['body-invalid', 'file bytes without their head', '20000003 00000000 00000000 0000000b'],
    ['body-invalid', 'a credit of 23 bytes', '21000003 00000000 00000000 00000017'],
    ['frame-too-large', 'an acknowledgement with a body', '11000000 00000000 00000000 00000001'],
    ['frame-too-large', 'a body of 4 GiB', '10000000 00000001 00000000 ffffffff'],
  ])('refuses with %s: %s', (code, _what, hex) => {
    expect(codeOf(() => head(hex))).toBe(code);
  });

  const figures: Record<keyof typeof FrameType, number> = {
    hello: LIMITS.handshakeBodyBytes,
    welcome: LIMITS.handshakeBodyBytes,
    refused: LIMITS.handshakeBodyBytes,
    message: LIMITS.messageBodyBytes,
    acknowledge: 0,
    keepAlive: 0,
    close: LIMITS.controlBodyBytes,
    ping: 8,
    pong: 8,
    fileData: LIMITS.fileBodyBytes,
    fileCredit: 24,
  };
  it.each(Object.entries(figures))('keeps the limit of %s on both sides', (name, limit) => {
    const type = FrameType[name as keyof typeof FrameType];
    const channel = name.startsWith('file') ? Channel.file : Channel.control;
    const sequence = name === 'message' ? 1 : 0;
    expect(maxBodyBytes(type)).toBe(limit);
    const largest = encodeFrame({ type, channel, sequence, body: new Uint8Array(limit) });
    expect(decodeHead(largest.subarray(0, HEAD_BYTES)).bodyBytes).toBe(limit);
    expect(codeOf(() => encodeFrame({ type, channel, sequence, body: new Uint8Array(limit + 1) }))).toBe(
      'frame-too-large',
    );
    const tooLarge = largest.slice(0, HEAD_BYTES);
    new DataView(tooLarge.buffer).setUint32(12, limit + 1);
    expect(codeOf(() => decodeHead(tooLarge))).toBe('frame-too-large');
  });
});
