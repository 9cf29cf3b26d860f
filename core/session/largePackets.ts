import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';

/**
 * Capability of an end that sends small packets on a line, and asks the other end to do the same: for lines that lose
 * packets of full size while small ones pass (path MTU below that of both ends, and no word of it).
 */
export const SMALL_PACKETS = 'small-packets';

/** Lines that fell silent one after the other before large packets are suspected. */
const ENOUGH_LOSSES = 2;
/** A line that lived longer carried large packets. */
const SHORT_LIFE_MS = 120_000;

/**
 * A question is asked every TIMES.measureMs at least, and the other end gives the line up TIMES.deadPeerMs after the last word
 * that reached it: by then it is this old at least, less what both ends need for it.
 */
const UNANSWERED_MS = (TIMES.deadPeerMs - TIMES.measureMs) * 0.6;

/** Losses so far that look like it. */
export interface LargePacketSuspicion {
  readonly losses: number;
}

export const NO_SUSPICION: LargePacketSuspicion = { losses: 0 };

/** How a line ended. */
export interface LineEnd {
  readonly cause: PutError;
  /** How long it was used. */
  readonly heldMs: number;
  /** For how long a question of this end had no answer at its end. The other end may still have been heard. */
  readonly unansweredMs: number;
}

/**
 * A line ended. It looks like lost large packets when a line that greeted well falls silent soon, and the next one again: a cable
 * that is out lets no line come up in between. Either end may be the first to give it up. Silence after a question of our own
 * (a wake-up, another network) says nothing.
 */
export function afterLoss(
  suspicion: LargePacketSuspicion,
  { cause, heldMs, unansweredMs }: LineEnd,
): LargePacketSuspicion {
  if (unansweredMs < UNANSWERED_MS || cause.details['asked'] === true) return suspicion;
  return heldMs > SHORT_LIFE_MS ? NO_SUSPICION : { losses: suspicion.losses + 1 };
}

/** An attempt to come back failed: the network itself is away. */
export function afterFailedAttempt(): LargePacketSuspicion {
  return NO_SUSPICION;
}

export function isSuspected({ losses }: LargePacketSuspicion): boolean {
  return losses >= ENOUGH_LOSSES;
}

/** What the person is told when it is suspected. */
export function largePacketsLost({ losses }: LargePacketSuspicion, cause: PutError): PutError {
  return new PutError(
    'large-packets-lost',
    `${cause.message}; ${losses} lines one after the other came up and fell silent: packets of full size (1,500 bytes) seem to be lost on the way (MTU or MSS), and small ones are sent from now on`,
    { losses },
    { cause },
  );
}

/** Watches the lines of one session for it. */
export interface LargePacketWatch {
  /** From the next line on, both ends send small packets. */
  readonly small: boolean;
  lineBegan(steadyMs: number): void;
  /** Answers the cause to tell: another one when large packets are suspected for the first time. */
  lineEnded(cause: PutError, steadyMs: number, unansweredMs: number): PutError;
  attemptFailed(): void;
  /** Another network may take packets of every size. */
  forget(): void;
}

export function watchForLargePackets(): LargePacketWatch {
  let suspicion = NO_SUSPICION;
  let small = false;
  let beganAtMs = 0;
  return {
    get small() {
      return small;
    },
    lineBegan: (steadyMs) => void (beganAtMs = steadyMs),
    lineEnded(cause, steadyMs, unansweredMs) {
      if (small) return cause;
      suspicion = afterLoss(suspicion, { cause, heldMs: steadyMs - beganAtMs, unansweredMs });
      if (!isSuspected(suspicion)) return cause;
      small = true;
      return largePacketsLost(suspicion, cause);
    },
    attemptFailed: () => void (suspicion = afterFailedAttempt()),
    forget() {
      suspicion = NO_SUSPICION;
      small = false;
    },
  };
}
