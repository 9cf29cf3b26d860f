/**
 * How many file bytes may be under way, found from the line itself: enough to fill it, little enough that other messages do
 * not wait behind them. The rule is delay-based, as in LEDBAT (RFC 6817): the window grows while a chunk's round trip stays
 * near the least ever seen and shrinks as soon as a queue builds. Pure: times and bytes come in.
 */
export interface FileWindow {
  readonly windowBytes: number;
  /** Least round trip of a chunk, in ms; undefined before the first. */
  readonly leastRoundTripMs: number | undefined;
  /** False until a queue was seen for the first time: the window doubles each round trip. */
  readonly steady: boolean;
}

/** Queueing delay aimed at, in ms: keeps a status echo well below a second and a 56 kbit/s line full. */
const TARGET_DELAY_MS = 200;
const LEAST_BYTES = 4 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;

export const FIRST_WINDOW: FileWindow = { windowBytes: LEAST_BYTES, leastRoundTripMs: undefined, steady: false };

/**
 * The window after `storedBytes` were confirmed `roundTripMs` after they were sent. `idleRoundTripMs` is what the session
 * measured by itself: on a very slow line even the first chunks queue, and their own least would hide it.
 */
export function widenOrNarrow(
  window: FileWindow,
  storedBytes: number,
  roundTripMs: number,
  idleRoundTripMs = Infinity,
): FileWindow {
  const least = Math.min(window.leastRoundTripMs ?? roundTripMs, roundTripMs, idleRoundTripMs);
  const queueMs = roundTripMs - least;
  const clamp = (bytes: number): number => Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Math.round(bytes)));
  if (!window.steady && queueMs < TARGET_DELAY_MS)
    return { windowBytes: clamp(window.windowBytes + storedBytes), leastRoundTripMs: least, steady: false };
  if (!window.steady) {
    // First queue: fall back to what the line holds at the target delay.
    return {
      windowBytes: clamp((window.windowBytes * (least + TARGET_DELAY_MS)) / roundTripMs),
      leastRoundTripMs: least,
      steady: true,
    };
  }
  const offTarget = Math.max(-1, (TARGET_DELAY_MS - queueMs) / TARGET_DELAY_MS);
  const stepBytes = (offTarget * storedBytes * chunkBytesFor(window.windowBytes)) / window.windowBytes;
  return { windowBytes: clamp(window.windowBytes + stepBytes), leastRoundTripMs: least, steady: true };
}

/** Size of one chunk: a quarter of the window, so that the line never waits for a whole window; at most 32 KiB. */
export function chunkBytesFor(windowBytes: number): number {
  return Math.max(1024, Math.min(32 * 1024, Math.floor(windowBytes / 4)));
}
