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

/** How long something took, in its two largest units: `912 s` of it are `15 min 12 s`. */
export function elapsedText(seconds: number): string {
  const ms = Math.round(seconds) * UNITS.s;
  const whole = (['d', 'h', 'min', 's'] as const).map((unit, at, units) => {
    const above = units[at - 1];
    const rest = above === undefined ? ms : ms % UNITS[above];
    return { unit, count: Math.floor(rest / UNITS[unit]) };
  });
  const first = whole.findIndex(({ count }) => count > 0);
  if (first < 0) return '0 s';
  return whole
    .slice(first, first + 2)
    .flatMap(({ unit, count }) => (count > 0 ? [`${count} ${unit}`] : []))
    .join(' ');
}
