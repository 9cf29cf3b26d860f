/** What a benchmark gets: its options as given on the command line, and where it may tell how far it is. */
export interface BenchmarkRun {
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  say(line: string): void;
}

/** One benchmark: a file of this folder exports it as `benchmark`. */
export interface Benchmark<R = object> {
  run(run: BenchmarkRun): Promise<R>;
  /** The result for people. */
  lines(result: R): readonly string[];
  /** Whether the bar was met. */
  passed(result: R): boolean;
}

/** A whole number among the options, or `otherwise`; throws for anything else. */
export function numberOption(run: BenchmarkRun, name: string, otherwise: number): number {
  const value = run.options[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new TypeError(`--${name} takes a number, not ${String(value)}`);
  return number;
}

/** The value below which the given share (0 to 1) of the numbers lies; NaN for none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
