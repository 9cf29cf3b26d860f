const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Longest duration that is taken: a year is a slip of the pen. */
export const MOST_DURATION_MS = 90 * UNITS.d;

/** Milliseconds of a duration as people write it (`90 s`, `10 min`, `2 h`, `1.5 h`); undefined for any other text. */
export function parseDurationMs(text: string): number | undefined {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|min|h|d)$/.exec(text.trim());
  if (!found) return undefined;
  return Math.round(Number(found[1]) * UNITS[found[2] as keyof typeof UNITS]);
}

/** A duration as `parseDurationMs` reads it, in the largest unit that says it exactly: `2 h`, `90 min`, `45 s`. */
export function formatDurationMs(durationMs: number): string {
  const [unit, ms] = Object.entries(UNITS).findLast(([, one]) => durationMs % one === 0) ?? ['ms', 1];
  return `${durationMs / ms} ${unit}`;
}
