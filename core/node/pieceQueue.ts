/** Bytes of one piece: with the heads of TLS, TCP and IP its packet stays below 1,100 bytes, which every tunnel takes. */
export const PIECE_BYTES = 1000;
/**
 * Pieces that leave within one round trip. A system sends ten packets before the first acknowledgement (RFC 6928): while fewer
 * are under way, each piece leaves at once and alone. More would wait in the system, which joins what waits to full packets.
 */
const PIECES_AT_ONCE = 6;
/**
 * Least time between two pieces, and the time until a round trip was measured, in ms: Linux joins what is written while the
 * packet before still waits in the device (tcp_autocorking), also without Nagle's rule.
 */
const LEAST_GAP_MS = 10;
const FIRST_GAP_MS = 60;
/** A round trip is taken a little longer, so that what went before has arrived. */
const MARGIN = 1.2;
/** Bytes that wait here above which the owner is told to wait. */
const FULL_BYTES = 64 * 1024;

export interface PieceQueue {
  /** False: full; wait for `onDrain`. */
  push(bytes: Uint8Array): boolean;
  /** A round trip that was measured; the least one counts, since others waited in this queue. */
  measured(roundTripMs: number): void;
  /** Calls back once all has been written. */
  whenEmpty(callback: () => void): void;
  /** Drops what waits. */
  stop(): void;
}

/**
 * Writes bytes in small pieces at a pace at which each becomes a packet of its own, for lines that lose larger packets. `write`
 * calls `done` when the system has taken the piece.
 */
export function createPieceQueue(
  write: (piece: Uint8Array, done: () => void) => void,
  onDrain: () => void,
): PieceQueue {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let leastRoundTripMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing = false;
  let full = false;
  let stopped = false;
  let onEmpty: (() => void)[] = [];

  const takePiece = (): Uint8Array => {
    const parts: Uint8Array[] = [];
    let room = PIECE_BYTES;
    while (room > 0 && waiting.length > 0) {
      const first = waiting[0] as Uint8Array;
      parts.push(first.subarray(0, room));
      if (first.length > room) waiting[0] = first.subarray(room);
      else waiting.shift();
      room -= Math.min(room, first.length);
    }
    waitingBytes -= PIECE_BYTES - room;
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  };
  const goOn = (): void => {
    if (writing || stopped || timer) return;
    if (waiting.length === 0) {
      for (const callback of onEmpty.splice(0)) callback();
      return;
    }
    writing = true;
    const gapMs = ((leastRoundTripMs ?? 0) * MARGIN) / PIECES_AT_ONCE;
    timer = setTimeout(
      () => {
        timer = undefined;
        goOn();
      },
      leastRoundTripMs === undefined ? FIRST_GAP_MS : Math.max(LEAST_GAP_MS, gapMs),
    );
    write(takePiece(), () => {
      writing = false;
      if (full && waitingBytes < FULL_BYTES / 2) {
        full = false;
        onDrain();
      }
      goOn();
    });
  };
  return {
    push(bytes) {
      if (stopped) return false;
      if (bytes.length > 0) waiting.push(bytes);
      waitingBytes += bytes.length;
      // What one turn of the loop says leaves together.
      process.nextTick(goOn);
      if (waitingBytes > FULL_BYTES) full = true;
      return !full;
    },
    measured(roundTripMs) {
      leastRoundTripMs = Math.min(leastRoundTripMs ?? Infinity, roundTripMs);
    },
    whenEmpty(callback) {
      onEmpty.push(callback);
      process.nextTick(goOn);
    },
    stop() {
      stopped = true;
      waiting = [];
      onEmpty = [];
      clearTimeout(timer);
    },
  };
}
