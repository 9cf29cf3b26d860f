import type { Log } from '../service.ts';

/** Lines of one address within a span; more are counted and summed up in one line. */
const LINES_PER_SPAN = 20;
const SPAN_MS = 60_000;
const ADDRESSES_KEPT = 1000;

interface Span {
  startedMs: number;
  lines: number;
  dropped: number;
}

/** Passes warnings about a peer on to the log, but not more than a few a minute for one address: a flood must not fill the disk. */
export class LogLimiter {
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #spans = new Map<string, Span>();

  constructor(log: Log, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  warn(address: string, message: string, details: Record<string, unknown>): void {
    const now = this.#nowMs();
    let span = this.#spans.get(address);
    if (span && now - span.startedMs >= SPAN_MS) {
      this.#summarize(address, span);
      this.#spans.delete(address);
      span = undefined;
    }
    if (!span) {
      span = { startedMs: now, lines: 0, dropped: 0 };
      const oldest = this.#spans.size >= ADDRESSES_KEPT ? this.#spans.entries().next().value : undefined;
      if (oldest) {
        this.#summarize(...oldest);
        this.#spans.delete(oldest[0]);
      }
      this.#spans.set(address, span);
    }
    if (span.lines++ < LINES_PER_SPAN) this.#log.warn(message, details);
    else span.dropped++;
  }

  /** Writes the sums that are still open. */
  close(): void {
    for (const [address, span] of this.#spans) this.#summarize(address, span);
    this.#spans.clear();
  }

  #summarize(address: string, span: Span): void {
    if (span.dropped > 0) this.#log.warn(`[${address}] ${span.dropped} more warnings like these were left out`, {});
  }
}
