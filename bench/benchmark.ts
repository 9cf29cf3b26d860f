import { loadavg } from 'node:os';
import { PutError } from '../core/protocol/errors.ts';

/** What a benchmark gets: its options as given on the command line, and where it may tell how far it is. */
export interface BenchmarkRun {
  readonly options: Readonly<Record<string, string | boolean>>;
  say(line: string): void;
}

/** One benchmark: a file of this folder exports it as `benchmark`. */
export interface Benchmark<R = object> {
  /** What is measured, in one line. */
  readonly about: string;
  /** Names of its options, each with what it means. */
  readonly options?: Readonly<Record<string, string>>;
  run(run: BenchmarkRun): Promise<R>;
  /** The result for people. */
  lines(result: R): readonly string[];
  /** Whether the bars were met. */
  passed(result: R): boolean;
}

/** A number from 0 on among the options, or `otherwise`; throws `usage` for anything else. */
export function numberOption(run: BenchmarkRun, name: string, otherwise: number): number {
  const value = run.options[name];
  if (value === undefined) return otherwise;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  if (!Number.isFinite(number) || number < 0) {
    throw new PutError('usage', `--${name} takes a number, not ${value === true ? 'nothing' : String(value)}`);
  }
  return number;
}

/** A text among the options; throws `usage` where the option stands there without one. */
export function textOption(run: BenchmarkRun, name: string): string | undefined {
  const value = run.options[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new PutError('usage', `--${name} takes a text`);
}

/** The value below which the given share (0 to 1) of the numbers lies; NaN for none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Load of the machine over the last minute, to one digit. */
export function loadNow(): number {
  return rounded(loadavg()[0] ?? 0, 1);
}

/** To three digits behind the point, for results. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
