import { PutError } from './errors.ts';
import { LIMITS } from './limits.ts';

/*
 * A frame on the wire, big endian:
 *
 *   0        1        2                 4                          8                          12                16
 *   +--------+--------+-----------------+--------------------------+--------------------------+-----------------+
 *   | type   | flags  | channel         | sequence                 | acknowledgement          | body length     | body ...
 *   | u8     | u8     | u16             | u32                      | u32                      | u32             |
 *   +--------+--------+-----------------+--------------------------+--------------------------+-----------------+
 */

/** Bytes of a frame's head. */
export const HEAD_BYTES = 16;

/** What each end sends first on every connection, before any frame: "PUTOP1\r\n". */
export const PREFACE = Uint8Array.from([0x50, 0x55, 0x54, 0x4f, 0x50, 0x31, 0x0d, 0x0a]);

/** Wire numbers of the frame types. */
export const FrameType = {
  /** First frame of the connecting end: versions, capabilities, what it wants, who it is. */
  hello: 0x01,
  /** Answer to hello: the session. */
  welcome: 0x02,
  /** Answer to hello: no, and why; the connection closes. */
  refused: 0x03,
  /** A numbered message: acknowledged, replayed after a reconnect, in order, none twice. */
  message: 0x10,
  /** Acknowledges up to its acknowledgement field; no body. */
  acknowledge: 0x11,
  /** Shows that the sender lives; no body. The peer acknowledges at once. */
  keepAlive: 0x12,
  /** The sender ends the connection for good and says why. */
  close: 0x13,
  /** Measures the round trip: 8 bytes chosen by the sender. */
  ping: 0x14,
  /** Answer to ping with the same 8 bytes. */
  pong: 0x15,
  /** Bytes of a file: transfer number u32, offset u64, then the bytes. Unnumbered; a transfer resumes by offset. */
  fileData: 0x20,
  /** Answer to file bytes: transfer number u32, offset stored so far u64, offset the sender may go up to u64. */
  fileCredit: 0x21,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** Flag: the body is compressed with the scheme agreed in the handshake. */
export const FLAG_COMPRESSED = 0x01;

/** Channels; each service has its own. A side connection (direct mode) carries only the channel that it named. */
export const Channel = { control: 0, ports: 1, job: 2, file: 3, chat: 4 } as const;
export type Channel = (typeof Channel)[keyof typeof Channel];

export interface FrameHead {
  readonly type: FrameType;
  readonly flags: number;
  readonly channel: Channel;
  /** Number of a message frame, from 1; 0 on every other type. */
  readonly sequence: number;
  /** Highest number received in order from the peer. */
  readonly acknowledgement: number;
  readonly bodyBytes: number;
}

export interface Frame extends Omit<FrameHead, 'bodyBytes'> {
  readonly body: Uint8Array;
}

const EMPTY = new Uint8Array(0);

const MAX_BODY_BYTES: Readonly<Record<FrameType, number>> = {
  [FrameType.hello]: LIMITS.handshakeBodyBytes,
  [FrameType.welcome]: LIMITS.handshakeBodyBytes,
  [FrameType.refused]: LIMITS.handshakeBodyBytes,
  [FrameType.message]: LIMITS.messageBodyBytes,
  [FrameType.acknowledge]: 0,
  [FrameType.keepAlive]: 0,
  [FrameType.close]: LIMITS.controlBodyBytes,
  [FrameType.ping]: 8,
  [FrameType.pong]: 8,
  [FrameType.fileData]: LIMITS.fileBodyBytes,
  [FrameType.fileCredit]: 24,
};
const MIN_BODY_BYTES: Partial<Record<FrameType, number>> = {
  [FrameType.ping]: 8,
  [FrameType.pong]: 8,
  [FrameType.fileData]: 12,
  [FrameType.fileCredit]: 24,
};
/** Types that belong on one channel; a message may come on each. */
const CHANNEL_OF: Partial<Record<FrameType, Channel>> = {
  [FrameType.hello]: Channel.control,
  [FrameType.welcome]: Channel.control,
  [FrameType.refused]: Channel.control,
  [FrameType.acknowledge]: Channel.control,
  [FrameType.keepAlive]: Channel.control,
  [FrameType.close]: Channel.control,
  [FrameType.ping]: Channel.control,
  [FrameType.pong]: Channel.control,
  [FrameType.fileData]: Channel.file,
  [FrameType.fileCredit]: Channel.file,
};
const CHANNELS: ReadonlySet<number> = new Set(Object.values(Channel));

/** Largest body that a frame of this type may have, in bytes. */
export function maxBodyBytes(type: FrameType): number {
  return MAX_BODY_BYTES[type];
}

/** Writes a whole frame into one new array. Throws `frame-too-large` for a body beyond the limit of its type. */
export function encodeFrame(frame: {
  type: FrameType;
  flags?: number;
  channel?: Channel;
  sequence?: number;
  acknowledgement?: number;
  body?: Uint8Array;
}): Uint8Array {
  const body = frame.body ?? EMPTY;
  if (body.length > MAX_BODY_BYTES[frame.type]) {
    throw new PutError(
      'frame-too-large',
      `a frame of type ${frame.type} may hold ${MAX_BODY_BYTES[frame.type]} bytes, not ${body.length}`,
    );
  }
  const bytes = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, frame.type);
  view.setUint8(1, frame.flags ?? 0);
  view.setUint16(2, frame.channel ?? Channel.control);
  view.setUint32(4, frame.sequence ?? 0);
  view.setUint32(8, frame.acknowledgement ?? 0);
  view.setUint32(12, body.length);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/**
 * Reads and judges a head: type, flags, channel, number and length, before a byte of the body is stored. `bytes` holds
 * exactly HEAD_BYTES. Throws `frame-type-unknown` (flags included), `channel-unknown`, `frame-out-of-order`, `frame-too-large`,
 * `body-invalid`.
 */
export function decodeHead(bytes: Uint8Array): FrameHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const type = view.getUint8(0);
  const limit = MAX_BODY_BYTES[type as FrameType] as number | undefined;
  if (limit === undefined)
    throw new PutError('frame-type-unknown', `frame type 0x${type.toString(16)} is not known`, { type });
  const flags = view.getUint8(1);
  const compressible = type === FrameType.message;
  if ((flags & ~(compressible ? FLAG_COMPRESSED : 0)) !== 0) {
    throw new PutError(
      'frame-type-unknown',
      `frame type 0x${type.toString(16)} does not take flags 0x${flags.toString(16)}`,
      { type, flags },
    );
  }
  const channel = view.getUint16(2);
  if (!CHANNELS.has(channel)) throw new PutError('channel-unknown', `channel ${channel} is not known`, { channel });
  const only = CHANNEL_OF[type as FrameType];
  if (only !== undefined && channel !== only) {
    throw new PutError(
      'channel-unknown',
      `a frame of type 0x${type.toString(16)} came on channel ${channel}; it belongs on ${only}`,
      { type, channel },
    );
  }
  const sequence = view.getUint32(4);
  if ((sequence !== 0) !== (type === FrameType.message)) {
    throw new PutError(
      'frame-out-of-order',
      `a frame of type 0x${type.toString(16)} has number ${sequence}; messages count from 1, others have none`,
      { type, sequence },
    );
  }
  const bodyBytes = view.getUint32(12);
  if (bodyBytes > limit) {
    throw new PutError(
      'frame-too-large',
      `a frame of type 0x${type.toString(16)} announces ${bodyBytes} bytes; ${limit} are allowed`,
      { type, bodyBytes, limit },
    );
  }
  const least = MIN_BODY_BYTES[type as FrameType] ?? 0;
  if (bodyBytes < least)
    throw new PutError(
      'body-invalid',
      `a frame of type 0x${type.toString(16)} has ${bodyBytes} bytes; ${least} are needed`,
      { type, bodyBytes },
    );
  return {
    type: type as FrameType,
    flags,
    channel: channel as Channel,
    sequence,
    acknowledgement: view.getUint32(8),
    bodyBytes,
  };
}
