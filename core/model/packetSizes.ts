import { PutError } from '../protocol/errors.ts';

/** Bytes of a packet of full size on Ethernet, its IP head included. */
export const FULL_PACKET_BYTES = 1500;
/** Every path carries this much in practice (RFC 879 has 576); a path test that loses even these tells nothing of sizes. */
export const SMALL_PACKET_BYTES = 512;
/** The limit is told as closely as this; TCP options are 12 bytes of it. */
const CLOSE_ENOUGH_BYTES = 16;
/** Sizes tried beside each other in one round. */
const AT_ONCE = 3;

/** Which packets pass in one direction. */
export type PacketFinding =
  | { readonly kind: 'full-size' }
  | {
      readonly kind: 'limited';
      /** Largest that passed and smallest that did not, with their IP heads. */
      readonly passesBytes: number;
      readonly lostBytes: number;
    }
  | { readonly kind: 'unknown'; readonly because: string };

/** Both directions at one port. */
export interface PacketSizes {
  readonly port: number;
  /** Heads of IP and TCP without options: what an MSS is less than an MTU. */
  readonly headBytes: number;
  readonly toMaster: PacketFinding;
  readonly toClient: PacketFinding;
}

/** What became of one packet; anything but its passing or its loss is thrown. */
export type PacketProbe = (packetBytes: number) => Promise<'passed' | 'lost'>;

/**
 * Looks for the largest packet that passes. One probe where those of full size do; otherwise small ones must pass and full
 * ones be lost once more before the limit is looked for, so that a lost packet or a dead line is not taken for it.
 */
export async function findPacketLimit(probe: PacketProbe): Promise<PacketFinding> {
  try {
    if ((await probe(FULL_PACKET_BYTES)) === 'passed') return { kind: 'full-size' };
    const [small, full] = await Promise.all([probe(SMALL_PACKET_BYTES), probe(FULL_PACKET_BYTES)]);
    if (full === 'passed') return { kind: 'full-size' };
    if (small === 'lost') return { kind: 'unknown', because: 'small packets were lost as well' };
    let passesBytes = SMALL_PACKET_BYTES;
    let lostBytes = FULL_PACKET_BYTES;
    while (lostBytes - passesBytes > CLOSE_ENOUGH_BYTES) {
      const step = (lostBytes - passesBytes) / (AT_ONCE + 1);
      const sizes = Array.from({ length: AT_ONCE }, (_, i) => Math.round(passesBytes + step * (i + 1)));
      const fates = await Promise.all(sizes.map(probe));
      const largest = fates.lastIndexOf('passed');
      lostBytes = sizes[largest + 1] ?? lostBytes;
      passesBytes = sizes[largest] ?? passesBytes;
    }
    return { kind: 'limited', passesBytes, lostBytes };
  } catch (error) {
    if (!(error instanceof PutError)) throw error;
    return { kind: 'unknown', because: error.message };
  }
}

/** What to ask the network team for where large packets are lost; undefined where none are. */
export function packetRequest(host: string, packets: PacketSizes | undefined): string | undefined {
  if (!packets) return undefined;
  const directions = [
    { finding: packets.toMaster, where: `from this machine to ${host}` },
    { finding: packets.toClient, where: `from ${host} to this machine` },
  ].flatMap(({ finding, where }) => (finding.kind === 'limited' ? [{ where, passes: finding.passesBytes }] : []));
  if (directions.length === 0) return undefined;
  const told = directions.map(({ where, passes }) => `${where} above about ${passes} bytes`).join(', and ');
  const mss = Math.min(...directions.map(({ passes }) => passes)) - packets.headBytes;
  return (
    `Packets ${told} do not pass: MTU or MSS. Please clamp the TCP MSS on that way to ${mss} bytes, ` +
    'or let ICMP "fragmentation needed" (IPv6: "packet too big") through.'
  );
}
