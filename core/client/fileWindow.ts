/**
 * How many file bytes may be under way, found from the line itself: enough to fill it, little enough that other messages do
 * not wait behind them. The rule is delay-based, as in LEDBAT (RFC 6817): the receiver tells when bytes arrived; how much
 * later than the quickest ones is how long they queued on their way. What credits wait for on the way back does not count.
 * Pure: times and bytes come in.
 */
export interface FileWindow {
  readonly windowBytes: number;
  /** False until a queue was seen for the first time: the window doubles each round trip. */
  readonly steady: boolean;
  /** Last queueing delays seen, in ms, oldest first. */
  readonly queuesMs: readonly number[];
  /** Least difference of the two ends' clocks over a chunk's way, in this period and the one before; undefined before the first. */
  readonly floor: DelayFloor | undefined;
}

interface DelayFloor {
  readonly leastMs: number;
  readonly leastBeforeMs: number;
  readonly sinceMs: number;
}

/** What a credit says about the chunks it confirms. */
export interface ChunkArrival {
  /** When the last confirmed chunk was sent, in ms of this end's clock. */
  readonly sentAtMs: number;
  /** When it arrived, in ms of the receiver's clock modulo 2^32. */
  readonly arrivedAtMs: number;
  readonly nowMs: number;
  /** Bytes that the credit confirms. */
  readonly bytes: number;
  /** Bytes that were under way before it: a window that is not used up tells nothing about the line. */
  readonly underWayBytes: number;
}

/** Queueing delay aimed at, in ms: a status echo stays well below a second, and a lost packet does not empty a 56 kbit/s line. */
const TARGET_QUEUE_MS = 400;
/** Bytes of a file in a TCP segment of 1,448 bytes, less the heads of frame, TLS record and WebSocket message: packets leave full. */
const SEGMENT_BYTES = 1384;
const LEAST_CHUNK_BYTES = SEGMENT_BYTES / 2;
const MOST_CHUNK_BYTES = 23 * SEGMENT_BYTES;
const LEAST_BYTES = 2 * LEAST_CHUNK_BYTES;
const MOST_BYTES = 8 * 1024 * 1024;
/** Delays looked back at: the least of them is taken, since a lost packet delays all that follow it although nothing queues. */
const DELAYS_KEPT = 4;
/** The least delay is found anew over this time, as in RFC 6817: clocks drift and routes change. */
const FLOOR_PERIOD_MS = 120_000;

/**
 * Where large packets are lost: chunks of the least size, each a packet of its own, and no more of them under way than a system
 * sends before the first acknowledgement.
 */
export const SMALL_PACKETS_WINDOW_BYTES = 6 * LEAST_CHUNK_BYTES - 1;

export const FIRST_WINDOW: FileWindow = { windowBytes: LEAST_BYTES, steady: false, queuesMs: [], floor: undefined };

function floorWith(floor: DelayFloor | undefined, delayMs: number, nowMs: number): DelayFloor {
  if (!floor) return { leastMs: delayMs, leastBeforeMs: delayMs, sinceMs: nowMs };
  if (nowMs - floor.sinceMs >= FLOOR_PERIOD_MS) {
    return { leastMs: delayMs, leastBeforeMs: floor.leastMs, sinceMs: nowMs };
  }
  return { ...floor, leastMs: Math.min(floor.leastMs, delayMs) };
}

const clamp = (bytes: number): number => Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Math.round(bytes)));

/** The window after a credit. */
export function widenOrNarrow(window: FileWindow, arrival: ChunkArrival): FileWindow {
  const { nowMs, bytes } = arrival;
  // Difference of two clocks, one of them modulo 2^32: only its changes mean something.
  const delayMs = (arrival.arrivedAtMs - (arrival.sentAtMs % 2 ** 32)) | 0;
  const floor = floorWith(window.floor, delayMs, nowMs);
  const queueMs = Math.max(0, delayMs - Math.min(floor.leastMs, floor.leastBeforeMs));
  const queuesMs = [...window.queuesMs, queueMs].slice(-DELAYS_KEPT);
  const used = arrival.underWayBytes >= window.windowBytes / 2;
  if (!window.steady) {
    if (queueMs < TARGET_QUEUE_MS) {
      const windowBytes = used ? clamp(window.windowBytes + bytes) : window.windowBytes;
      return { windowBytes, steady: false, queuesMs, floor };
    }
    // First queue: fall back to what the line holds at the delay aimed at.
    const roundTripMs = Math.max(1, nowMs - arrival.sentAtMs);
    const share = Math.max(0.25, (roundTripMs - queueMs + TARGET_QUEUE_MS) / roundTripMs);
    return { windowBytes: clamp(window.windowBytes * Math.min(1, share)), steady: true, queuesMs: [], floor };
  }
  const offTarget = Math.max(-1, (TARGET_QUEUE_MS - Math.min(...queuesMs)) / TARGET_QUEUE_MS);
  if (offTarget > 0 && !used) return { ...window, queuesMs, floor };
  const stepBytes = (offTarget * bytes * chunkBytesFor(window.windowBytes)) / window.windowBytes;
  return { windowBytes: clamp(window.windowBytes + stepBytes), steady: true, queuesMs, floor };
}

/** Size of one chunk: about a third of the window, so that the line never waits for a whole window, in full segments; at most 31 KiB. */
export function chunkBytesFor(windowBytes: number): number {
  const segments = Math.floor(windowBytes / 3 / SEGMENT_BYTES);
  return segments === 0 ? LEAST_CHUNK_BYTES : Math.min(MOST_CHUNK_BYTES, segments * SEGMENT_BYTES);
}
