/** A broken run as it is told: what broke, and the acts of chance that are needed for it. */
export interface Shortest {
  readonly broken: string;
  readonly acts: readonly number[];
}

/** Runs that may be tried to find shorter ones. */
const MOST_RUNS = 600;

/** The same fault where only numbers and names differ. */
const kindOf = (broken: string): string => broken.replace(/[a-z]+-\d+|\d+/g, '#').slice(0, 80);

/**
 * The fewest acts that still break the same: halves, quarters and at last single acts are left out as long as it breaks without them. `run` does a run with
 * some of the acts and answers what broke.
 */
export async function shortestActs(
  first: Shortest,
  run: (acts: readonly number[]) => Promise<string | undefined> | string | undefined,
): Promise<Shortest> {
  const kind = kindOf(first.broken);
  let best = first;
  let runs = 0;
  for (let size = Math.ceil(best.acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.acts.length && runs < MOST_RUNS;) {
      const acts = [...best.acts.slice(0, at), ...best.acts.slice(at + size)];
      runs += 1;
      const broken = await run(acts);
      if (broken !== undefined && kindOf(broken) === kind) best = { broken, acts };
      else at += size;
    }
  }
  return best;
}
