import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { findPacketLimit, FULL_PACKET_BYTES, type PacketSizes } from '../model/packetSizes.ts';
import { PutError, toPutError } from '../protocol/errors.ts';
import { greet } from '../session/handshake.ts';
import { isAnswerToProbe, probeHello } from '../session/packetProbe.ts';
import type { Transport } from '../session/ports.ts';
import { openWebSocket } from './openWebSocket.ts';
import { socketTransport } from './socketTransport.ts';
import { createSystemClock } from './systemClock.ts';

/** A TLS connection through which one packet is tried. */
export interface OpenedLine {
  readonly socket: TLSSocket;
  /** Of the other end; absent through a proxy. */
  readonly address?: string | undefined;
  readonly roundTripMs?: number | undefined;
}

export interface PacketTestOptions {
  readonly host: string;
  readonly port: number;
  readonly carrier: 'tls' | 'websocket';
  /** A new connection for each packet: one that lost a packet carries nothing more. Rejects with a PutError. */
  readonly open: () => Promise<OpenedLine>;
  /** A packet without an answer for this long is lost; time for sending it again is in it. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** TCP with its options (timestamps); Windows sends none unless told to. */
const TCP_HEAD_BYTES = process.platform === 'win32' ? 20 : 32;
/** Of one record: head, tag, and in TLS 1.3 the type (RFC 8446, 5.2), in TLS 1.2 the nonce (RFC 5288, 3). */
const RECORD_BYTES = { 'TLSv1.3': 22, 'TLSv1.2': 29 } as const;
/** Of one WebSocket message of 126 bytes and more; a client's has a mask (RFC 6455, 5.2). */
const WEBSOCKET_BYTES = { toMaster: 8, toClient: 4 } as const;
/** What was written just before (the end of TLS) has left by then and does not share the packet. */
const APART_MS = 50;

const clock = createSystemClock();
const ipHeadBytes = (address: string | undefined): number => (isIPv6(address ?? '') ? 40 : 20);

async function transportOf(line: OpenedLine, { host, port, carrier }: PacketTestOptions): Promise<Transport> {
  return carrier === 'tls'
    ? socketTransport(line.socket, { end: 'client' })
    : openWebSocket({ host, port }, line.socket);
}

/** Sends one packet of that size, or has it sent, over a connection of its own. */
async function tryPacket(
  options: PacketTestOptions,
  direction: 'toMaster' | 'toClient',
  packetBytes: number,
  onOpened: (line: OpenedLine) => void,
): Promise<'passed' | 'lost'> {
  const { host, port, carrier, signal, patienceMs } = options;
  const line = await options.open();
  onOpened(line);
  const { socket, address, roundTripMs = 0 } = line;
  try {
    const transport = await transportOf(line, options);
    await new Promise<void>((resolve) => void clock.setTimer(roundTripMs + APART_MS, resolve));
    const record = socket.getProtocol() === 'TLSv1.2' ? RECORD_BYTES['TLSv1.2'] : RECORD_BYTES['TLSv1.3'];
    const heads =
      ipHeadBytes(address) + TCP_HEAD_BYTES + record + (carrier === 'websocket' ? WEBSOCKET_BYTES[direction] : 0);
    // More than one packet holds: the first of them is as large as this end makes them, whatever its heads are.
    const bytes = packetBytes < FULL_PACKET_BYTES ? packetBytes - heads : 2 * FULL_PACKET_BYTES;
    const hello = probeHello(
      carrier === 'websocket' ? 'websocket' : 'single-port',
      direction === 'toMaster' ? bytes : 0,
      direction === 'toClient' ? bytes : 0,
    );
    const patience = AbortSignal.timeout(patienceMs);
    const answer = await greet(transport, hello, clock, AbortSignal.any([signal, patience])).then(
      () => new PutError('internal', 'signed in without a password'),
      toPutError,
    );
    if (patience.aborted || answer.code === 'request-timeout') return 'lost';
    if (isAnswerToProbe(answer)) return 'passed';
    // An older master answers what it answers: that the greeting came is all that is seen.
    if (answer.kind === 'remote' && direction === 'toMaster') return 'passed';
    throw answer.code === 'sign-in-required'
      ? new PutError(
          'message-invalid',
          `putservices at ${host}:${port} does not answer at a wanted length; it is older`,
        )
      : answer;
  } finally {
    socket.destroy();
  }
}

/** Which packets pass in each direction at one port. What is wrong stands in the findings. */
export async function testPackets(options: PacketTestOptions): Promise<PacketSizes> {
  let headBytes = 40;
  const directionOf = (direction: 'toMaster' | 'toClient') =>
    findPacketLimit((packetBytes) =>
      tryPacket(options, direction, packetBytes, ({ address }) => (headBytes = ipHeadBytes(address) + 20)),
    );
  const [toMaster, toClient] = await Promise.all([directionOf('toMaster'), directionOf('toClient')]);
  return { port: options.port, headBytes, toMaster, toClient };
}
