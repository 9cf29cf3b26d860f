import type { PackageChoice } from '../../core/model/job.ts';
import {
  judgeInSlices,
  planInSlices,
  type PlannedNodes,
  recommendInSlices,
  type SelectionContext,
  type SelectionVerdict,
} from '../../core/model/selection.ts';
import type { Slices } from '../../core/model/slices.ts';

/*
 * What was found out about a selection is kept for as long as what it is judged against is the same: the screen, the answer and the plan
 * ask the same questions, and on a large system each costs a second.
 */

/** Selections of one context that are remembered; a person tries some before Next. */
const KEPT_SELECTIONS = 8;

interface Known {
  choices?: readonly PackageChoice[];
  readonly verdicts: Map<string, SelectionVerdict>;
  readonly plans: Map<string, PlannedNodes>;
}

const memory = new WeakMap<SelectionContext, Known>();

function knownOf(context: SelectionContext): Known {
  const known = memory.get(context) ?? { verdicts: new Map(), plans: new Map() };
  memory.set(context, known);
  return known;
}

function* remembered<T>(kept: Map<string, T>, fileNames: readonly string[], work: () => Slices<T>): Slices<T> {
  const key = fileNames.join('\n');
  const found = kept.get(key) ?? (yield* work());
  kept.delete(key);
  kept.set(key, found);
  for (const oldest of kept.keys()) if (kept.size > KEPT_SELECTIONS) kept.delete(oldest);
  return found;
}

/** The packages that Select Packages offers. */
export function* choicesOf(context: SelectionContext): Slices<readonly PackageChoice[]> {
  const known = knownOf(context);
  known.choices ??= yield* recommendInSlices(context);
  return known.choices;
}

/** What stands against a selection. */
export function verdictOf(context: SelectionContext, fileNames: readonly string[]): Slices<SelectionVerdict> {
  return remembered(knownOf(context).verdicts, fileNames, () => judgeInSlices(context, fileNames));
}

/** What a selection comes to on each node. Throws package-unknown. */
export function plannedOf(context: SelectionContext, fileNames: readonly string[]): Slices<PlannedNodes> {
  return remembered(knownOf(context).plans, fileNames, () => planInSlices(context, fileNames));
}
