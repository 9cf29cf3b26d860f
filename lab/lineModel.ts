import type { Random } from '../core/session/ports.ts';

/** How a line treats packets; each member may change while it runs. */
export interface LineProperties {
  /** One way, in ms. */
  readonly delayMs: number;
  /** Bits a second in each direction; 0 is unlimited. */
  readonly bitsPerSecond: number;
  /** Packets lost at random, 0 to 100. */
  readonly lossPercent: number;
  /** Added to each packet's delay at random, up to this, in ms; packets keep their order. */
  readonly jitterMs: number;
  /** Bytes that wait for the line at most; further packets are dropped at the tail, as a modem's buffer does. */
  readonly queueBytes: number;
  /** Packets of more bytes are lost without a word, as where the path MTU is smaller and ICMP is dropped; 0: none. */
  readonly largestPacketBytes: number;
  /** False: every packet is lost. */
  readonly up: boolean;
}

export const PERFECT_LINE: LineProperties = {
  delayMs: 0,
  bitsPerSecond: 0,
  lossPercent: 0,
  jitterMs: 0,
  queueBytes: 64_000,
  largestPacketBytes: 0,
  up: true,
};

/** State of one direction. */
export interface LineDirection {
  /** When the last accepted packet has left the sender's end, in ms. */
  readonly freeAtMs: number;
  /** When the last accepted packet arrives, in ms: the next one arrives no earlier. */
  readonly lastArrivalMs: number;
}

export const IDLE_DIRECTION: LineDirection = { freeAtMs: 0, lastArrivalMs: 0 };

export type PacketFate =
  { readonly fate: 'arrives'; readonly atMs: number } | { readonly fate: 'lost' } | { readonly fate: 'dropped' };

/** What becomes of a packet handed to one direction at `nowMs`: loss, then the rate with its queue, then the delay. */
export function sendPacket(
  direction: LineDirection,
  properties: LineProperties,
  packetBytes: number,
  nowMs: number,
  random: Random,
): { readonly direction: LineDirection; readonly fate: PacketFate } {
  const { largestPacketBytes } = properties;
  if (largestPacketBytes > 0 && packetBytes > largestPacketBytes) return { direction, fate: { fate: 'lost' } };
  if (!properties.up || random() * 100 < properties.lossPercent) return { direction, fate: { fate: 'lost' } };
  const startMs = Math.max(nowMs, direction.freeAtMs);
  const bytesPerMs = properties.bitsPerSecond / 8_000;
  if (bytesPerMs > 0 && (startMs - nowMs) * bytesPerMs > properties.queueBytes)
    return { direction, fate: { fate: 'dropped' } };
  const freeAtMs = startMs + (bytesPerMs > 0 ? packetBytes / bytesPerMs : 0);
  const atMs = Math.max(direction.lastArrivalMs, freeAtMs + properties.delayMs + random() * properties.jitterMs);
  return { direction: { freeAtMs, lastArrivalMs: atMs }, fate: { fate: 'arrives', atMs } };
}
