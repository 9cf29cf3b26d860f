import type { Log } from './service.ts';

/** Lines about one peer within a span; more are counted and summed up in one line. */
const LINES_PER_SPAN = 20;
/** The same about all peers together: many addresses must not fill the log either. */
const LINES_IN_ALL_PER_SPAN = 300;
const SPAN_MS = 60_000;
const PEERS_KEPT = 1000;

interface Span {
  startedMs: number;
  lines: number;
  dropped: number;
}

/**
 * Passes lines about what peers do on to the log, but not more than a few a minute for one peer (an address, a session) and
 * not many for all: a flood must neither fill the disk nor push older lines out of the log.
 */
export class LogLimiter {
  readonly #log: Log;
  readonly #steadyMs: () => number;
  readonly #spans = new Map<string, Span>();
  #all: Span | undefined;

  /** `steadyMs`: a clock that is never set. */
  constructor(log: Log, steadyMs: () => number) {
    this.#log = log;
    this.#steadyMs = steadyMs;
  }

  warn(peer: string, message: string, details: Record<string, unknown>): void {
    if (this.#mayWrite(peer)) this.#log.warn(message, details);
  }

  info(peer: string, message: string, details: Record<string, unknown>): void {
    if (this.#mayWrite(peer)) this.#log.info(message, details);
  }

  /** Writes the sums that are still open. */
  close(): void {
    for (const [peer, span] of this.#spans) this.#summarize(peer, span);
    this.#spans.clear();
    this.#summarizeAll();
  }

  #mayWrite(peer: string): boolean {
    const now = this.#steadyMs();
    if (this.#all && now - this.#all.startedMs >= SPAN_MS) this.#summarizeAll();
    const all = (this.#all ??= { startedMs: now, lines: 0, dropped: 0 });
    const span = this.#spanOf(peer, now);
    if (span.lines >= LINES_PER_SPAN) {
      span.dropped++;
      return false;
    }
    span.lines++;
    if (all.lines >= LINES_IN_ALL_PER_SPAN) {
      all.dropped++;
      return false;
    }
    all.lines++;
    return true;
  }

  #spanOf(peer: string, now: number): Span {
    let span = this.#spans.get(peer);
    if (span && now - span.startedMs >= SPAN_MS) {
      this.#summarize(peer, span);
      this.#spans.delete(peer);
      span = undefined;
    }
    if (!span) {
      span = { startedMs: now, lines: 0, dropped: 0 };
      const oldest = this.#spans.size >= PEERS_KEPT ? this.#spans.entries().next().value : undefined;
      if (oldest) {
        this.#summarize(...oldest);
        this.#spans.delete(oldest[0]);
      }
      this.#spans.set(peer, span);
    }
    return span;
  }

  /** A sum is a line as well. */
  #summarize(peer: string, span: Span): void {
    if (span.dropped === 0) return;
    if (this.#all && this.#all.lines >= LINES_IN_ALL_PER_SPAN) {
      this.#all.dropped += span.dropped;
      return;
    }
    if (this.#all) this.#all.lines++;
    this.#log.warn(`[${peer}] ${span.dropped} more lines like these were left out`, {});
  }

  #summarizeAll(): void {
    const dropped = this.#all?.dropped ?? 0;
    this.#all = undefined;
    if (dropped > 0) this.#log.warn(`${dropped} lines about many peers were left out`, {});
  }
}
