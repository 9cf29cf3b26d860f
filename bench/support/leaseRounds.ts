import { PROTOCOL_VERSIONS, type Hello } from '../../core/protocol/handshake.ts';
import type { Random } from '../../core/session/ports.ts';

/** How a round of connecting and cancelling ends. */
export const ROUND_KINDS = [
  /** Offered a port, then closed properly. */
  'cancel-after-offer',
  /** Gone in the middle of the TLS handshake (sockets) or of the preface (in process). */
  'cancel-in-handshake',
  /** Gone in the middle of its greeting. */
  'cancel-in-hello',
  /** Offered a port, then reset. */
  'kill',
  /** The watch connection stays and says nothing, its client is gone. */
  'half-open-watch',
  /** All the way to the offered port, then reset. */
  'hand-off-then-destroy',
] as const;
export type RoundKind = (typeof ROUND_KINDS)[number];

/** How often each comes, of 100. */
const SHARES: Readonly<Record<RoundKind, number>> = {
  'cancel-after-offer': 40,
  'cancel-in-handshake': 10,
  'cancel-in-hello': 10,
  kill: 20,
  'half-open-watch': 10,
  'hand-off-then-destroy': 10,
};

export function chooseRound(random: Random): RoundKind {
  let at = random() * 100;
  for (const kind of ROUND_KINDS) if ((at -= SHARES[kind]) < 0) return kind;
  return 'cancel-after-offer';
}

/** What rounds met, over all of them. */
export interface RoundCounts {
  rounds: number;
  offered: number;
  /** Every port was leased at that moment, and the answer said so. */
  rangeFull: number;
  handedOff: number;
  outOfRange: number;
  readonly byKind: Record<RoundKind, number>;
}

export function noRounds(): RoundCounts {
  return {
    rounds: 0,
    offered: 0,
    rangeFull: 0,
    handedOff: 0,
    outOfRange: 0,
    byKind: {
      'cancel-after-offer': 0,
      'cancel-in-handshake': 0,
      'cancel-in-hello': 0,
      kill: 0,
      'half-open-watch': 0,
      'hand-off-then-destroy': 0,
    },
  };
}

/** A greeting of the hand-off. */
export function handOffHello(more: Partial<Hello>): Hello {
  return {
    versions: [...PROTOCOL_VERSIONS],
    software: 'bench',
    capabilities: [],
    purpose: 'negotiate',
    path: 'hand-off',
    clientSystem: 'bench',
    ...more,
  };
}
