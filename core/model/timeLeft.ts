/*
 * When a job will have ended, as a range: from how long its steps took before, on the same system and in this job itself. Nothing is guessed: of a step that
 * never ran here, and so of the whole, it is said that the end is not known.
 */

/** How long a step took over some nodes, from its beginning to its end, without anybody having had to decide. */
export interface StepPace {
  readonly ms: number;
  /** Nodes of the step: of its wave, or all. */
  readonly nodes: number;
  /** Nodes that were worked on at once. */
  readonly atOnce: number;
}

/** By step id. */
export type StepPaces = Readonly<Record<string, readonly StepPace[]>>;

/** A piece of the way ahead: a step over some nodes, once. */
export interface StepRun {
  readonly stepId: string;
  readonly nodes: number;
  readonly atOnce: number;
}

/** A time between two, in ms. */
export interface MsRange {
  readonly lowMs: number;
  readonly highMs: number;
}

/** What is left of a job, as far as it is known; it changes with the steps and not with the clock. */
export interface TimeLeft {
  /** The step under way: since when, and how long it takes in all. */
  readonly current?: (MsRange & { readonly startedAtMs: number }) | undefined;
  /** What comes after it; absent where `unknown` names a step. */
  readonly after?: MsRange | undefined;
  /** Steps ahead that never ran on this system, so that the end is not known; the first of them. */
  readonly unknown?: readonly string[] | undefined;
}

/** Steps that are named of those that are not known. */
const NAMED = 3;
/** Nodes of a run that is taken for one of like size, from this share of them to as many times. */
const LIKE = 4;
/** What this job showed is not taken for more than this, either way. */
const MOST_CORRECTION = 4;
/** Runs of this job after which what it shows counts as much as what was before. */
const TRUSTED_AFTER = 2;

const roundsOf = ({ nodes, atOnce }: Omit<StepRun, 'stepId'>): number =>
  Math.max(1, Math.ceil(nodes / Math.max(1, atOnce)));

/** The value at a share (0 to 1) of sorted ones, between neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** What a run takes by runs before: the 10th to the 90th percentile, wider where there are few. Undefined without any. */
function rangeOf(
  run: Omit<StepRun, 'stepId'>,
  paces: readonly StepPace[],
): (MsRange & { readonly midMs: number }) | undefined {
  if (paces.length === 0) return undefined;
  const like = paces.filter(({ nodes }) => nodes * LIKE >= run.nodes && nodes <= run.nodes * LIKE);
  const rounds = roundsOf(run);
  const times = (like.length > 0 ? like : paces)
    .map((pace) => (pace.ms / roundsOf(pace)) * rounds)
    .sort((a, b) => a - b);
  const wider = 1 + 1 / (times.length + 1);
  return {
    lowMs: quantile(times, 0.1) / wider,
    midMs: quantile(times, 0.5),
    highMs: quantile(times, 0.9) * wider,
  };
}

/** How this job compares with those before: 2 where it is twice as slow. Drawn towards 1 while it has shown little. */
function correctionOf(history: StepPaces, own: StepPaces): number {
  let [took, expected, runs] = [0, 0, 0];
  for (const [stepId, paces] of Object.entries(own)) {
    for (const pace of paces) {
      const before = rangeOf(pace, history[stepId] ?? []);
      if (!before || before.midMs <= 0) continue;
      took += pace.ms;
      expected += before.midMs;
      runs += 1;
    }
  }
  if (expected <= 0 || took <= 0) return 1;
  const ratio = Math.min(MOST_CORRECTION, Math.max(1 / MOST_CORRECTION, took / expected));
  return ratio ** (runs / (runs + TRUSTED_AFTER));
}

/** What is asked about a job: the way ahead, how long steps took in jobs before (`history`), and in this one (`own`). */
export interface Ahead {
  /** The step under way, and since when; absent where none is. */
  readonly current?: (StepRun & { readonly startedAtMs: number }) | undefined;
  readonly runs: readonly StepRun[];
  /** Waits between waves that are set. */
  readonly waitsMs: number;
  readonly history: StepPaces;
  readonly own: StepPaces;
}

/** What is left of a job. */
export function timeLeftOf({ current, runs, waitsMs, history, own }: Ahead): TimeLeft {
  const correction = correctionOf(history, own);
  const unknown = new Set<string>();
  const taking = (run: StepRun): MsRange => {
    const mine = own[run.stepId] ?? [];
    const before = (history[run.stepId] ?? []).map((pace) => ({ ...pace, ms: pace.ms * correction }));
    // A run of this job tells more than one of another: it counts twice.
    const range = rangeOf(run, [...before, ...mine, ...mine]);
    if (!range) unknown.add(run.stepId);
    return range ?? { lowMs: 0, highMs: 0 };
  };
  const now = current && { startedAtMs: current.startedAtMs, ...spanOf(taking(current)) };
  let [lowMs, highMs] = [waitsMs, waitsMs];
  for (const run of runs) {
    const range = taking(run);
    lowMs += range.lowMs;
    highMs += range.highMs;
  }
  if (unknown.size > 0) return { unknown: [...unknown].slice(0, NAMED) };
  return { ...(now ? { current: now } : {}), after: spanOf({ lowMs, highMs }) };
}

/** Whole ms: what is shown needs no more, and equal ones are equal. */
const spanOf = ({ lowMs, highMs }: MsRange): MsRange => ({ lowMs: Math.round(lowMs), highMs: Math.round(highMs) });

/**
 * How long it is until the end, from `nowMs` on, with the progress that the step under way tells (`percent`, 0 to 100); undefined where that is not known. A
 * step that takes longer than ever makes the range wider, and never says that it is about to end.
 */
export function rangeLeft({ current, after, unknown }: TimeLeft, nowMs: number, percent?: number): MsRange | undefined {
  if (!after || unknown) return undefined;
  if (!current) return after;
  const took = Math.max(0, nowMs - current.startedAtMs);
  const late = Math.max(0, took - current.highMs);
  let [low, high] = [Math.max(0, current.lowMs - took), Math.max(0, current.highMs - took) + late];
  if (percent !== undefined && percent > 0 && percent < 100) {
    const share = percent / 100;
    const left = (took * (1 - share)) / share;
    low = low * (1 - share) + left * share * 0.8;
    high = high * (1 - share) + left * share * 1.25;
  }
  return spanOf({ lowMs: Math.min(low, high) + after.lowMs, highMs: Math.max(low, high) + after.highMs });
}
