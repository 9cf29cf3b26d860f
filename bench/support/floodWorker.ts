import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connectTlsFrom, drip, signInFrom, upgradeOf, whenClosed } from '../../e2e/support/floods.ts';

/*
 * A process of its own that floods a practice system on this machine, so that its work does not slow the honest client's.
 * Told what by its parent: a `FloodOrder`, later 'quiet': nothing new, what is open is held. It ends with its parent.
 */

export interface FloodOrder {
  readonly kind: FloodKind;
  readonly addresses: readonly string[];
  readonly ccPort: number;
  readonly sslPort: number;
  readonly user: string;
}

/** What the strangers do; each is a way in which they once kept everybody out. */
export type FloodKind = 'refused-upgrades' | 'large-messages' | 'wrong-passwords';

/** Each address keeps so many connections, and opens a new one for each that was closed. */
const CONNECTIONS_EACH = 260;
const GUESSES_EACH = 20;
/** A flood that is turned away at once does not become a busy loop of its own. */
const PAUSE_MS = 50;

let quiet = false;
let opened = 0;

async function hold(socket: Socket): Promise<void> {
  // It ignores that the other end wants to close, and goes on speaking.
  socket.allowHalfOpen = true;
  socket.resume();
  drip(socket, Uint8Array.of(0), 1_000);
  await whenClosed(socket);
}

const ATTACKS: Readonly<Record<FloodKind, (order: FloodOrder, from: string) => Promise<void>>> = {
  async 'refused-upgrades'({ sslPort }, from) {
    const socket = await connectTlsFrom(from, sslPort);
    socket.write(upgradeOf('/no'));
    await hold(socket);
  },
  async 'large-messages'({ sslPort }, from) {
    const socket = await connectTlsFrom(from, sslPort);
    socket.write(upgradeOf('/session'));
    await once(socket, 'data');
    // The head of a masked message of 4 MiB, and all of it but the last byte.
    socket.write(Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0));
    socket.write(Buffer.alloc(4 * 1024 * 1024 - 1));
    await hold(socket);
  },
  async 'wrong-passwords'({ ccPort, user }, from) {
    const guess = Math.random() < 0.5 ? user : `guess-${opened}`;
    await signInFrom(from, ccPort, { user: guess, password: 'not the password' });
  },
};

async function floodFrom(order: FloodOrder, from: string): Promise<void> {
  while (!quiet) {
    opened++;
    await ATTACKS[order.kind](order, from).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

process.on('message', (message: FloodOrder | 'quiet') => {
  if (message === 'quiet') {
    quiet = true;
    process.send?.({ opened });
    return;
  }
  const each = message.kind === 'wrong-passwords' ? GUESSES_EACH : CONNECTIONS_EACH;
  for (const from of message.addresses) for (let i = 0; i < each; i++) void floodFrom(message, from);
});
process.on('disconnect', () => process.exit(0));
